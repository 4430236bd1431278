"""Syncing the suppressions with SendGrid, and lifting one there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event

from sqlalchemy import Connection

from trax_mailer.audience.erasing import erased_among
from trax_mailer.audience.lifting import Lifted, lift
from trax_mailer.audience.syncing import SyncReport, Wanted, sync_suppressions
from trax_mailer.model.act import Act, ActKind
from trax_mailer.providers.sendgrid.asking import Patience
from trax_mailer.providers.sendgrid.suppressions import SuppressionApi
from trax_mailer.storage import Ledger, open_ledger, open_ring
from trax_mailer.tokens import KeyRing
from trax_mailer.workflows.ledger_time import ledger_now
from trax_mailer.workflows.subscribers import who
from trax_mailer.workflows.wiring import Workspace

__all__ = ["Lifted", "SyncReport", "lift_address", "sync_now", "sync_open"]

_PATIENCE = Patience()


def sync_now(
    workspace: Workspace,
    *,
    dry_run: bool,
    progress: Callable[[str, int], None],
    say: Callable[[str], None],
    patience: Patience = _PATIENCE,
) -> SyncReport:
    """Sync, or say what a sync would come to. Raises ProviderError, Refused, Conflict, BadState."""
    settings = workspace.settings
    api = SuppressionApi(settings.sendgrid, stop=Event(), say=say, patience=patience)
    with open_ledger(settings.state, settings.database) as ledger:
        wanted = Wanted(groups=settings.sendgrid.groups, by=who(), dry_run=dry_run)
        return sync_open(ledger, open_ring(ledger), api, wanted, progress=progress)


def lift_address(
    workspace: Workspace, address: str, *, at_sendgrid: bool, words: str, say: Callable[[str], None]
) -> Lifted:
    """Let the address be mailed again. Raises Refused where the reader left or there is nothing to lift."""
    settings = workspace.settings
    api = SuppressionApi(settings.sendgrid, stop=Event(), say=say) if at_sendgrid else None
    with open_ledger(settings.state, settings.database) as ledger:
        act = Act(kind=ActKind.STAFF, at=ledger_now(ledger), by=who(), words=" ".join(words.split()))
        return lift(ledger, address, act=act, api=api)


def sync_open(
    ledger: Ledger,
    ring: KeyRing,
    api: SuppressionApi,
    wanted: Wanted,
    *,
    progress: Callable[[str, int], None],
) -> SyncReport:
    """Sync an open ledger. Raises what `sync_suppressions` raises."""

    def erased(connection: Connection, keys: Sequence[str]) -> set[str]:
        return erased_among(connection, ring, keys)

    now = ledger_now(ledger)
    return sync_suppressions(ledger, api, wanted, erased=erased, now=now, progress=progress)
