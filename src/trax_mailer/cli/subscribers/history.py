"""`trax subscribers history`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from trax_mailer.cli.opening import workspace_of

if TYPE_CHECKING:
    from trax_mailer.model.holding import HeldAct, Holding

_HOW = {
    "import": "a file was imported",
    "form": "somebody typed the address into the form",
    "confirmation": "the reader confirmed it",
    "page": "the reader, on a page",
    "one-click": "the reader, with one click in their mail program",
    "mail": "the reader asked for it by mail",
    "staff": "staff",
    "bounce": "mail bounced for good",
    "complaint": "the reader reported a mail as unwanted",
    "provider": "taken over from the provider's lists",
    "restore": "taken over when a backup was restored",
    "expiry": "nobody confirmed in time",
}


@click.command("history", short_help="Show each state of a reader: when, by whom, and how.")
@click.argument("address")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_context
def history_command(ctx: click.Context, *, address: str, as_json: bool) -> None:
    """Show every state that the reader ADDRESS was brought to, and everything else that was done to them.

    Each with its time, who did it, how, the file and line of an import, and the words that were agreed to.
    """
    from trax_mailer.cli import output
    from trax_mailer.workflows.staff import look_up

    workspace = workspace_of(ctx)
    held = look_up(workspace, address)
    if as_json:
        data = held.as_data(names_staff=True)
        output.print_json({name: data[name] for name in ("address", "steps", "acts")})
        return
    for line in _lines(held, workspace.settings.timezone):
        output.console.print(output.escape(line))


def _lines(held: Holding, zone: ZoneInfo) -> Iterable[str]:
    from trax_mailer.cli.subscribers.times import moment

    entries: list[tuple[dt.datetime, str, HeldAct, int]] = [
        (step.at, f"{step.list_title}: {step.state.value}", step.act, step.line) for step in held.steps
    ]
    caused = [step.act for step in held.steps]
    entries += [(act.at, _what(act), act, 0) for act in held.acts if act not in caused]
    if not entries:
        yield "Nothing was ever done to them."
    for at, what, act, line in sorted(entries, key=lambda entry: entry[0]):
        yield f"{moment(at, zone)}  {what}"
        words = f" — {act.words}" if act.words and not what.startswith(act.words) else ""
        yield f"    {_how(act, line=line)}{words}"
        if act.wording:
            said = "agreed to" if act.kind.value != "form" else "asked whether they agree to"
            yield f"    {said}: “{act.wording}”"


def _what(act: HeldAct) -> str:
    """What an act was that brought them to no state."""
    details = act.details.get("changed") or act.details.get("tags")
    words = ", ".join(map(str, details)) if isinstance(details, list) else ""
    return f"{act.words or act.kind.value}{f': {words}' if words else ''}"


def _how(act: HeldAct, *, line: int) -> str:
    # A form without a person of the staff was filled in by whoever knows the address.
    asked = act.kind.value == "form" and act.by
    how = "staff" if asked else _HOW.get(act.kind.value, act.kind.value)
    by = f", by {act.by}" if act.by else ""
    source = f", {act.source}" if act.source else ""
    place = f":{line}" if line and act.source else ""
    return f"{how}{by}{source}{place}"
