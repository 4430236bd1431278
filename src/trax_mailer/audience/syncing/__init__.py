"""Our suppressions and a provider's, brought together in both directions.

Takes a ledger, its key ring and the provider's lists; returns what each list came to. Never brings anybody
back, never lifts a suppression because the provider did, and never stores the address of an erased person.
"""

from trax_mailer.audience.syncing.report import ListOutcome, SyncReport
from trax_mailer.audience.syncing.running import Wanted, sync_suppressions

__all__ = ["ListOutcome", "SyncReport", "Wanted", "sync_suppressions"]
