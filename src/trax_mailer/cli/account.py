"""The account of a mailing, in words and as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from trax_mailer.model.mailing import Proof
    from trax_mailer.workflows.status import Account, Look

CLASSES = ("accepted", "skipped", "failed", "uncertain", "waiting")


def print_account(account: Account) -> None:
    """The closing account: the classes, the proof, and the readers who were not surely reached."""
    from trax_mailer.cli.output import console

    mailing, proof = account.mailing, account.proof
    console.print(
        f"Mailing {mailing.id}: No {mailing.issue_number} to {mailing.whom} "
        f"through {mailing.transport}, {mailing.state}.",
        markup=False,
    )
    if mailing.segment_rule:
        console.print(f"The segment means: {mailing.segment_rule}", markup=False)
    if mailing.reason:
        console.print(mailing.reason, markup=False)
    if mailing.simulated:
        console.print("Simulated: nothing left this machine, and it does not count as sent.")
    if mailing.started_at is None and not proof.audience:
        never = mailing.state.value == "cancelled"
        audience = "its audience is who is on the list when it starts"
        console.print("It never began: nobody has it." if never else f"It has not begun: {audience}.")
        return
    for name in CLASSES:
        if name != "waiting" or proof.waiting:
            console.print(f"{getattr(proof, name):>9,}  {name}")
    console.print(proof_in_words(proof), markup=False)
    _print_unreached(account)
    if proof.uncertain:
        console.print(
            f"Uncertain: no answer was seen, so they may have it or not. See what is known, and decide: "
            f"trax resolve {mailing.id}",
            markup=False,
        )
    if proof.failed and mailing.state.value != "cancelled":
        console.print(f"Who failed can be tried again with: trax retry {mailing.id}", markup=False)


def _print_unreached(account: Account) -> None:
    from trax_mailer.cli.output import console, escape
    from trax_mailer.model.mailing import Handover

    for handover in (Handover.FAILED, Handover.UNCERTAIN, Handover.SKIPPED):
        for one in account.unreached:
            if one.handover is handover:
                console.print(f"  {one.handover}: {escape(one.email)} ({escape(one.reason)})")
        if more := account.unnamed(handover):
            console.print(
                f"  … and {more:,} more {handover}: trax status {account.mailing.id} --readers {handover}"
            )


def print_times(account: Account, zone: ZoneInfo) -> None:
    """When it ended, and what was done with the mailing."""
    from trax_mailer.cli.output import console, escape

    if account.mailing.finished_at:
        console.print(f"Came to its end on {account.mailing.finished_at.astimezone(zone):%Y-%m-%d %H:%M:%S}.")
    if account.journal:
        console.print("What was done with it:")
    for entry in account.journal:
        when = entry.at.astimezone(zone)
        console.print(f"  {when:%Y-%m-%d %H:%M:%S}  {entry.act}: {escape(entry.words)}")


def readers(count: int) -> str:
    """So many readers, in words."""
    return "1 reader" if count == 1 else f"{count:,} readers"


def proof_in_words(proof: Proof) -> str:
    """The sum that every mailing must end with."""
    if proof.waiting:
        return f"{proof.waiting:,} of {readers(proof.audience)} still waiting."
    return proof.in_words


def pace_in_words(look: Look) -> str:
    """Who is at work, how fast, and for how long still."""
    pace = look.pace
    if not pace.working:
        return (
            f"Nobody is at work on it at this moment. “trax worker” or “trax serve” goes on with it by "
            f"itself; so does: trax resume {look.mailing.id}"
        )
    lanes = f"{pace.working} of {look.mailing.lanes} lanes at work"
    if pace.seconds_left is None:
        return f"{lanes}; nobody was handed over in the last half minute."
    return f"{lanes}, {pace.per_second:,.1f} readers/s, about {duration(pace.seconds_left)} to the end."


def duration(seconds: float) -> str:
    """A span of time in short words."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
