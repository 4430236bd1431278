"""Lists as they stand, and keeping addresses out."""

from __future__ import annotations

import datetime as dt
import getpass

from trax_mailer.audience import suppress
from trax_mailer.model.act import Act, ActKind
from trax_mailer.storage import open_ledger
from trax_mailer.workflows.wiring import Workspace


def suppress_address(workspace: Workspace, address: str, *, reason: str = "") -> bool:
    """Never mail that address again. False where it was suppressed already. Raises Refused for no address."""
    act = Act(kind=ActKind.STAFF, at=dt.datetime.now(dt.UTC), by=who(), words=" ".join(reason.split()))
    with open_ledger(workspace.settings.state, workspace.settings.database) as ledger:
        return suppress(ledger, address, act=act)


def who() -> str:
    """The person at the keyboard, as the operating system knows them; kept as evidence."""
    try:
        return getpass.getuser()
    except OSError:
        return "unknown"
