"""Rehearsals: pretend receivers on this machine, what they took, and the ledger held against it.

Takes a ledger's copy and faults to play; returns ports, records of what was accepted, and verdicts. It
never listens on, and never lets a rehearsed sender reach, anything but this machine, and never touches
the real ledger.

    faults → sinks (smtp_sink, sendgrid_sink) → record → comparison
"""

from trax_mailer.rehearsal.comparison import Comparison, compare, standings
from trax_mailer.rehearsal.evidence import events_of
from trax_mailer.rehearsal.faults import Faults
from trax_mailer.rehearsal.guard import stay_on_this_machine
from trax_mailer.rehearsal.record import Entry, Took, accepted_times, read_entries
from trax_mailer.rehearsal.serving import SinkProcess, sink_process, sink_thread
from trax_mailer.rehearsal.stage import copy_ledger, private_folder

__all__ = [
    "Comparison",
    "Entry",
    "Faults",
    "SinkProcess",
    "Took",
    "accepted_times",
    "compare",
    "copy_ledger",
    "events_of",
    "private_folder",
    "read_entries",
    "sink_process",
    "sink_thread",
    "standings",
    "stay_on_this_machine",
]
