"""`trax keys`: the keys that sign the links in mails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from trax_mailer.cli.opening import workspace_of

if TYPE_CHECKING:
    from trax_mailer.workflows.keys import KeyLine


@click.group("keys", invoke_without_command=True, short_help="Show the keys that sign links, or add one.")
@click.option("--json", "as_json", is_flag=True, help="Print the keys as JSON.")
@click.pass_context
def keys_command(ctx: click.Context, *, as_json: bool) -> None:
    """Show which keys there are and when they were made, never the keys themselves.

    They sign the links in mails. New links use the newest key; every older one stays good for ever.
    """
    if ctx.invoked_subcommand is None:
        from trax_mailer.workflows.keys import show_keys

        _print(show_keys(workspace_of(ctx)), as_json=as_json)


@keys_command.command("rotate")
@click.option("--json", "as_json", is_flag=True, help="Print the keys as JSON.")
@click.pass_context
def rotate_command(ctx: click.Context, *, as_json: bool) -> None:
    """Add a key. Links in mails already sent stay good.

    With PostgreSQL, copy keys.json to every other host that sends or serves, then start trax there anew.
    """
    from trax_mailer.workflows.keys import rotate_keys

    _print(rotate_keys(workspace_of(ctx)), as_json=as_json)


def _print(lines: list[KeyLine], *, as_json: bool) -> None:
    from dataclasses import asdict

    from trax_mailer.cli import output

    if as_json:
        output.print_json([asdict(line) for line in lines])
        return
    shown = output.table("key", "made", "used for", right=("key",))
    for line in lines:
        use = "new links" if line.current else "links already sent"
        shown.add_row(str(line.id), output.escape(line.made_at or "unknown"), use)
    output.console.print(shown)
