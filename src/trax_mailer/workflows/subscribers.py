"""Lists as they stand, and keeping addresses out."""

from __future__ import annotations

import datetime as dt
import getpass

from trax_mailer.audience import ListCount, lists, suppress
from trax_mailer.model.subscriber import SuppressionReason
from trax_mailer.storage import open_ledger
from trax_mailer.workflows.wiring import Workspace


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
