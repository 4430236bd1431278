"""Engines: where the lanes of mailings run. Embedded in one process, or on many hosts over PostgreSQL.

Takes a ledger, a key ring and the settings; gives each lane a thread and a transport, and starts scheduled
mailings when they are due. Never decides what is sent to whom, never hands over a lane that another process
holds, and never keeps anything of a mailing outside the ledger: whatever ends, another engine goes on.
"""

from trax_mailer.workflows.engines.embedded import EmbeddedEngine
from trax_mailer.workflows.engines.lane_work import LaneWork
from trax_mailer.workflows.engines.presence import count_senders, senders_at_work

__all__ = ["EmbeddedEngine", "LaneWork", "count_senders", "senders_at_work"]
