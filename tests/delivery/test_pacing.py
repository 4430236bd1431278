import time

import pytest

from delivery.mailings import NOW, ScriptedTransport, address, drive, fill_list, new_mailing
from trax_mailer.delivery import Patience, begin, find_mailing, proof, run_lane
from trax_mailer.delivery.pacing import Pacing
from trax_mailer.delivery.transports.base import Answer, RecipientAnswer, Verdict
from trax_mailer.model.mailing import MailingState
from trax_mailer.storage import paces

QUICK = Patience(first=0.05, longest=0.1, tries=20)


def test_no_second_holds_much_more_than_the_rate_when_many_take_it(ledger):
    taken, at = [], 1000.0
    with ledger.write() as connection:
        while at < 1004.0:
            wait = paces.take(connection, "smtp", amount=100, rate=1000, at=at)
            if wait:
                at += wait
            else:
                taken.append(at)
    for start in taken:
        assert sum(100 for moment in taken if start <= moment < start + 1.0) <= 1100
    assert sum(100 for moment in taken if moment < 1003.95) == pytest.approx(4000, rel=0.05)


def test_nothing_is_taken_when_there_is_something_to_wait_for(ledger):
    with ledger.write() as connection:
        assert paces.take(connection, "smtp", amount=10, rate=10, at=0.0) == 0.0
        assert paces.take(connection, "smtp", amount=10, rate=10, at=0.25) == 0.75
        assert paces.take(connection, "smtp", amount=10, rate=10, at=0.5) == 0.5


def test_pace_is_free_again_when_the_clock_was_set_back_by_days(ledger):
    with ledger.write() as connection:
        paces.take(connection, "smtp", amount=10, rate=10, at=900_000.0)
        paces.block(connection, "smtp", until=900_060.0, reason="")
        assert paces.take(connection, "smtp", amount=10, rate=10, at=100.0) == 0.0
        assert paces.take(connection, "smtp", amount=10, rate=10, at=100.0) == 1.0


def test_claims_are_a_tenth_of_a_second_when_there_is_a_rate():
    assert Pacing(ScriptedTransport(rate=500), patience=QUICK).limit == 50
    assert Pacing(ScriptedTransport(rate=3), patience=QUICK).limit == 1
    assert Pacing(ScriptedTransport(window=64), patience=QUICK).limit == 64


def test_every_worker_waits_when_the_provider_wants_no_calls(ledger, ring):
    mailing = new_mailing(ledger)
    held = ScriptedTransport(lambda _: Answer(verdict=Verdict.ACCEPTED, hold=0.4))
    begin(ledger, mailing.id, now=NOW)
    started = time.monotonic()
    run_lane(ledger, mailing.id, lane=0, transport=held, ring=ring)
    assert time.monotonic() - started >= 0.8
    assert len(held.calls) == 3


def test_rate_is_kept_when_a_mailing_is_sent(ledger, ring):
    mailing = new_mailing(ledger)
    slow = ScriptedTransport(rate=20)
    started = time.monotonic()
    drive(ledger, mailing, slow, ring)
    assert time.monotonic() - started >= 0.3
    assert {len(call) for call in slow.calls} == {2}
    assert proof(ledger, mailing.id).accepted == 10


@pytest.fixture
def two_domains(ledger):
    """Reader 1 to 20; the even ones are at slow.example."""
    from trax_mailer.storage import schema

    fill_list(ledger, "both", readers=20)
    with ledger.write() as connection:
        for number in range(2, 21, 2):
            connection.execute(
                schema.subscriber.update()
                .where(schema.subscriber.c.address == address(number))
                .values(email=f"reader{number}@slow.example")
            )
    return new_mailing(ledger, list_name="both", batch_size=5)


def throttling(code, *, times):
    """A server that puts slow.example off so many times."""
    left = [times]

    def script(recipients):
        named = {}
        for one in recipients:
            if one.email.endswith("slow.example") and left[0]:
                left[0] -= 1
                named[one.delivery] = RecipientAnswer(Verdict.THROTTLED, code)
            else:
                named[one.delivery] = RecipientAnswer(Verdict.ACCEPTED)
        return Answer(verdict=Verdict.ACCEPTED, per_recipient=named)

    return ScriptedTransport(script, window=5, by_domain=True)


def test_only_that_domain_waits_when_it_wants_fewer_messages(ledger, ring, two_domains):
    transport = throttling("421 4.7.0 too many messages", times=2)
    patience = Patience(first=3.0, longest=3.0, tries=20)
    assert drive(ledger, two_domains, transport, ring, patience=patience).state is MailingState.DONE
    order = [email for call in transport.calls for email in call]
    others = [place for place, email in enumerate(order) if email.endswith("example.org")]
    assert sum(email.endswith("slow.example") for email in order[: max(others)]) == 2
    counted = proof(ledger, two_domains.id)
    assert (counted.accepted, counted.holds) == (20, True)
    with ledger.read() as connection:
        assert paces.blocks(connection, "scripted:", at=time.time()) == {}


def test_domain_goes_on_when_only_one_mailbox_of_it_is_full(ledger, ring, two_domains):
    transport = throttling("452 4.2.2 mailbox full", times=1)
    drive(ledger, two_domains, transport, ring, patience=QUICK)
    with ledger.read() as connection:
        assert paces.blocks(connection, "scripted:", at=time.time()) == {}
    order = [email for call in transport.calls for email in call]
    assert len(order) == 21


def test_tries_are_counted_in_the_ledger_when_another_process_goes_on(ledger, ring):
    def put_off(recipients):
        named = {one.delivery: RecipientAnswer(Verdict.THROTTLED, "451 4.2.1") for one in recipients}
        return Answer(verdict=Verdict.ACCEPTED, per_recipient=named)

    mailing = new_mailing(ledger, batch_size=10)
    begin(ledger, mailing.id, now=NOW)
    calls = 0
    while find_mailing(ledger, mailing.id).state is not MailingState.DONE:
        from threading import Event

        from trax_mailer.delivery import Course

        stop = Event()
        transport = ScriptedTransport(lambda who, stop=stop: (stop.set(), put_off(who))[1])
        course = Course(Patience(first=0.001, longest=0.001, tries=3))
        run_lane(ledger, mailing.id, lane=0, transport=transport, ring=ring, stop=stop, course=course)
        calls += len(transport.calls)
        assert calls < 10
    assert calls == 3
    assert proof(ledger, mailing.id).failed == 10
