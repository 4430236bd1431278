"""Uncertain deliveries: what is known of them, and a person's word about them.

Evidence settles them first. A person's word comes last, and sending again only after a wait: word of what
became of a message may come late, and whoever has it would get it twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from trax_mailer.delivery import Doubt, doubts, settle_doubts
from trax_mailer.errors import Refused
from trax_mailer.model.mailing import Mailing
from trax_mailer.storage import open_ledger
from trax_mailer.storage.settling import settle_by_events
from trax_mailer.workflows.control import refuse_cancelled
from trax_mailer.workflows.ledger_time import ledger_now
from trax_mailer.workflows.status import known_mailing
from trax_mailer.workflows.subscribers import who
from trax_mailer.workflows.wiring import Workspace

SHORTEST_WAIT = dt.timedelta(hours=1)
WAITS = {"sendgrid": dt.timedelta(hours=24), "smtp": SHORTEST_WAIT, "folder": dt.timedelta()}
"""How long word may still come: SendGrid repeats an event that was not taken for 24 hours
(docs.sendgrid.com, Event Webhook, “retries”); a relay logs what it took at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """The uncertain deliveries of a mailing. `settled` were settled by evidence just now.

    `again_from` says, for each subscriber, when a copy may be sent again at the earliest.
    """

    mailing: Mailing
    open: tuple[Doubt, ...]
    settled: int
    now: dt.datetime
    again_from: dict[int, dt.datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Files that may tell what became of messages: a relay's log, a mailbox of bounces."""

    log: Path | None = None
    bounces: Path | None = None


def find_doubts(
    workspace: Workspace,
    mailing_id: int,
    *,
    evidence: Evidence | None = None,
    only: Sequence[str] = (),
    after: dt.timedelta | None = None,
) -> Doubts:
    """Read the evidence, settle what it proves, and return who is in doubt still.

    `only` names deliveries (`3.17`) or addresses; without it, all are meant. `after` is the wait before
    sending again, instead of the usual one. Raises Refused where there is no such mailing, or somebody named
    is not uncertain in it, and BadFile for evidence that cannot be read.
    """
    settings = workspace.settings
    if after is not None and after < SHORTEST_WAIT:
        raise Refused("The wait cannot be shorter than an hour: an answer may still be under way.")
    with open_ledger(settings.state, settings.database) as ledger:
        mailing = known_mailing(ledger, mailing_id)
        before = len(doubts(ledger, mailing_id))
        _read(workspace, mailing_id, evidence)
        now = ledger_now(ledger)
        with ledger.write() as connection:
            settle_by_events(connection, mailing_id, now=now)
        left = doubts(ledger, mailing_id)
    chosen = _chosen(left, only, mailing_id)
    return Doubts(
        mailing=mailing,
        open=tuple(chosen),
        settled=before - len(left),
        now=now,
        again_from={
            one.subscriber_id: one.since + (after if after is not None else _wait(one)) for one in chosen
        },
    )


def take_as_sent(workspace: Workspace, found: Doubts) -> int:
    """Take a person's word that they all have it. Returns how many were settled by it."""
    return _settle(workspace, found, as_sent=True)


def send_again(workspace: Workspace, found: Doubts) -> int:
    """All of them wait again, and the mailing is sending. Returns how many. Hands nothing over by itself.

    Raises Refused where one of them is in doubt for too short a time, or the mailing was cancelled.
    """
    refuse_cancelled(found.mailing)
    refuse_haste(found, zone=workspace.settings.timezone)
    return _settle(workspace, found, as_sent=False)


def refuse_haste(found: Doubts, *, zone: ZoneInfo) -> None:
    """Raises Refused, with the time to wait for, where somebody is in doubt for too short a time."""
    early = [one for one in found.open if found.again_from[one.subscriber_id] > found.now]
    if early:
        latest = max(found.again_from[one.subscriber_id] for one in early)
        first = min(found.again_from[one.subscriber_id] for one in early)
        when = f"{first.astimezone(zone):%Y-%m-%d %H:%M}"
        if latest - first > dt.timedelta(minutes=1):
            when += f" to {latest.astimezone(zone):%Y-%m-%d %H:%M}"
        raise Refused(
            f"It is too early to send it again to {len(early):,} of them: word of what became of it may "
            "still come, and who has it would get it twice.",
            advice=f"Try again after {when} ({zone.key}), or name others with --only. "
            "--after HOURS sets another wait, of at least 1.",
        )


def _settle(workspace: Workspace, found: Doubts, *, as_sent: bool) -> int:
    settings = workspace.settings
    with open_ledger(settings.state, settings.database) as ledger:
        return settle_doubts(
            ledger,
            found.mailing.id,
            subscribers=[one.subscriber_id for one in found.open],
            as_sent=as_sent,
            words=f"said by {who()}",
            now=ledger_now(ledger),
            wait=_shortest(found),
        )


def _shortest(found: Doubts) -> dt.timedelta:
    """The wait that holds for every one of them; each one's own was looked at before."""
    waits = (found.again_from[one.subscriber_id] - one.since for one in found.open)
    return min(waits, default=dt.timedelta())


def _read(workspace: Workspace, mailing_id: int, evidence: Evidence | None) -> None:
    if evidence is None or (evidence.log is None and evidence.bounces is None):
        return
    from trax_mailer.workflows.evidence import read_bounces, read_log

    if evidence.log is not None:
        read_log(workspace, mailing_id, evidence.log)
    if evidence.bounces is not None:
        read_bounces(workspace, mailing_id, evidence.bounces)


def _chosen(found: Sequence[Doubt], only: Sequence[str], mailing_id: int) -> list[Doubt]:
    if not only:
        return list(found)
    wanted = {words.strip().casefold() for words in only}
    chosen = [one for one in found if {one.delivery, one.email.casefold()} & wanted]
    known = {one.delivery for one in chosen} | {one.email.casefold() for one in chosen}
    if unknown := sorted(wanted - known):
        raise Refused(
            f"“{unknown[0]}” is not uncertain in mailing {mailing_id}.",
            advice=f"See who is with: trax resolve {mailing_id}",
        )
    return chosen


def _wait(doubt: Doubt) -> dt.timedelta:
    return WAITS.get(doubt.transport, max(WAITS.values()))
