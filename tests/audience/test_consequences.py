"""What follows from events: the same states, in whatever order and however often they are told."""

import datetime as dt
import hashlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from events.ledgers import add_sent_mailing
from trax_mailer.audience import follow
from trax_mailer.audience.in_a_row import failed_in_a_row
from trax_mailer.audience.standing import bring_to
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.event import DeliveryEvent, EventKind
from trax_mailer.model.mailing import Handover
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.settings import BounceRule
from trax_mailer.storage import open_ledger, schema
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.copies import Fared
from trax_mailer.storage.events import add_events, events_among
from trax_mailer.storage.lists import make_list

START = dt.datetime(2026, 1, 5, 9, 0, tzinfo=dt.UTC)
RULE = BounceRule(limit=4, days=60)
BOUNCED, BLOCKED = EventKind.BOUNCED, EventKind.BLOCKED
READER = 1


def sent(number):
    """When mailing `number` started: one every ten days."""
    return START + dt.timedelta(days=10 * (number - 1))


def told(kind, reason="", *, mailing=1, reader=READER, at=None, provider="mailbox"):
    at = at or sent(mailing) + dt.timedelta(hours=1)
    key = hashlib.sha256(f"{kind} {reason} {mailing} {reader} {at}".encode()).hexdigest()
    return DeliveryEvent(
        key=key, provider=provider, mailing_id=mailing, subscriber_id=reader, kind=kind, occurred_at=at,
        reason=reason,
    )  # fmt: skip


def soft(mailing, **further):
    return told(BLOCKED, "5.2.2 full", mailing=mailing, **further)


HARD = told(BOUNCED, "550 5.1.1 unknown")
COMPLAINT = told(EventKind.COMPLAINED, "reported as abuse")


def prepare(ledger, mailings=6):
    """Seven readers on two lists, and mailings to the first list that all of them were sent."""
    for number in range(1, mailings + 1):
        add_sent_mailing(ledger, readers=7, handover=Handover.ACCEPTED)
        with ledger.write() as connection:
            connection.execute(
                update(schema.mailing).where(schema.mailing.c.id == number).values(started_at=sent(number))
            )
    with ledger.write() as connection:
        make_list(connection, "Jobs", now=START)
        for list_id in (1, 2):
            join(connection, list_id, range(1, 8), ActKind.IMPORT, at=START)


def join(connection, list_id, readers, kind, *, at):
    act_id = add_act(connection, Act(kind=kind, at=at, list_id=list_id))
    said = SubscriptionState.SUBSCRIBED
    bring_to(connection, readers, said, list_id=list_id, kind=kind, act_id=act_id, now=at)


def tell(ledger, *events, rule=RULE, now=START + dt.timedelta(days=90)):
    with ledger.write() as connection:
        add_events(connection, events, now=now)
        stored = events_among(connection, sorted({one.key for one in events}))
        return follow(connection, stored, rule=rule, now=now)


def states(ledger):
    """Where each reader stands with each list, and who is suppressed."""
    table = schema.subscription
    with ledger.read() as connection:
        rows = connection.execute(select(table).order_by(table.c.subscriber_id, table.c.list_id))
        found = {(row.subscriber_id, row.list_id): row.state.value for row in rows}
        return found, sorted(connection.scalars(select(schema.suppression.c.address)))


def of_reader(ledger, reader=READER):
    return [state for (who, _), state in states(ledger)[0].items() if who == reader]


def acts(ledger):
    with ledger.read() as connection:
        kinds = [ActKind.BOUNCE, ActKind.COMPLAINT, ActKind.PROVIDER]
        return connection.execute(select(schema.act).where(schema.act.c.kind.in_(kinds))).all()


@pytest.fixture
def lived(ledger):
    prepare(ledger)
    return ledger


def test_reader_bounced_everywhere_at_once_when_the_address_takes_no_mail(lived):
    [found] = tell(lived, HARD)
    assert of_reader(lived) == ["bounced", "bounced"]
    assert of_reader(lived, 2) == ["subscribed", "subscribed"]
    assert (found.delivery, found.state, found.lists, found.suppressed) == ("1.1", "bounced", (1, 2), False)
    [act] = acts(lived)
    assert (act.kind, act.subscriber_id, act.source) == ("bounce", READER, "mailbox")
    assert act.words == "550 5.1.1 unknown"
    assert act.details == {"delivery": "1.1"}


def test_reader_is_suppressed_when_they_complain(lived):
    [found] = tell(lived, COMPLAINT)
    assert found.suppressed
    assert of_reader(lived) == ["complained", "complained"]
    assert states(lived)[1] == ["reader1@example.org"]


