"""`trax subscribers show`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from trax_mailer.cli.opening import workspace_of

if TYPE_CHECKING:
    from trax_mailer.model.holding import Holding

_MOST_MAILS = 10


@click.command("show", short_help="Show everything that is held on a reader.")
@click.argument("address")
@click.option(
    "--json", "as_json", is_flag=True, help="Print all of it as JSON, with who of the staff did what."
)
@click.pass_context
def show_command(ctx: click.Context, *, address: str, as_json: bool) -> None:
    """Show what is held on the reader ADDRESS: who they are, where they stand, what they were sent."""
    from trax_mailer.cli import output
    from trax_mailer.workflows.staff import look_up

    workspace = workspace_of(ctx)
    held = look_up(workspace, address)
    if as_json:
        output.print_json(held.as_data(names_staff=True))
        return
    for title, lines in _parts(held, workspace.settings.timezone):
        shown = list(lines)
        if shown:
            output.console.print(f"[bold]{title}[/]")
            for line in shown:
                output.console.print(f"  {output.escape(line)}")


def _parts(held: Holding, zone: ZoneInfo) -> list[tuple[str, Iterable[str]]]:
    from trax_mailer.cli.subscribers.times import moment

    kept_out = held.suppression
    return [
        (f"Reader {held.id}", _person(held, zone)),
        (
            "Never mailed",
            [f"{kept_out.reason.value}, since {moment(kept_out.since, zone)}, by {kept_out.by}"]
            if kept_out
            else [],
        ),
        ("Lists", _lists(held, zone)),
        ("Consent to tracking", _tracking(held, zone)),
        (f"Mails ({len(held.deliveries)})", _mails(held, zone)),
        ("Visits tied to them", [f"{len(held.visits)}, by their consent"] if held.visits else []),
        (
            "On the provider's lists",
            [
                f"{one.provider}: {one.list_name}, since {moment(one.since, zone)} {one.reason}".rstrip()
                for one in held.provider_lists
            ],
        ),
        (
            "Letters to them alone",
            [f"{one.kind}: {one.state}, asked for {moment(one.made_at, zone)}" for one in held.notices],
        ),
        ("Further", [f"The whole history: trax subscribers history {held.address}"]),
    ]


def _person(held: Holding, zone: ZoneInfo) -> Iterable[str]:
    from trax_mailer.cli.subscribers.times import moment

    yield held.address
    if held.former_addresses:
        yield f"before: {', '.join(held.former_addresses)}"
    for name, value in (("name", held.name), ("language", held.language), *held.fields.items()):
        if value:
            yield f"{name}: {value}"
    if held.tags:
        yield f"tags: {', '.join(held.tags)}"
    yield f"known since {moment(held.since, zone)}"


def _lists(held: Holding, zone: ZoneInfo) -> Iterable[str]:
    from trax_mailer.cli.subscribers.times import moment

    for one in held.subscriptions:
        topics = f"; topics: {', '.join(one.topics)}" if one.topics else ""
        plain = "; not tracked at all: plain links" if one.untracked else ""
        yield f"{one.list_title}: {one.state.value} since {moment(one.since, zone)}{topics}{plain}"
    if not held.subscriptions:
        yield "none"


def _tracking(held: Holding, zone: ZoneInfo) -> Iterable[str]:
    from trax_mailer.cli.subscribers.times import moment

    for one in held.tracking:
        end = f", withdrawn {moment(one.withdrawn_at, zone)}" if one.withdrawn_at else ""
        yield f"{one.list_title}: given {moment(one.given_at, zone)}{end}"


def _mails(held: Holding, zone: ZoneInfo) -> Iterable[str]:
    from trax_mailer.cli.subscribers.times import moment

    for one in held.deliveries[:_MOST_MAILS]:
        outcome = "" if one.outcome.value == "unknown" else f", {one.outcome.value}"
        reason = f" ({one.reason})" if one.reason else ""
        simulated = ", simulated" if one.simulated else ""
        yield f"No {one.issue}, {moment(one.date, zone)}: {one.handover.value}{outcome}{simulated}{reason}"
    if len(held.deliveries) > _MOST_MAILS:
        yield f"and {len(held.deliveries) - _MOST_MAILS} earlier ones: with --json"
