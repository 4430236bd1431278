"""Readers in doubt, as the command line shows them: who they are, what is known, what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from trax_mailer.cli import output

if TYPE_CHECKING:
    from trax_mailer.workflows.resolving import Doubts

_SHOWN = 100


def print_doubts(found: Doubts, *, zone: ZoneInfo, to_stderr: bool) -> None:
    """Print the first hundred, grouped by what is known, and what a person can do; times in `zone`."""
    out = output.stderr if to_stderr else output.console
    if found.settled:
        out.print(f"Settled by evidence, accepted: {found.settled:,}.")
    if not found.open:
        out.print(f"Nobody is uncertain in mailing {found.mailing.id}.")
        return
    out.print(f"{len(found.open):,} uncertain in mailing {found.mailing.id}: they may have it, or not.")
    for words, places in _groups(found, zone).items():
        out.print(output.escape(words))
        for place in places:
            one = found.open[place]
            out.print(f"    {one.delivery:<12} {output.escape(one.email)}")
    if len(found.open) > _SHOWN:
        more = len(found.open) - _SHOWN
        out.print(f"  … and {more:,} more: trax status {found.mailing.id} --readers uncertain")
    out.print(_advice(found), markup=False)


def _groups(found: Doubts, zone: ZoneInfo) -> dict[str, list[int]]:
    """What is known, and of whom: places in `found.open`."""
    groups: dict[str, list[int]] = {}
    for place, one in enumerate(found.open[:_SHOWN]):
        words = (
            f"  since {one.since.astimezone(zone):%Y-%m-%d %H:%M}, through {one.transport or 'unknown'}: "
            f"{one.reason}\n  {_known(found, place, zone)}"
        )
        groups.setdefault(words, []).append(place)
    return groups


def _known(found: Doubts, place: int, zone: ZoneInfo) -> str:
    one = found.open[place]
    if one.evidence:
        return "; ".join(f"{event.kind} {event.occurred_at.astimezone(zone):%H:%M}" for event in one.evidence)
    again_from = found.again_from[one.subscriber_id]
    early = f"not to be sent again before {again_from.astimezone(zone):%Y-%m-%d %H:%M}"
    return f"no evidence yet; {'may be sent again' if again_from <= found.now else early}"


def _advice(found: Doubts) -> str:
    number = found.mailing.id
    through = {one.transport for one in found.open}
    lines = [
        "“No evidence yet” means that no word has come about it: it proves neither that they have it nor not."
    ]
    if "sendgrid" in through:
        lines.append(
            "SendGrid's event webhook settles it by itself when it reaches “trax serve”; SendGrid tries "
            "for a day."
        )
    if "smtp" in through:
        lines.append(f"The mail server's log says more: trax resolve {number} --log /var/log/mail.log")
    lines.append(f"By your word: trax resolve {number} --sent, or trax resolve {number} --send-again")
    return "\n".join(lines)


def doubts_to_data(found: Doubts) -> dict[str, Any]:
    """Who is in doubt, and what is known, as plain data."""
    return {
        "mailing": found.mailing.id,
        "state": found.mailing.state.value,
        "settled_by_evidence": found.settled,
        "uncertain": [
            {
                "delivery": one.delivery,
                "email": one.email,
                "since": one.since.isoformat(),
                "transport": one.transport,
                "reason": one.reason,
                "again_from": found.again_from[one.subscriber_id].isoformat(),
                "evidence": [
                    {"kind": event.kind.value, "at": event.occurred_at.isoformat(), "reason": event.reason}
                    for event in one.evidence
                ],
            }
            for one in found.open
        ],
    }
