"""Making a workspace, and starting its next issue."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from trax_mailer.issues.scaffold import init_workspace, new_issue
from trax_mailer.workflows.wiring import Workspace


def make_workspace(folder: Path) -> list[Path]:
    """A new workspace in `folder`; the files made. Raises Conflict where one stands already."""
    return init_workspace(folder, today=dt.datetime.now().astimezone().date())


def start_issue(workspace: Workspace, title: str, *, on: dt.date | None) -> Path:
    """The file of the next issue. `on` is the day it goes out, today when None."""
    today = dt.datetime.now(workspace.settings.timezone).date()
    return new_issue(workspace.settings, title, on=on or today)