DROPPED = {
    "Bounced Address": ["bounced", "bounced"],
    "Invalid": ["bounced", "bounced"],
    "Spam Reporting Address": ["complained", "complained"],
    "Unsubscribed Address": ["unsubscribed", "subscribed"],
    "Spam Content (if Spam Checker app is enabled)": ["subscribed", "subscribed"],
    "Recipient List over Package Quota": ["subscribed", "subscribed"],
    "": ["subscribed", "subscribed"],
}


def test_what_sendgrid_drops_counts_by_its_reason(lived):
    for reader, reason in enumerate(DROPPED, 1):
        tell(lived, told(EventKind.DROPPED, reason, reader=reader, provider="sendgrid"))
    assert [of_reader(lived, reader) for reader in range(1, 8)] == list(DROPPED.values())


def test_reader_stays_when_the_report_is_not_about_the_address(lived):
    harmless = [
        told(EventKind.DELIVERED), told(EventKind.DEFERRED, "4.2.2 full"), told(EventKind.PROCESSED),
        soft(1), told(BOUNCED, "550 no"), told(BOUNCED, "550 5.0.0 no"), told(BOUNCED, "554 5.6.0 odd"),
        told(BLOCKED, "550 5.1.1 says SendGrid that it is no bounce"),
    ]  # fmt: skip
    for one in harmless:
        assert tell(lived, one) == []
    assert of_reader(lived) == ["subscribed", "subscribed"]
    assert acts(lived) == []


def test_reader_bounced_when_four_mailings_in_a_row_failed(lived):
    for number in (2, 3, 4):
        assert tell(lived, soft(number)) == []
    [found] = tell(lived, soft(5))
    assert of_reader(lived) == ["bounced", "bounced"]
    assert found.reason.startswith("several mailings in a row failed")


def test_reader_stays_when_a_mailing_between_came_through(lived):
    for reader, failed in enumerate([(1, 2, 3, 5), (1, 3, 5), (2, 3, 5, 6), (1, 1, 1, 1)], 1):
        assert tell(lived, *(soft(number, reader=reader) for number in failed)) == []
        assert of_reader(lived, reader) == ["subscribed", "subscribed"]


def test_reader_stays_when_their_server_refuses_by_policy(lived):
    for number in range(1, 7):
        assert tell(lived, told(BLOCKED, "550 5.7.1 not in this country", mailing=number)) == []
    assert tell(lived, *(soft(number, reader=2) for number in (1, 2, 4, 5))) == []
    assert tell(lived, told(BLOCKED, "5.7.1", mailing=3, reader=2)) == []
    assert of_reader(lived) == of_reader(lived, 2) == ["subscribed", "subscribed"]


def course(days, *, failed=True):
    failures = ((BLOCKED, "5.2.2 full"),) if failed else ()
    return [
        Fared(sent_at=START + dt.timedelta(days=day), sent_to="a@example.org", failures=failures)
        for day in days
    ]


@pytest.mark.parametrize(
    ("days", "counts"),
    [
        ((0, 10, 20, 30), True),
        ((0, 10, 20), False),
        ((0, 20, 40, 60), True),
        ((0, 20, 40, 61), False),
        ((0, 20, 40, 61, 62, 63), True),
        ((0, 1, 2, 3), False),  # a daily newsletter, and half a week away
        ((0, 1, 2, 3, 4, 5, 6), False),
        ((0, 1, 2, 3, 4, 5, 6, 7), True),
    ],
)
def test_row_counts_when_it_lasts_a_week_and_lies_within_the_days(days, counts):
    assert failed_in_a_row(course(days), rule=RULE) is counts


def test_row_ends_when_a_copy_came_through():
    broken = [*course((0, 10, 20)), *course((25,), failed=False), *course((30, 40, 50))]
    assert not failed_in_a_row(broken, rule=RULE)


def test_old_address_says_nothing_when_the_reader_has_a_new_one(lived):
    with lived.write() as connection:
        connection.execute(
            update(schema.subscriber)
            .where(schema.subscriber.c.id == READER)
            .values(address="new@example.org", email="new@example.org")
        )
    assert tell(lived, HARD, *(soft(number) for number in range(1, 7))) == []
    assert of_reader(lived) == ["subscribed", "subscribed"]
    tell(lived, COMPLAINT)  # a person complained, wherever they were reached
    assert of_reader(lived) == ["complained", "complained"]
    assert states(lived)[1] == ["new@example.org"]


