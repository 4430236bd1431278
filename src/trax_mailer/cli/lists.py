"""`trax lists`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from trax_mailer.cli.opening import workspace_of

if TYPE_CHECKING:
    from trax_mailer.workflows.list_keeping import ListFacts

_STATES = ("subscribed", "pending", "unsubscribed", "bounced", "complained")
_TITLE = click.option("--title", default=None, help="What readers see in place of the name.")
_DESCRIPTION = click.option("--description", default=None, help="A sentence for readers who may join.")
_PUBLIC = click.option(
    "--public/--private",
    "public",
    default=None,
    help="Whether anybody may join by the form. Default: private.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")


@click.group(
    "lists",
    invoke_without_command=True,
    short_help="Show the lists and how many readers each has; make and change them.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the lists as JSON.")
@click.pass_context
def lists_command(ctx: click.Context, *, as_json: bool) -> None:
    """Show every list: how many readers are subscribed, left, bounced or complained; make and change them."""
    if ctx.invoked_subcommand is not None:
        return
    from dataclasses import asdict

    from trax_mailer.cli import output
    from trax_mailer.workflows.list_keeping import show_lists

    lists = show_lists(workspace_of(ctx))
    if as_json:
        output.print_json([asdict(one) for one in lists])
        return
    if not lists:
        output.console.print(
            "No list yet. Make one with: trax lists make NAME, or: trax subscribers import FILE --list NAME"
        )
        return
    shown = output.table("list", *_STATES, right=_STATES)
    for one in lists:
        shown.add_row(output.escape(one.name), *(f"{getattr(one, state):,}" for state in _STATES))
    output.console.print(shown)


@lists_command.command("show")
@click.argument("name")
@_JSON
@click.pass_context
def show_command(ctx: click.Context, *, name: str, as_json: bool) -> None:
    """Show one list: its title and description, whether anybody may join, and who stands where."""
    from trax_mailer.workflows.list_keeping import show_list

    _print(ctx, show_list(workspace_of(ctx), name), as_json=as_json)


@lists_command.command("make")
@click.argument("name")
@_TITLE
@_DESCRIPTION
@_PUBLIC
@_JSON
@click.pass_context
def make_command(
    ctx: click.Context,
    *,
    name: str,
    title: str | None,
    description: str | None,
    public: bool | None,
    as_json: bool,
) -> None:
    """Make a list of that NAME, with nobody on it."""
    from trax_mailer.workflows.list_keeping import ListChange, make_list

    change = ListChange(title=title, description=description, public=public)
    _print(ctx, make_list(workspace_of(ctx), name, change), as_json=as_json)


@lists_command.command("set")
@click.argument("name")
@_TITLE
@_DESCRIPTION
@_PUBLIC
@_JSON
@click.pass_context
def set_command(
    ctx: click.Context,
    *,
    name: str,
    title: str | None,
    description: str | None,
    public: bool | None,
    as_json: bool,
) -> None:
    """Change what readers see of the list NAME, or whether anybody may join it by the form."""
    from trax_mailer.workflows.list_keeping import ListChange, change_list

    if (title, description, public) == (None, None, None):
        raise click.UsageError("Say what to set: --title, --description, --public or --private.")
    change = ListChange(title=title, description=description, public=public)
    _print(ctx, change_list(workspace_of(ctx), name, change), as_json=as_json)


@lists_command.command("rename")
@click.argument("name")
@click.argument("to")
@_JSON
@click.pass_context
def rename_command(ctx: click.Context, *, name: str, to: str, as_json: bool) -> None:
    """Rename the list NAME. Its readers, its mailings and the links in its mails stay as they are."""
    from trax_mailer.workflows.list_keeping import rename

    _print(ctx, rename(workspace_of(ctx), name, to), as_json=as_json)


@lists_command.command("embed")
@click.argument("name")
@click.option("--language", default="", help="A tag such as fr. Default: the newsletter's language.")
@click.option("--json", "as_json", is_flag=True, help="Print the form as JSON.")
@click.pass_context
def embed_command(ctx: click.Context, *, name: str, language: str, as_json: bool) -> None:
    """Print the subscribe form of the list NAME as HTML, to paste into a page of your website."""
    from trax_mailer.cli import output
    from trax_mailer.workflows.embedding import subscribe_form

    form = subscribe_form(workspace_of(ctx), name, language=language)
    if as_json:
        output.print_json({"list": name, "html": form})
    else:
        click.echo(form)


def _print(ctx: click.Context, facts: ListFacts, *, as_json: bool) -> None:
    from trax_mailer.cli import output
    from trax_mailer.cli.subscribers.times import moment

    settings = facts.settings
    states = {state.value: count for state, count in facts.states.items()}
    if as_json:
        output.print_json(
            {
                "id": settings.id,
                "name": settings.name,
                "title": settings.title,
                "description": settings.description,
                "public": settings.public,
                "made_at": settings.created_at.isoformat(),
                **{state: states.get(state, 0) for state in _STATES},
                "suppressed": facts.suppressed,
            }
        )
        return
    made = moment(settings.created_at, workspace_of(ctx).settings.timezone)
    joining = "anybody may join by the form" if settings.public else "nobody joins by themselves"
    output.console.print(f"[bold]{output.escape(settings.name)}[/], made {made}; {joining}")
    for label, words in (("title", settings.title), ("description", settings.description)):
        output.console.print(f"  {label}: {output.escape(words) or 'none'}")
    counts = ", ".join(f"{states.get(state, 0):,} {state}" for state in _STATES)
    output.console.print(f"  {counts}; {facts.suppressed:,} of the subscribed are suppressed")
