"""`trax pause`, `trax resume`, `trax cancel` and `trax retry`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from trax_mailer.cli.opening import workspace_of

if TYPE_CHECKING:
    from trax_mailer.model.mailing import Mailing, Proof
    from trax_mailer.workflows.wiring import Workspace

TRANSPORTS = ("folder", "smtp", "sendgrid")

_json = click.option("--json", "as_json", is_flag=True, help="Print the account as JSON.")
_yes = click.option("--yes", is_flag=True, help="Do not ask.")
_background = click.option(
    "--background", is_flag=True, help="Do not send from here: “trax worker” or “trax serve” does it."
)


@click.command("pause", short_help="Pause a mailing: no call starts any more.")
@click.argument("mailing", type=int)
@_json
@click.pass_context
def pause_command(ctx: click.Context, *, mailing: int, as_json: bool) -> None:
    """Pause MAILING (its number; see trax status), whichever process or host is sending it.

    No call starts any more from this moment. Calls under way are still answered. A scheduled mailing that
    is paused does not start by itself. Go on with trax resume.
    """
    from trax_mailer.workflows.control import pause_mailing, standing_of

    workspace = workspace_of(ctx)
    pause_mailing(workspace, mailing)
    standing = standing_of(workspace, mailing)
    _print(
        standing.mailing,
        standing.proof,
        f"Mailing {mailing} is paused{_waiting(standing.proof)}. Go on with: trax resume {mailing}",
        as_json=as_json,
    )


@click.command("resume", short_help="Go on with a mailing, through another transport if need be.")
@click.argument("mailing", type=int)
@click.option(
    "--through",
    type=click.Choice(TRANSPORTS),
    default=None,
    help="Go on through this transport. What was accepted, or may have been, stays so.",
)
@click.option(
    "--again",
    is_flag=True,
    help="After a restore: begin it though it may have been sent already. Asks first.",
)
@_background
@click.option("--yes", is_flag=True, help="Do not ask.")
@_json
@click.pass_context
def resume_command(
    ctx: click.Context,
    *,
    mailing: int,
    through: str | None,
    again: bool,
    background: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Go on with MAILING: one that is paused, that nobody works on, or that is scheduled (it begins now).

    It goes on with the edition and the sender it began with. It is sent from here, until it is done, unless a
    worker is there to do it or --background is given. Nobody who has it, or may have it, gets it again.
    """
    from trax_mailer.cli import output
    from trax_mailer.cli.asking import ask_twice
    from trax_mailer.workflows.control import doubt_to_resume, resume_mailing

    workspace = workspace_of(ctx)
    if doubt := doubt_to_resume(workspace, mailing):
        ask_twice(doubt, "Send it all the same?", again=again, yes=yes, refused="Not resumed")
    resumed = resume_mailing(workspace, mailing, through=through or "")
    output.print_findings(resumed.findings, to_stderr=True)
    if resumed.moved_from:
        output.stderr.print(
            f"Mailing {mailing} goes on through {resumed.mailing.transport} instead of {resumed.moved_from}.",
            markup=False,
        )
    hand_over(workspace, resumed.mailing, background=background, as_json=as_json)


@click.command("cancel", short_help="Call a mailing off, for good.")
@click.argument("mailing", type=int)
@_yes
@_json
@click.pass_context
def cancel_command(ctx: click.Context, *, mailing: int, yes: bool, as_json: bool) -> None:
    """Call MAILING off, for good, whichever process or host is sending it.

    No call starts any more from this moment. Who has it keeps it; who waits is skipped. Afterwards the issue
    can be sent, as it is then, to who does not have it: trax send ISSUE --list NAME --missed.
    """
    from trax_mailer.cli.asking import ask
    from trax_mailer.workflows.control import cancel_mailing, standing_of

    workspace = workspace_of(ctx)
    before = standing_of(workspace, mailing)
    if before.mailing.state.value not in {"done", "cancelled"}:
        ask(f"{_who_has_it(before.proof)}\nCall it off for good?", yes=yes, refused="Not cancelled")
    standing = cancel_mailing(workspace, mailing)
    words = f"Mailing {mailing} is cancelled. {_who_has_it(standing.proof)}"
    _print(standing.mailing, standing.proof, words, as_json=as_json)


@click.command("retry", short_help="Try those again who failed in a mailing.")
@click.argument("mailing", type=int)
@_background
@_yes
@_json
@click.pass_context
def retry_command(ctx: click.Context, *, mailing: int, background: bool, yes: bool, as_json: bool) -> None:
    """Try those of MAILING again who failed: the mail server or provider refused them, nothing was sent.

    Shows the reasons first, and asks. Uncertain readers are not among them: see trax resolve.
    """
    from trax_mailer.cli import output
    from trax_mailer.cli.account import readers
    from trax_mailer.cli.asking import ask
    from trax_mailer.workflows.control import retry_mailing, standing_of

    workspace = workspace_of(ctx)
    standing = standing_of(workspace, mailing)
    if standing.reasons and standing.mailing.state.value != "cancelled":
        output.stderr.print(f"Failed in mailing {mailing}: {standing.proof.failed:,}", markup=False)
        for reason, count in standing.reasons:
            output.stderr.print(f"{count:>9,}  {output.escape(reason)}")
        ask(f"Try {readers(standing.proof.failed)} again?", yes=yes, refused="Not tried again")
    count = retry_mailing(workspace, mailing)
    output.stderr.print(f"To be tried again: {readers(count)}.")
    hand_over(workspace, standing_of(workspace, mailing).mailing, background=background, as_json=as_json)


def hand_over(workspace: Workspace, mailing: Mailing, *, background: bool, as_json: bool) -> None:
    """Send a mailing that is to be sent: from here, or leave it to the workers where there are any."""
    from trax_mailer.cli import output
    from trax_mailer.cli.running import send_in_foreground
    from trax_mailer.workflows.control import standing_of
    from trax_mailer.workflows.send import workers_seen

    workers = 0 if mailing.simulated else workers_seen(workspace)
    if mailing.simulated or not (background or workers):
        send_in_foreground(workspace, mailing.id, as_json=as_json)
        return
    standing = standing_of(workspace, mailing.id)
    if workers:
        words = f"A worker goes on with it within seconds. Watch it with: trax status {mailing.id} --watch"
    else:
        words = "No worker seems to be running: it waits until “trax serve” or “trax worker” is started."
        output.stderr.print(words)
    _print(standing.mailing, standing.proof, words if workers else "", as_json=as_json)


def _print(mailing: Mailing, proof: Proof, words: str, *, as_json: bool) -> None:
    from trax_mailer.cli import output
    from trax_mailer.cli.account_data import mailing_to_data

    if as_json:
        output.print_json(mailing_to_data(mailing, proof))
    elif words:
        output.console.print(words, markup=False)


def _waiting(proof: Proof) -> str:
    from trax_mailer.cli.account import readers

    return f"; {readers(proof.waiting)} waiting" if proof.waiting else ""


def _who_has_it(proof: Proof) -> str:
    from trax_mailer.cli.account import readers

    if not proof.audience:
        return "Nobody has it."
    maybe = f", {proof.uncertain:,} may have it" if proof.uncertain else ""
    without = proof.audience - proof.accepted - proof.uncertain
    rest = "1 does" if without == 1 else f"{without:,} do"
    return f"Of {readers(proof.audience)}, {proof.accepted:,} have it{maybe}; {rest} not get it."