def test_nothing_old_counts_when_the_reader_came_back_by_their_own_act(lived):
    everything = [HARD, COMPLAINT, *(soft(number) for number in range(1, 5))]
    tell(lived, *everything)
    back = START + dt.timedelta(days=100)
    with lived.write() as connection:
        connection.execute(schema.suppression.delete())
        join(connection, 1, (READER,), ActKind.CONFIRMATION, at=back)
    assert tell(lived, *everything, now=back + dt.timedelta(days=1)) == []
    assert of_reader(lived) == ["subscribed", "complained"]
    assert states(lived)[1] == []
    tell(lived, told(BOUNCED, "5.1.1", mailing=6, at=back + dt.timedelta(hours=2)))
    assert of_reader(lived) == ["bounced", "complained"]


def test_reader_who_left_stays_so_when_they_bounce(lived):
    state, kind = SubscriptionState.UNSUBSCRIBED, ActKind.PAGE
    with lived.write() as connection:
        act_id = add_act(connection, Act(kind=kind, at=START))
        bring_to(connection, [READER], state, list_id=1, kind=kind, act_id=act_id, now=START)
    [found] = tell(lived, HARD)
    assert of_reader(lived) == [state, "bounced"]
    assert found.lists == (2,)


def test_nobody_is_put_on_a_list_by_a_bounce(lived):
    with lived.write() as connection:
        connection.execute(schema.subscription.delete().where(schema.subscription.c.list_id == 2))
    tell(lived, HARD)
    assert of_reader(lived) == ["bounced"]


def test_nothing_follows_when_there_is_no_such_copy_or_it_was_simulated(lived):
    assert tell(lived, told(BOUNCED, "5.1.1", mailing=99), told(BOUNCED, "5.1.1", reader=99)) == []
    with lived.write() as connection:
        connection.execute(update(schema.mailing).values(simulated=True))
    assert tell(lived, HARD, COMPLAINT, *(soft(number) for number in range(1, 7))) == []


def test_nothing_more_is_written_when_the_same_is_told_again(lived):
    events = [HARD, COMPLAINT, *(soft(number) for number in range(1, 5))]
    tell(lived, *events)
    before = states(lived), acts(lived)
    for _ in range(3):
        assert tell(lived, *reversed(events)) == []
    assert (states(lived), acts(lived)) == before


ANY_EVENT = st.one_of(
    st.builds(soft, st.integers(1, 6), reader=st.integers(1, 3)),
    st.builds(soft, st.integers(1, 6), reader=st.just(1)),
    st.builds(told, st.just(BLOCKED), st.just("5.7.1 policy"), mailing=st.integers(1, 6), reader=st.just(1)),
    st.builds(
        told,
        st.sampled_from([BOUNCED, EventKind.DROPPED, EventKind.DELIVERED, EventKind.COMPLAINED]),
        st.sampled_from(["5.1.1 no", "550 no", "Bounced Address", "Unsubscribed Address"]),
        mailing=st.integers(1, 6),
        reader=st.integers(1, 3),
    ),
)


class Fresh:
    """The same ledger again and again: whatever was told is undone."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.ledger = open_ledger(Path(self.folder.name) / "state")
        prepare(self.ledger)

    def after(self, parts):
        """Where everybody stands after these parts were told, one after another."""
        for part in parts:
            tell(self.ledger, *part)
        found = states(self.ledger)
        with self.ledger.write() as connection:
            for table in (schema.event, schema.suppression, schema.past_subscription):
                connection.execute(table.delete())
            first = connection.scalar(select(schema.act.c.id).order_by(schema.act.c.id).limit(1))
            values = {"state": SubscriptionState.SUBSCRIBED, "act_id": first, "changed_at": START}
            connection.execute(update(schema.subscription).values(values))
        return found

    def close(self):
        self.ledger.close()
        self.folder.cleanup()


@pytest.fixture(scope="module")
def fresh():
    made = Fresh()
    yield made
    made.close()


@settings(max_examples=25, deadline=None, database=None)
@given(data=st.data(), events=st.lists(ANY_EVENT, min_size=1, max_size=12))
def test_states_are_the_same_in_whatever_order_and_however_often_events_are_told(fresh, data, events):
    at_once = fresh.after([events])
    again = data.draw(st.lists(st.sampled_from(events), max_size=6))
    order = data.draw(st.permutations(events + again))
    cut = data.draw(st.integers(0, len(order)))
    assert fresh.after([[one] for one in order]) == at_once
    assert fresh.after([order[:cut], order[cut:], order]) == at_once
