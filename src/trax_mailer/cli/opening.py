"""Opening the workspace that the options name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

    from trax_mailer.workflows.wiring import Workspace


def workspace_of(ctx: click.Context) -> Workspace:
    """The workspace named by `--workspace`, or the nearest one above this folder."""
    from trax_mailer.workflows.wiring import open_workspace

    options = ctx.find_root().obj
    return open_workspace(options["workspace"], state=options["state"])
