"""Making a mailing: the edition stored by hash, the audience written down reader by reader, in batches."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from trax_mailer.delivery.account import handed_over
from trax_mailer.delivery.transports.base import Transport
from trax_mailer.errors import Conflict, Refused
from trax_mailer.model.edition import Edition
from trax_mailer.model.mailing import (
    UNFINISHED,
    AudienceKind,
    Envelope,
    Mailing,
    MailingState,
    in_words,
)
from trax_mailer.model.segments import Rule, stored_rule
from trax_mailer.model.visit import TrackingMode
from trax_mailer.storage import Ledger
from trax_mailer.storage.claims import Standing
from trax_mailer.storage.deliveries import skip_queued
from trax_mailer.storage.editions import edition_topics, store_edition
from trax_mailer.storage.journal import add_entry
from trax_mailer.storage.lists import find_list_id, tracking_of
from trax_mailer.storage.mailing_states import cancel_mailing
from trax_mailer.storage.mailings import (
    NewMailing,
    add_mailing,
    latest_mailing,
    list_of,
    load_mailing,
    others_of_issue,
)
from trax_mailer.storage.snapshot import Audience, write_down


def make_mailing(  # noqa: PLR0913 - what a mailing is made of
    ledger: Ledger,
    *,
    issue_number: int,
    issue_title: str,
    list_name: str,
    edition: Edition,
    transport: Transport,
    envelope: Envelope,
    now: dt.datetime,
    audience: AudienceKind = AudienceKind.EVERYBODY,
    not_before: dt.datetime | None = None,
    replaces: int | None = None,
    trackable: bool = True,
    segment: str = "",
    segment_rule: str = "",
) -> Mailing:
    """A mailing in draft to those subscribed to the list at this moment; all of it or nothing.

    With `segment`, to those of them alone for whom its rule, as canonical text, holds at this moment.

    With `not_before` it is scheduled, and its audience is written down when it starts. Suppressed readers
    are in it as skipped, with the reason. The mailing that it `replaces` is cancelled, unless it is real and
    somebody may have got a copy. It is tracked as its list says at this moment, and not at all unless it is
    `trackable`. Raises Refused where the list is unknown or nobody is to be mailed, Conflict where a real
    mailing of that issue to that list, or to that segment of it, is under way, or, unless `audience` says
    otherwise, reached anybody.
    """
    with ledger.write() as connection:
        list_id = find_list_id(connection, list_name)
        if list_id is None:
            raise Refused(f"There is no list “{list_name}”.", advice="See the lists with: trax lists")
        if replaces is not None:
            _give_way(connection, load_made(connection, replaces, hold=True), now=now)
        if not envelope.simulated:
            _refuse_double(
                connection, issue_number=issue_number, list_name=list_name, segment=segment, audience=audience
            )
        new = NewMailing(
            issue_number=issue_number,
            issue_title=issue_title,
            list_id=list_id,
            edition_hash=store_edition(connection, edition, now=now),
            transport=transport.name,
            envelope=envelope,
            lanes=transport.lanes,
            batch_size=transport.batch_size,
            audience=audience,
            tracking=tracking_of(connection, list_id) if trackable else TrackingMode.NONE,
            not_before=not_before,
            segment=segment,
            segment_rule=segment_rule,
        )
        mailing_id = add_mailing(connection, new, now=now)
        words = f"to {in_words(list_name, segment)} through {transport.name}"
        add_entry(
            connection, mailing_id=mailing_id, act="scheduled" if not_before else "made", words=words, now=now
        )
        mailing = load_made(connection, mailing_id)
        if not_before is None:
            write_audience(connection, mailing, now=now)
    return mailing


def write_audience(connection: Connection, mailing: Mailing, *, now: dt.datetime) -> None:
    """Write down who gets the mailing. Raises Refused where that is nobody."""
    audience = Audience(
        list_id=list_of(connection, mailing.id),
        others=others_that_count(connection, mailing),
        leave_out=mailing.audience is AudienceKind.MISSED,
        topics=edition_topics(connection, mailing.edition_hash),
        tracked=mailing.tracking is not TrackingMode.NONE,
        segment=_rule_of(mailing),
    )
    size, lanes = mailing.batch_size, mailing.lanes
    if write_down(connection, mailing.id, audience, batch_size=size, lanes=lanes, now=now):
        return
    if mailing.audience is AudienceKind.MISSED:
        raise Refused(f"Everybody on the list {mailing.whom} has No {mailing.issue_number}.")
    raise Refused(f"Nobody is subscribed to the list {mailing.whom}.")


def others_that_count(connection: Connection, mailing: Mailing) -> tuple[int, ...]:
    """The mailings by which readers may have the issue already: this one must not give it to them again."""
    if mailing.simulated or mailing.audience is AudienceKind.AGAIN:
        return ()
    return tuple(others_of_issue(connection, mailing.id, issue_number=mailing.issue_number))


def load_made(connection: Connection, mailing_id: int, *, hold: bool = False) -> Mailing:
    """The mailing of that id, with `hold` kept as it is for others. Raises Refused where there is none."""
    mailing = load_mailing(connection, mailing_id, hold=hold)
    if mailing is None:
        raise Refused(f"There is no mailing {mailing_id}.", advice="See them all with: trax status")
    return mailing


def reason_to_skip(candidate: Standing) -> str:
    """Why that reader must not be mailed now; empty where they may be."""
    if candidate.suppression is not None:
        return f"suppressed ({candidate.suppression})"
    if candidate.subscription is None:
        return "not on the list any more"
    if candidate.subscription != "subscribed":
        return f"{candidate.subscription} since the mailing was made"
    return ""


def _rule_of(mailing: Mailing) -> Rule | None:
    try:
        return stored_rule(mailing.segment_rule) if mailing.segment_rule else None
    except ValueError:
        raise Refused(
            f"The rule of the segment “{mailing.segment}” is not understood by this version of trax.",
            advice=f"It was made by another one. Call it off: trax cancel {mailing.id}; then send it anew.",
        ) from None


def _give_way(connection: Connection, mailing: Mailing, *, now: dt.datetime) -> None:
    if not mailing.simulated and handed_over(connection, mailing.id):
        return
    reason = "a new mailing took its place"
    if cancel_mailing(connection, mailing.id, reason=reason, now=now):
        skip_queued(connection, mailing.id, reason=reason, now=now)


def _refuse_double(
    connection: Connection, *, issue_number: int, list_name: str, segment: str, audience: AudienceKind
) -> None:
    states = UNFINISHED if audience is not AudienceKind.EVERYBODY else (*UNFINISHED, MailingState.DONE)
    earlier = latest_mailing(
        connection,
        issue_number=issue_number,
        list_name=list_name,
        segment=segment,
        simulated=False,
        states=states,
    )
    if earlier is None:
        return
    if earlier.state is not MailingState.DONE or handed_over(connection, earlier.id):
        raise Conflict(
            f"No {issue_number} has mailing {earlier.id} to {earlier.whom} already, "
            f"which is {earlier.state}.",
            advice=f"See what became of it with: trax status {earlier.id}",
        )
