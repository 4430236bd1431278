"""`trax status`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from trax_mailer.cli.opening import workspace_of

if TYPE_CHECKING:
    from trax_mailer.model.mailing import Mailing, Proof
    from trax_mailer.workflows.status import Account
    from trax_mailer.workflows.wiring import Workspace


@click.command("status", short_help="Show the mailings, their proof, and who was not reached.")
@click.argument("mailing", type=int, required=False)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_context
def status_command(ctx: click.Context, *, mailing: int | None, as_json: bool) -> None:
    """Show every mailing; or, with MAILING (its number), its account and who was not reached and why.

    “Accepted” means that the transport took a message. It does not mean delivered, or read.
    """
    workspace = workspace_of(ctx)
    if mailing is None:
        _show_all(workspace, as_json=as_json)
    else:
        _show_one(workspace, mailing, as_json=as_json)


def _show_all(workspace: Workspace, *, as_json: bool) -> None:
    from rich.markup import escape

    from trax_mailer.cli import output
    from trax_mailer.model.mailing import MailingState
    from trax_mailer.workflows.status import all_mailings

    mailings = all_mailings(workspace)
    if as_json:
        output.print_json([mailing_to_data(mailing, proof) for mailing, proof in mailings])
        return
    if not mailings:
        output.console.print("No mailing yet. Send an issue with: trax send ISSUE --list NAME")
        return
    shown = output.table("no", "issue", "to", "made", "state", "account", right=("no", "issue"))
    for mailing, proof in mailings:
        made = mailing.created_at.astimezone(workspace.settings.timezone)
        shown.add_row(
            str(mailing.id),
            str(mailing.issue_number),
            escape(mailing.list_name),
            f"{made:%Y-%m-%d %H:%M}",
            "simulated" if mailing.simulated and mailing.state is MailingState.DONE else mailing.state.value,
            _in_short(proof),
        )
    output.console.print(shown)


def _in_short(proof: Proof) -> str:
    """Who of the audience was accepted, and whatever else there is."""
    others = (
        f", {count:,} {name}"
        for name in ("skipped", "failed", "uncertain", "waiting")
        if (count := getattr(proof, name))
    )
    return f"{proof.accepted:,} of {proof.audience:,} accepted{''.join(others)}"


def _show_one(workspace: Workspace, number: int, *, as_json: bool) -> None:
    from trax_mailer.cli import output
    from trax_mailer.workflows.status import status_of

    account = status_of(workspace, number)
    if as_json:
        output.print_json(account_to_data(account))
    else:
        print_account(account)


def print_account(account: Account) -> None:
    """The closing account: the classes, the proof, and every reader who was not surely reached."""
    from trax_mailer.cli.output import console

    mailing, proof = account.mailing, account.proof
    console.print(
        f"Mailing {mailing.id}: No {mailing.issue_number} to “{mailing.list_name}” "
        f"through {mailing.transport}, {mailing.state}.",
        markup=False,
    )
    if mailing.reason:
        console.print(mailing.reason, markup=False)
    if mailing.simulated:
        console.print("Simulated: nothing left this machine, and it does not count as sent.")
    for name in ("accepted", "skipped", "failed", "uncertain", "waiting"):
        if name != "waiting" or proof.waiting:
            console.print(f"{getattr(proof, name):>9,}  {name}")
    console.print(proof_in_words(proof), markup=False)
    for one in account.unreached:
        console.print(f"  {one.handover}: {one.email} ({one.reason})", markup=False)


def proof_in_words(proof: Proof) -> str:
    """The sum that every mailing must end with."""
    if proof.waiting:
        return f"{proof.waiting:,} of {proof.audience:,} readers are still waiting."
    total = proof.accepted + proof.skipped + proof.failed + proof.uncertain
    sign = "=" if proof.holds else "≠"
    return (
        f"{proof.accepted:,} accepted + {proof.skipped:,} skipped + {proof.failed:,} failed "
        f"+ {proof.uncertain:,} uncertain = {total:,} {sign} audience of {proof.audience:,}"
    )


def mailing_to_data(mailing: Mailing, proof: Proof) -> dict[str, Any]:
    """A mailing and its proof as plain data, for `--json`."""
    return {
        "mailing": mailing.id,
        "issue": mailing.issue_number,
        "title": mailing.issue_title,
        "list": mailing.list_name,
        "transport": mailing.transport,
        "state": mailing.state.value,
        "reason": mailing.reason,
        "simulated": mailing.simulated,
        "edition": mailing.edition_hash,
        "created_at": mailing.created_at.isoformat(),
        "audience": proof.audience,
        "accepted": proof.accepted,
        "skipped": proof.skipped,
        "failed": proof.failed,
        "uncertain": proof.uncertain,
        "waiting": proof.waiting,
        "holds": proof.holds,
    }


def account_to_data(account: Account) -> dict[str, Any]:
    """The account as plain data, for `--json`."""
    return mailing_to_data(account.mailing, account.proof) | {
        "unreached": [
            {
                "delivery": one.delivery,
                "email": one.email,
                "handover": one.handover.value,
                "reason": one.reason,
            }
            for one in account.unreached
        ]
    }
