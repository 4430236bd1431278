import datetime as dt

import pytest

from delivery.mailings import NOW, ScriptedTransport, address, drive, fill_list, new_mailing
from trax_mailer.delivery import begin, claiming, doubts, find_mailing, journal_of, proof, settle_doubts
from trax_mailer.delivery.recording import record
from trax_mailer.delivery.settlement import Settlement
from trax_mailer.delivery.transports.base import Answer, Verdict
from trax_mailer.errors import Refused
from trax_mailer.model.event import DeliveryEvent, EventKind
from trax_mailer.model.mailing import MailingState
from trax_mailer.storage import deliveries, lanes, open_ledger
from trax_mailer.storage.events import add_events
from trax_mailer.storage.proofs import stored_proof
from trax_mailer.storage.settling import settle_by_events
from trax_mailer.tokens import KeyRing

WAIT = dt.timedelta(hours=24)


def lost_once():
    calls = []

    def script(_):
        calls.append(1)
        lost = len(calls) == 1
        return Answer(
            verdict=Verdict.UNCERTAIN if lost else Verdict.ACCEPTED, reason="time-out" if lost else ""
        )

    return ScriptedTransport(script)


@pytest.fixture
def mailing(ledger, ring):
    """Done; reader 1 to 4 are in doubt."""
    return drive(ledger, new_mailing(ledger), lost_once(), ring)


def settle(ledger, mailing, who, **more):
    arguments = {"as_sent": False, "words": "", "now": later(), "wait": WAIT} | more
    return settle_doubts(ledger, mailing.id, subscribers=who, **arguments)


def later(hours=25):
    return dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours)


def delivered(mailing, subscriber_id):
    return DeliveryEvent(
        key=f"{mailing.id}.{subscriber_id}".rjust(64, "0"),
        provider="sendgrid",
        mailing_id=mailing.id,
        subscriber_id=subscriber_id,
        kind=EventKind.DELIVERED,
        occurred_at=dt.datetime.now(dt.UTC),
    )


def test_doubts_are_named_with_transport_and_reason_when_an_answer_was_lost(ledger, mailing):
    found = doubts(ledger, mailing.id)
    assert [one.email for one in found] == [address(number) for number in range(1, 5)]
    assert {(one.transport, one.reason, one.evidence) for one in found} == {("scripted", "time-out", ())}


def test_readers_count_as_accepted_when_a_person_says_so(ledger, mailing):
    assert settle(ledger, mailing, [1, 2], as_sent=True, words="Ana rang them") == 2
    counted = proof(ledger, mailing.id)
    assert (counted.accepted, counted.uncertain, counted.holds) == (8, 2, True)
    with ledger.read() as connection:
        assert stored_proof(connection, mailing.id) == counted
    assert journal_of(ledger, mailing.id)[-1].words == "2 in doubt. Ana rang them"


def test_readers_are_mailed_again_when_a_person_says_so_after_the_wait(ledger, ring, mailing):
    assert settle(ledger, mailing, [2, 3]) == 2
    assert find_mailing(ledger, mailing.id).state is MailingState.SENDING
    again = ScriptedTransport()
    drive(ledger, mailing, again, ring)
    assert again.calls == [[address(2), address(3)]]
    counted = proof(ledger, mailing.id)
    assert (counted.accepted, counted.uncertain, counted.holds) == (8, 2, True)


def test_sending_again_is_refused_when_word_may_still_come(ledger, mailing):
    with pytest.raises(Refused, match="too early") as refused:
        settle(ledger, mailing, [1], now=later(hours=1))
    assert "23 h" in refused.value.advice
    assert proof(ledger, mailing.id).uncertain == 4


def test_nothing_changes_when_nobody_of_them_is_in_doubt(ledger, mailing):
    assert settle(ledger, mailing, [7, 99]) == 0


def test_uncertain_reader_is_settled_at_once_when_an_event_came_first(ledger, ring):
    mailing = new_mailing(ledger)
    with ledger.write() as connection:
        add_events(connection, [delivered(mailing, 2)], now=dt.datetime.now(dt.UTC))
    drive(ledger, mailing, lost_once(), ring)
    assert [one.subscriber_id for one in doubts(ledger, mailing.id)] == [1, 3, 4]
    assert proof(ledger, mailing.id).holds


@pytest.mark.postgres
def test_nobody_is_mailed_again_when_proof_comes_while_a_person_decides(database, tmp_path, monkeypatch):
    with open_ledger(tmp_path / "state", database) as ledger:
        fill_list(ledger, "everyone", readers=10)
        mailing = drive(ledger, new_mailing(ledger), lost_once(), KeyRing.open(tmp_path / "state"))
        requeue = deliveries.requeue

        def proved_before(*words, **more):
            now = dt.datetime.now(dt.UTC)
            with ledger.write(alone=False) as connection:
                add_events(connection, [delivered(mailing, 2)], now=now)
                assert settle_by_events(connection, mailing.id, subscribers=[2], now=now) == 1
            return requeue(*words, **more)

        monkeypatch.setattr(deliveries, "requeue", proved_before)
        assert settle(ledger, mailing, [2, 3]) == 1
        again = ScriptedTransport()
        drive(ledger, mailing, again, KeyRing.open(tmp_path / "state"))
        assert again.calls == [[address(3)]]
        assert journal_of(ledger, mailing.id)[-1].words.startswith("1 in doubt")


def test_late_answer_changes_nothing_when_they_were_sent_it_again_and_are_in_doubt_again(ledger, ring):
    """Two calls without an answer: that the first came to nothing says nothing about the second."""
    mailing = new_mailing(ledger, batch_size=10)
    begin(ledger, mailing.id, now=NOW)

    def call():
        with ledger.write() as connection:
            batch_id = lanes.peek(connection, mailing.id, lane=0, now=NOW)
            return claiming.claim(
                connection, mailing, batch_id, lane=0, list_id=1, limit=10, held_back={}, now=NOW
            )

    def take_over():
        with ledger.write() as connection:
            claiming.take_over(connection, mailing.id, lane=0, now=NOW)

    first = call()
    take_over()
    assert settle(ledger, mailing, range(1, 11)) == 10
    call()
    take_over()
    with ledger.write() as connection:
        answer = Settlement(stay=tuple(range(1, 11)))
        record(connection, first, answer, called=lambda: range(1, 11), reference="", now=NOW)
    assert proof(ledger, mailing.id).uncertain == 10
