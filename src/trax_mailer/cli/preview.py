"""`trax preview`."""

from __future__ import annotations

import click


@click.command("preview", short_help="Show an issue in the browser, updated as you save it.")
@click.argument("issue", required=False)
@click.option("--port", type=click.IntRange(1, 65535), default=8058, show_default=True, help="Port to use.")
@click.option("--list", "list_name", default=None, help="Offer the readers of this list to preview as.")
@click.option("--no-browser", is_flag=True, help="Print the address, do not open it.")
@click.pass_context
def preview_command(
    ctx: click.Context, *, issue: str | None, port: int, list_name: str | None, no_browser: bool
) -> None:
    """Show ISSUE in the browser as it will be sent; saving the file updates the page.

    Only this machine can open the address. Nothing is sent, and links to leave the list do nothing.
    """
    from trax_mailer.cli.opening import workspace_of
    from trax_mailer.cli.output import console
    from trax_mailer.web.preview import serve

    workspace = workspace_of(ctx)
    serve(
        workspace.settings.root,
        issue,
        state=ctx.find_root().obj["state"],
        port=port,
        open_browser=not no_browser,
        list_name=list_name,
        say=lambda words: console.print(words, markup=False),
    )
