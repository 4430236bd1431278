"""`trax resolve`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trax_mailer.cli.opening import workspace_of
from trax_mailer.errors import Refused

if TYPE_CHECKING:
    from trax_mailer.workflows.resolving import Doubts
    from trax_mailer.workflows.wiring import Workspace


@click.command("resolve", short_help="Decide about readers who may have a mailing, or not.")
@click.argument("mailing", type=int)
@click.option(
    "--log",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=None,
    help="Look for them in this log of the mail server (Postfix or Exim; .gz too).",
)
@click.option(
    "--bounces",
    type=click.Path(path_type=Path, exists=True),
    default=None,
    help="Look for them among the bounces in this Maildir or mbox.",
)
@click.option("--sent", is_flag=True, help="Take it that they have it, by your word.")
@click.option(
    "--send-again", "again", is_flag=True, help="Send it to them again; who has it gets it a second time."
)
@click.option(
    "--only",
    multiple=True,
    metavar="WHO",
    help="Only this delivery (3.17) or address; may be given several times.",
)
@click.option(
    "--after",
    type=click.FloatRange(min=1),
    default=None,
    metavar="HOURS",
    help="How long to wait before sending again, at least 1. Default: 24 for sendgrid, 1 for smtp.",
)
@click.option("--background", is_flag=True, help="Do not send from here: “trax worker” or “trax serve” does.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_context
def resolve_command(
    ctx: click.Context,
    *,
    mailing: int,
    log: Path | None,
    bounces: Path | None,
    sent: bool,
    again: bool,
    only: tuple[str, ...],
    after: float | None,
    background: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Show who of MAILING is uncertain, with what is known, and decide what becomes of them.

    A reader is uncertain when the message was handed over and no answer was seen: a lost connection, a crash,
    a time-out. They may have it, or not. Nothing is ever sent again by itself.

    Word from outside settles it: SendGrid's event webhook does so by itself (it must reach trax serve), a
    mail server's --log or --bounces when you give them here. “No evidence yet” proves nothing either way.
    When no word can be expected any more, you decide: --sent takes it that they have it; --send-again sends
    it once more, and whoever has it gets it twice.
    """
    from trax_mailer.cli.doubts import print_doubts
    from trax_mailer.workflows.resolving import Evidence, find_doubts

    if sent and again:
        raise click.UsageError("--sent and --send-again contradict each other: give one of them.")
    if after is not None and not again:
        raise click.UsageError("--after goes with --send-again.")
    workspace = workspace_of(ctx)
    found = find_doubts(
        workspace,
        mailing,
        evidence=Evidence(log=log, bounces=bounces),
        only=only,
        after=None if after is None else dt.timedelta(hours=after),
    )
    if not as_json or sent or again:
        print_doubts(found, zone=workspace.settings.timezone, to_stderr=as_json)
    if not found.open or not (sent or again):
        _end(found, as_json=as_json)
    elif sent:
        _take_as_sent(workspace, found, yes=yes, as_json=as_json)
    else:
        _send_again(workspace, found, background=background, yes=yes, as_json=as_json)


def _end(found: Doubts, *, as_json: bool) -> None:
    from trax_mailer.cli import output
    from trax_mailer.cli.doubts import doubts_to_data

    if as_json:
        output.print_json(doubts_to_data(found))


def _take_as_sent(workspace: Workspace, found: Doubts, *, yes: bool, as_json: bool) -> None:
    from trax_mailer.cli import output
    from trax_mailer.cli.account import readers
    from trax_mailer.cli.account_data import account_to_data
    from trax_mailer.cli.asking import ask
    from trax_mailer.workflows.resolving import take_as_sent
    from trax_mailer.workflows.status import status_of

    question = f"Take it that {readers(len(found.open))} shown above have it, and count them as accepted?"
    ask(question, yes=yes, refused="Nothing was changed")
    count = take_as_sent(workspace, found)
    if as_json:
        output.print_json(account_to_data(status_of(workspace, found.mailing.id)))
    else:
        output.console.print(f"Taken as sent, by your word: {readers(count)}.")


def _send_again(workspace: Workspace, found: Doubts, *, background: bool, yes: bool, as_json: bool) -> None:
    from trax_mailer.cli import output
    from trax_mailer.cli.account import readers
    from trax_mailer.cli.asking import ask
    from trax_mailer.cli.control import hand_over
    from trax_mailer.workflows.resolving import refuse_haste, send_again
    from trax_mailer.workflows.status import status_of

    refuse_haste(found, zone=workspace.settings.timezone)
    question = f"Send it to {readers(len(found.open))} shown above again? Whoever has it gets it twice."
    ask(question, yes=yes, refused="Nothing was sent")
    count = send_again(workspace, found)
    if not count:
        raise Refused("Nobody of them is in doubt any more.", advice="Look again with: trax resolve")
    output.stderr.print(f"To be sent it again: {readers(count)}.")
    mailing = status_of(workspace, found.mailing.id).mailing
    hand_over(workspace, mailing, background=background, as_json=as_json)
