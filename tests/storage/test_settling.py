import itertools
import threading
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from events.ledgers import NOW, add_sent_mailing, handovers, rows
from storage.telling import LATER, take_in, told
from trax_mailer.model.event import EventKind
from trax_mailer.model.mailing import BatchState, Handover, MailingState, Outcome
from trax_mailer.storage import open_ledger, schema
from trax_mailer.storage.proofs import count_proof, store_proof, stored_proof
from trax_mailer.storage.settling import in_doubt, settle_by_events


@pytest.fixture
def mailing_id(ledger):
    return add_sent_mailing(ledger)


@pytest.mark.parametrize("kind", EventKind)
def test_uncertain_delivery_is_accepted_with_the_evidence_named_when_any_event_is_known(
    ledger, mailing_id, kind
):
    assert take_in(ledger, told(kind, 2)) == (1, 1)
    handover, _, reason = rows(ledger)[2]
    assert handover is Handover.ACCEPTED
    assert kind in reason
    assert "sendgrid" in reason
    assert handovers(ledger)[1] == "uncertain"


@pytest.mark.parametrize("handover", [one for one in Handover if one is not Handover.UNCERTAIN])
def test_handover_stays_when_it_is_not_uncertain(ledger, handover):
    mailing_id = add_sent_mailing(ledger, handover=handover)
    assert take_in(ledger, told(EventKind.BOUNCED)) == (1, 0)
    assert rows(ledger, mailing_id)[1] == (handover, Outcome.BOUNCED, "no answer")


def test_kept_event_settles_when_the_lane_finds_its_call_unanswered_only_then(ledger):
    mailing_id = add_sent_mailing(ledger, handover=Handover.CALLING)
    take_in(ledger, told(EventKind.PROCESSED, 3))
    assert set(handovers(ledger).values()) == {"calling"}
    with ledger.write() as connection:
        connection.execute(update(schema.delivery).values(handover=Handover.UNCERTAIN))
        assert settle_by_events(connection, mailing_id, now=LATER) == 1
        assert settle_by_events(connection, mailing_id, now=LATER) == 0
    assert [who for who, handover in handovers(ledger).items() if handover == "accepted"] == [3]


def test_other_mailings_stay_as_they_are_when_one_has_evidence(ledger, mailing_id):
    other = add_sent_mailing(ledger)
    take_in(ledger, told(EventKind.DELIVERED, 1, mailing=other), mailing=other)
    with ledger.write() as connection:
        settle_by_events(connection, mailing_id, now=LATER)
    assert set(handovers(ledger, mailing_id).values()) == {"uncertain"}


def test_batch_is_accepted_when_its_last_doubt_is_gone(ledger, mailing_id):
    take_in(ledger, *(told(EventKind.DELIVERED, one) for one in range(1, 6)))
    assert batch_states(ledger) == [BatchState.UNCERTAIN]
    take_in(ledger, told(EventKind.DELIVERED, 6))
    assert batch_states(ledger) == [BatchState.ACCEPTED]


def test_stored_account_follows_when_the_mailing_had_ended(ledger):
    mailing_id = add_sent_mailing(ledger, state=MailingState.DONE)
    with ledger.write() as connection:
        store_proof(connection, mailing_id, proof=count_proof(connection, mailing_id))
    take_in(ledger, told(EventKind.DELIVERED, 1), told(EventKind.BOUNCED, 2))
    with ledger.read() as connection:
        proof = stored_proof(connection, mailing_id)
    assert (proof.accepted, proof.uncertain, proof.audience) == (2, 4, 6)


def test_doubt_is_about_calls_without_an_answer_only(ledger, mailing_id):
    with ledger.write() as connection:
        for subscriber, handover in enumerate(Handover, start=1):
            here = schema.delivery.c.subscriber_id == subscriber
            connection.execute(update(schema.delivery).where(here).values(handover=handover))
    with ledger.read() as connection:
        doubted = in_doubt(connection, mailing_id, range(1, 10))
    states = list(Handover)
    assert {states[one - 1] for one in doubted} == {Handover.CALLING, Handover.UNCERTAIN}


