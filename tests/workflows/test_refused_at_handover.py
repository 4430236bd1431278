"""Whoever a mail server refuses at the handover fares as if a bounce had come back, on either database."""

import datetime as dt

import pytest
from sqlalchemy import select, update

from events.ledgers import NOW, add_sent_mailing
from trax_mailer.audience.standing import bring_to
from trax_mailer.delivery.transports.base import Answer, Verdict
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.mailing import Handover
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.settings import BounceRule
from trax_mailer.storage import open_ledger, schema
from trax_mailer.storage.acts import add_act
from trax_mailer.workflows.refused_at_handover import follow_refusals

RULE = BounceRule(limit=4, days=60)
FULL = "put off 12 times, the last time with: 452 4.2.2 mailbox full"
WORDS = {
    1: "550 5.1.1 <…@…>: no such user",
    2: "550 5.7.1 your newsletter is not welcome in this country",
    3: FULL,
    4: "the reader's fields hold half a character, which no message can carry",
    5: "550 no",
}
SUBSCRIBED, BOUNCED = "subscribed", "bounced"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def ledger(request, tmp_path):
    place = request.getfixturevalue("server_place") if request.param == "postgresql" else None
    with open_ledger(tmp_path / "state", place) as opened:
        yield opened


def refuse(ledger, number, words, *, transport="smtp"):
    """A mailing that was sent ten days after the one before, and whom servers refused in which words."""
    mailing_id = add_sent_mailing(ledger, readers=6, handover=Handover.ACCEPTED)
    at = NOW + dt.timedelta(days=10 * number)
    delivery, batch = schema.delivery, schema.batch
    with ledger.write() as connection:
        if number == 0:
            act_id = add_act(connection, Act(kind=ActKind.IMPORT, at=NOW, list_id=1))
            of = {"list_id": 1, "kind": ActKind.IMPORT, "act_id": act_id, "now": NOW}
            bring_to(connection, range(1, 7), SubscriptionState.SUBSCRIBED, **of)
        this = schema.mailing.c.id == mailing_id
        connection.execute(update(schema.mailing).where(this).values(started_at=at, transport=transport))
        connection.execute(update(batch).where(batch.c.mailing_id == mailing_id).values(transport=transport))
        for reader, reason in words.items():
            theirs = (delivery.c.mailing_id == mailing_id) & (delivery.c.subscriber_id == reader)
            values = {"handover": Handover.FAILED, "reason": reason, "changed_at": at}
            connection.execute(update(delivery).where(theirs).values(values))
    return mailing_id


def standing(ledger):
    table = schema.subscription
    with ledger.read() as connection:
        rows = connection.execute(select(table.c.state).order_by(table.c.subscriber_id))
        return [row.state.value for row in rows]


def test_address_that_is_refused_for_good_is_bounced_and_nobody_else(ledger):
    mailing_id = refuse(ledger, 0, WORDS)
    [found] = follow_refusals(ledger, mailing_id, rule=RULE)
    assert (found.delivery, found.state, found.lists) == (f"{mailing_id}.1", BOUNCED, (1,))
    assert standing(ledger) == [BOUNCED] + [SUBSCRIBED] * 5
    with ledger.read() as connection:
        act = connection.execute(select(schema.act).where(schema.act.c.kind == "bounce")).one()
        assert connection.execute(select(schema.event)).all() == []  # nothing here proves an acceptance
    assert (act.source, act.words, act.subscriber_id) == ("smtp", WORDS[1], 1)
    assert follow_refusals(ledger, mailing_id, rule=RULE) == []


def test_refusals_count_in_the_row_beside_reports_and_policy_never_does(ledger):
    for number in range(4):
        found = follow_refusals(ledger, refuse(ledger, number, WORDS | {1: ""}), rule=RULE)
    assert {one.delivery.split(".")[1] for one in found} == {"3", "5"}
    assert standing(ledger) == [SUBSCRIBED, SUBSCRIBED, BOUNCED, SUBSCRIBED, BOUNCED, SUBSCRIBED]


def test_lane_is_looked_at_alone_and_from_a_moment_on_when_asked(ledger):
    mailing_id = refuse(ledger, 0, WORDS)
    for nothing in ({"lane": 1}, {"lane": 0, "since": NOW + dt.timedelta(seconds=1)}):
        assert follow_refusals(ledger, mailing_id, rule=RULE, **nothing) == []
    assert len(follow_refusals(ledger, mailing_id, rule=RULE, lane=0, since=NOW)) == 1


def test_nothing_follows_when_it_was_no_mail_server_that_refused(ledger):
    mailing_id = refuse(ledger, 0, {1: "550 5.1.1 as if"}, transport="sendgrid")
    assert follow_refusals(ledger, mailing_id, rule=RULE) == []


def test_reader_is_bounced_when_a_send_in_the_foreground_is_refused(outside):
    def answer(recipients):
        if recipients[0].email.startswith("kofi"):
            return Answer(verdict=Verdict.REJECTED, reason="550 5.1.1 no such user")
        return Answer(verdict=Verdict.ACCEPTED)

    outside.answers = answer
    assert outside.send().proof.failed == 1
    with open_ledger(outside.state) as ledger:
        assert sorted(standing(ledger)) == [BOUNCED, SUBSCRIBED, SUBSCRIBED]
