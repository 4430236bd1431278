"""The databases that a ledger can stand on, SQLite and PostgreSQL, behind one interface.

Takes a folder or an address, returns a `Backend`: connections, lane locks, errors in words. Never knows
what the tables mean, and never shows a password.
"""

from trax_mailer.storage.backends.base import Backend, LaneLock

__all__ = ["Backend", "LaneLock"]
