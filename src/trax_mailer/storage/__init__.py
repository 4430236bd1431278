"""The ledger: who reads, what was sent, and what became of it.

Takes frozen types of `model/` and plain values, with a connection first; returns frozen types. One
module a concern. Never decides anything: the rules are in `audience` and `delivery`.
"""

from trax_mailer.storage.backends import LaneLock
from trax_mailer.storage.engine import Ledger, open_ledger
from trax_mailer.storage.keys import open_ring

__all__ = ["LaneLock", "Ledger", "open_ledger", "open_ring"]