def batch_states(ledger):
    with ledger.read() as connection:
        return list(connection.scalars(select(schema.batch.c.state)))


def clear(ledger):
    with ledger.write() as connection:
        connection.execute(delete(schema.event))
        connection.execute(
            update(schema.delivery).values(
                handover=Handover.UNCERTAIN, outcome=Outcome.UNKNOWN, reason="no answer", changed_at=NOW
            )
        )


@pytest.fixture(scope="module")
def one_ledger(tmp_path_factory):
    with open_ledger(tmp_path_factory.mktemp("state") / "state") as opened:
        add_sent_mailing(opened)
        yield opened


def history(ledger, steps):
    """The rows after each step, taken in one after another by transactions of their own."""
    clear(ledger)
    for step in steps:
        take_in(ledger, *step)
    with ledger.read() as connection:
        return [tuple(row) for row in connection.execute(select(schema.delivery))]


@settings(max_examples=20, deadline=None)
@given(kinds=st.lists(st.sampled_from(EventKind), min_size=1, max_size=4, unique=True), data=st.data())
def test_rows_are_the_same_when_events_come_in_any_order_and_number(one_ledger, kinds, data):
    providers = data.draw(st.lists(st.sampled_from(["sendgrid", "mailbox"]), min_size=4, max_size=4))
    events = [told(kind, provider=provider) for kind, provider in zip(kinds, providers, strict=False)]
    expected = history(one_ledger, [events])
    for order in itertools.permutations(events):
        again = data.draw(st.lists(st.sampled_from(events), max_size=3))
        assert history(one_ledger, [[one] for one in [*order, *again]]) == expected


@pytest.mark.parametrize(
    ("kinds", "outcome"),
    [
        ("processed", "unknown"),
        ("deferred delivered", "delivered"),
        ("delivered deferred", "delivered"),
        ("delivered bounced", "bounced"),
        ("complained bounced delivered", "complained"),
        ("dropped processed", "dropped"),
        ("blocked delivered", "blocked"),
    ],
)
def test_outcome_is_the_one_of_the_highest_rank_when_several_were_reported(one_ledger, kinds, outcome):
    [first, *_] = history(one_ledger, [[told(EventKind(kind)) for kind in kinds.split()]])
    assert Outcome(outcome) in first


@pytest.mark.postgres
def test_no_event_is_missed_when_it_arrives_while_the_answer_is_written_down(database, tmp_path):
    """The lane holds its rows and commits last; whoever brings the event has to wait and look again."""
    with open_ledger(tmp_path / "state", database) as ledger:
        add_sent_mailing(ledger, handover=Handover.CALLING)
        taken = []
        arriving = threading.Thread(target=lambda: taken.append(take_in(ledger, told(EventKind.DELIVERED))))
        with ledger.write(alone=False) as connection:
            connection.execute(select(schema.batch.c.id).with_for_update())
            connection.execute(update(schema.delivery).values(handover=Handover.UNCERTAIN))
            assert settle_by_events(connection, 1, now=LATER) == 0
            arriving.start()
            arriving.join(0.3)
            assert arriving.is_alive()
        arriving.join(10)
        assert taken == [(1, 1)]
        assert handovers(ledger)[1] == "accepted"


@pytest.mark.postgres
def test_nobody_waits_in_a_circle_when_a_lane_writes_its_rows_in_another_order(database, tmp_path):
    with open_ledger(tmp_path / "state", database) as ledger, ThreadPoolExecutor(1) as threads:
        add_sent_mailing(ledger, handover=Handover.CALLING)
        with ledger.write(alone=False) as connection:
            connection.execute(select(schema.batch.c.id).with_for_update())
            for subscriber in (4, 3, 2, 1):
                here = schema.delivery.c.subscriber_id == subscriber
                connection.execute(update(schema.delivery).where(here).values(handover=Handover.UNCERTAIN))
                if subscriber == 4:
                    events = [told(EventKind.DELIVERED, one) for one in (1, 2, 3, 4)]
                    arriving = threads.submit(take_in, ledger, *events)
                    wait([arriving], timeout=0.3)
        assert arriving.result(10) == (4, 4)
