"""Suppressions as staff work with them: look, sync, lift, and take in or write out files."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from sqlalchemy import Connection

from trax_mailer.audience.erasing import erased_among
from trax_mailer.audience.looking_up import PROVIDER, AddressLook, key_of, look_up
from trax_mailer.audience.suppression_files import FileReport, export_suppressions, import_suppressions
from trax_mailer.errors import Refused
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.provider_list import ProviderEntry, ProviderList
from trax_mailer.model.subscriber import Suppression, SuppressionReason
from trax_mailer.storage import open_ledger, open_ring
from trax_mailer.storage.provider_lists import entries_after, last_whole
from trax_mailer.storage.safe_file import new_file
from trax_mailer.storage.suppressions import count_suppressions, suppressions_after
from trax_mailer.workflows.ledger_time import ledger_now
from trax_mailer.workflows.subscribers import who
from trax_mailer.workflows.wiring import Workspace

__all__ = [
    "AddressLook",
    "FileReport",
    "LocalList",
    "export_file",
    "export_to",
    "import_file",
    "list_ours",
    "list_theirs",
    "show_address",
]

PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalList:
    """Our suppressions: how many for each reason, the first of them, and since when SendGrid's are known."""

    counts: dict[SuppressionReason, int]
    rows: tuple[Suppression, ...]
    synced_at: dt.datetime


def show_address(workspace: Workspace, address: str) -> AddressLook:
    """What keeps the address from being mailed. Raises Refused where it is no address."""
    settings = workspace.settings
    key_of(address)
    with open_ledger(settings.state, settings.database) as ledger:
        return look_up(ledger, address)


def list_ours(workspace: Workspace, *, reason: str, limit: int) -> LocalList:
    """The first suppressions for that reason, for any where it is empty; 0 for no limit."""
    settings = workspace.settings
    reasons = [SuppressionReason(reason)] if reason else list(SuppressionReason)
    with open_ledger(settings.state, settings.database) as ledger, ledger.read() as connection:
        most = limit or sum(count_suppressions(connection).values()) + 1
        return LocalList(
            counts=count_suppressions(connection),
            rows=tuple(suppressions_after(connection, "", reasons=reasons, limit=most)),
            synced_at=last_whole(connection, PROVIDER),
        )


def list_theirs(workspace: Workspace, which: str, *, gone: bool | None, limit: int) -> list[ProviderEntry]:
    """The first entries of one of SendGrid's lists, or of all, as last seen; 0 for no limit.

    `gone` are those that left their list, or, where it is False, those that did not.
    """
    settings = workspace.settings
    only = ProviderList(which) if which else None
    found: list[ProviderEntry] = []
    after = ("", "")
    with open_ledger(settings.state, settings.database) as ledger, ledger.read() as connection:
        while not limit or len(found) < limit:
            most = min(PAGE, limit - len(found)) if limit else PAGE
            part = entries_after(connection, PROVIDER, after, only=only, gone=gone, limit=most)
            found += part
            if len(part) < most:
                break
            after = (part[-1].list, part[-1].address)
    return found


def import_file(
    workspace: Workspace, file: Path, *, reason: str, progress: Callable[[int, int], None]
) -> FileReport:
    """Suppress the addresses of the file. Raises BadFile, Refused, BadState."""
    settings = workspace.settings
    with open_ledger(settings.state, settings.database) as ledger:
        ring = open_ring(ledger)

        def erased(connection: Connection, keys: Sequence[str]) -> set[str]:
            return erased_among(connection, ring, keys)

        act = Act(
            kind=ActKind.IMPORT,
            at=ledger_now(ledger),
            by=who(),
            source=file.name,
            words=f"Suppressed the addresses of a file, as {reason}",
        )
        return import_suppressions(
            ledger, file, reason=SuppressionReason(reason), act=act, erased=erased, progress=progress
        )


def export_file(workspace: Workspace, file: Path, *, force: bool) -> int:
    """Write every suppression as CSV into a private file; returns how many.

    Raises Refused for a place inside the workspace, Conflict where the file exists, BadState.
    """
    settings = workspace.settings
    chosen = file.expanduser().absolute()
    if chosen.resolve().is_relative_to(settings.root.resolve()):
        raise Refused(
            f"{chosen} lies in the workspace, where git would publish readers' addresses.",
            advice="Choose a folder outside.",
        )
    with open_ledger(settings.state, settings.database) as ledger, new_file(chosen, force=force) as raw:
        out = io.TextIOWrapper(raw, encoding="utf-8", newline="", write_through=True)
        try:
            return export_suppressions(ledger, out)
        finally:
            out.detach()


def export_to(workspace: Workspace, out: TextIO) -> int:
    """Write every suppression as CSV to an open stream; returns how many."""
    settings = workspace.settings
    with open_ledger(settings.state, settings.database) as ledger:
        return export_suppressions(ledger, out)
