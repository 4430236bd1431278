"""What staff do to single readers: find, add, describe, take off.

Takes a ledger, an address as a person typed it, and an act; returns what came of it. Never brings back
anybody who left, bounced, complained or was erased: only their own confirmation does.
"""

from trax_mailer.audience.staff.adding import Added, Wish, add_reader, refuse_kept_out
from trax_mailer.audience.staff.describing import Description, change_reader, tag_reader
from trax_mailer.audience.staff.finding import find_reader
from trax_mailer.audience.staff.taking_off import take_off

__all__ = [
    "Added",
    "Description",
    "Wish",
    "add_reader",
    "change_reader",
    "find_reader",
    "refuse_kept_out",
    "tag_reader",
    "take_off",
]
