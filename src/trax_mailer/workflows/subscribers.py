"""Bringing readers in, and keeping addresses out."""

from __future__ import annotations

import datetime as dt
import getpass
from collections.abc import Callable
from pathlib import Path

from trax_mailer.audience import ImportReport, ListCount, import_subscribers, lists, suppress
from trax_mailer.model.subscriber import SubscriptionState, SuppressionReason
from trax_mailer.storage import open_ledger
from trax_mailer.workflows.wiring import Workspace


def import_file(
    workspace: Workspace,
    file: Path,
    *,
    list_name: str,
    state: str,
    progress: Callable[[int, int], None],
) -> ImportReport:
    """Import the rows of `file` into a list. `state` is what rows without a status of their own are.

    Raises BadFile when the file as a whole cannot be used, BadState when the ledger cannot be opened.
    """
    with open_ledger(workspace.settings.state, workspace.settings.database) as ledger:
        return import_subscribers(
            ledger,
            file,
            list_name=list_name,
            state=SubscriptionState(state),
            imported_by=who(),
            progress=progress,
            now=dt.datetime.now(dt.UTC),
        )


def suppress_address(workspace: Workspace, address: str) -> None:
    """Never mail that address again. Raises Refused when it is no address."""
    with open_ledger(workspace.settings.state, workspace.settings.database) as ledger:
        suppress(ledger, address, reason=SuppressionReason.STAFF, source=who(), now=dt.datetime.now(dt.UTC))


def show_lists(workspace: Workspace) -> list[ListCount]:
    """Every list with its numbers."""
    with open_ledger(workspace.settings.state, workspace.settings.database) as ledger:
        return lists(ledger)


def who() -> str:
    """The person at the keyboard, as the operating system knows them; kept as evidence."""
    try:
        return getpass.getuser()
    except OSError:
        return "unknown"
