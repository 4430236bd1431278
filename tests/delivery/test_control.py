import datetime as dt
import threading

import pytest

from delivery.mailings import (
    NOW,
    ScriptedTransport,
    address,
    drive,
    new_mailing,
    suppress,
    unsubscribe,
)
from trax_mailer.delivery import (
    begin,
    cancel,
    find_mailing,
    journal_of,
    pause,
    proof,
    resume,
    retry_failed,
    run_lane,
    unreached,
)
from trax_mailer.delivery.transports.base import Answer, RecipientAnswer, Verdict
from trax_mailer.errors import Refused
from trax_mailer.model.mailing import AudienceKind, Handover, MailingState
from trax_mailer.storage.proofs import stored_proof


def acts(ledger, mailing):
    return [entry.act for entry in journal_of(ledger, mailing.id)]


def in_the_call(act, *, answer=Verdict.ACCEPTED, call=1):
    """A transport that lets `act` happen during its call of that number."""
    calls = []

    def script(_):
        calls.append(1)
        if len(calls) == call:
            act()
        return Answer(verdict=answer, retry_after=0)

    return ScriptedTransport(script)


@pytest.mark.parametrize("act", [pause, cancel])
def test_no_call_starts_when_the_state_has_changed(ledger, ring, act):
    mailing = new_mailing(ledger)
    transport = in_the_call(lambda: act(ledger, mailing.id, reason="Ana said so", now=NOW))
    stopped = drive(ledger, mailing, transport, ring)
    assert len(transport.calls) == 1
    assert (stopped.state, stopped.reason) == (
        {pause: MailingState.PAUSED, cancel: MailingState.CANCELLED}[act],
        "Ana said so",
    )
    assert proof(ledger, mailing.id).accepted == 4


def test_everybody_is_reached_once_when_it_was_paused_and_resumed(ledger, ring):
    mailing = new_mailing(ledger)
    first = in_the_call(lambda: pause(ledger, mailing.id, reason="lunch", now=NOW))
    drive(ledger, mailing, first, ring)
    assert resume(ledger, mailing.id, now=NOW).state is MailingState.SENDING
    second = ScriptedTransport()
    run_lane(ledger, mailing.id, lane=0, transport=second, ring=ring)
    assert find_mailing(ledger, mailing.id).state is MailingState.DONE
    mailed = [email for call in first.calls + second.calls for email in call]
    assert sorted(mailed) == sorted(address(number) for number in range(1, 11))
    assert acts(ledger, mailing) == ["made", "started", "paused", "resumed"]


@pytest.mark.parametrize("answer", [Verdict.NOT_SENT, Verdict.THROTTLED])
def test_nobody_waits_when_it_was_cancelled_in_a_call_that_came_to_nothing(ledger, ring, answer):
    mailing = new_mailing(ledger)
    transport = in_the_call(lambda: cancel(ledger, mailing.id, reason="wrong text", now=NOW), answer=answer)
    drive(ledger, mailing, transport, ring)
    counted = proof(ledger, mailing.id)
    assert (counted.skipped, counted.waiting, counted.holds) == (10, 0, True)
    with ledger.read() as connection:
        assert stored_proof(connection, mailing.id) == counted


def test_answer_is_written_down_when_the_mailing_was_cancelled_meanwhile(ledger, ring):
    mailing = new_mailing(ledger)
    drive(ledger, mailing, in_the_call(lambda: cancel(ledger, mailing.id, reason="", now=NOW)), ring)
    counted = proof(ledger, mailing.id)
    assert (counted.accepted, counted.skipped, counted.holds) == (4, 6, True)


def test_orphans_of_a_cancelled_mailing_are_uncertain_when_its_lane_is_looked_at(ledger, ring):
    mailing = new_mailing(ledger)

    def die():
        cancel(ledger, mailing.id, reason="", now=NOW)
        raise SystemExit

    from trax_mailer.storage import schema

    transport = ScriptedTransport(lambda _: die())
    with pytest.raises(SystemExit):
        drive(ledger, mailing, transport, ring)
    with ledger.write() as connection:
        connection.execute(schema.batch.update().where(schema.batch.c.id == 1).values(state="calling"))
        connection.execute(
            schema.delivery.update()
            .where(schema.delivery.c.handover == "uncertain")
            .values(handover="calling")
        )
    run_lane(ledger, mailing.id, lane=0, transport=transport, ring=ring)
    counted = proof(ledger, mailing.id)
    assert (counted.uncertain, counted.skipped, counted.holds) == (4, 6, True)


@pytest.mark.parametrize("ended", [MailingState.DONE, MailingState.CANCELLED])
def test_control_is_refused_when_the_mailing_has_come_to_its_end(ledger, ring, ended):
    mailing = new_mailing(ledger)
    if ended is MailingState.DONE:
        drive(ledger, mailing, ScriptedTransport(), ring)
    else:
        cancel(ledger, mailing.id, reason="", now=NOW)
    for act in (
        lambda: pause(ledger, mailing.id, reason="", now=NOW),
        lambda: resume(ledger, mailing.id, now=NOW),
        lambda: cancel(ledger, mailing.id, reason="", now=NOW),
        lambda: retry_failed(ledger, mailing.id, now=NOW),
    ):
        with pytest.raises(Refused, match=f"Mailing {mailing.id}|mailing {mailing.id}"):
            act()


def test_control_is_refused_when_there_is_no_such_mailing(ledger):
    for act in (
        lambda: begin(ledger, 7, now=NOW),
        lambda: pause(ledger, 7, reason="", now=NOW),
        lambda: resume(ledger, 7, now=NOW),
        lambda: cancel(ledger, 7, reason="", now=NOW),
        lambda: retry_failed(ledger, 7, now=NOW),
    ):
        with pytest.raises(Refused, match="There is no mailing 7"):
            act()


def test_rest_goes_through_the_other_transport_when_it_fails_over(ledger, ring):
    mailing = new_mailing(ledger, transport="sendgrid")
    first = in_the_call(lambda: pause(ledger, mailing.id, reason="", now=NOW))
    first.name = "sendgrid"
    drive(ledger, mailing, first, ring)
    second = ScriptedTransport(name="smtp")
    assert resume(ledger, mailing.id, now=NOW, transport=second).transport == "smtp"
    run_lane(ledger, mailing.id, lane=0, transport=second, ring=ring)
    assert find_mailing(ledger, mailing.id).state is MailingState.DONE
    assert set(first.calls[0]).isdisjoint(email for call in second.calls for email in call)
    assert proof(ledger, mailing.id).accepted == 10
    assert "failed over" in acts(ledger, mailing)


def test_failing_over_is_refused_when_it_would_only_be_simulated(ledger):
    mailing = new_mailing(ledger)
    folder = ScriptedTransport(name="folder")
    folder.simulated = True
    with pytest.raises(Refused, match="only simulate"):
        resume(ledger, mailing.id, now=NOW, transport=folder)


def test_only_the_failed_are_tried_again_when_a_person_asks_for_it(ledger, ring):
    def refuse_some(recipients):
        named = {
            one.delivery: RecipientAnswer(Verdict.REJECTED, "550 full")
            for one in recipients
            if one.email in {address(2), address(9)}
        }
        return Answer(verdict=Verdict.ACCEPTED, per_recipient=named)

    suppress(ledger, 5)
    mailing = new_mailing(ledger, lanes=2)
    drive(ledger, mailing, ScriptedTransport(refuse_some, lanes=2), ring)
    unsubscribe(ledger, 9)
    assert retry_failed(ledger, mailing.id, now=NOW) == 2
    again = ScriptedTransport(lanes=2)
    drive(ledger, mailing, again, ring)
    assert [email for call in again.calls for email in call] == [address(2)]
    counted = proof(ledger, mailing.id)
    assert (counted.accepted, counted.skipped, counted.failed, counted.holds) == (8, 2, 0, True)
    assert {one.handover for one in unreached(ledger, mailing.id)} == {Handover.SKIPPED}


def test_pause_from_another_thread_is_seen_when_the_lane_waits(ledger, ring):
    mailing = new_mailing(ledger)
    transport = ScriptedTransport(lambda _: Answer(verdict=Verdict.THROTTLED, retry_after=600))
    begin(ledger, mailing.id, now=NOW)
    lane = threading.Thread(
        target=run_lane, args=(ledger, mailing.id), kwargs={"lane": 0, "transport": transport, "ring": ring}
    )
    lane.start()
    while not transport.calls:
        pass
    pause(ledger, mailing.id, reason="enough", now=dt.datetime.now(dt.UTC))
    lane.join(timeout=20)
    assert not lane.is_alive()
    assert len(transport.calls) == 1


def test_rest_goes_through_the_other_transport_when_it_fails_over_in_a_call(ledger, ring):
    mailing, other = new_mailing(ledger), ScriptedTransport(name="other")

    def fail_over():
        pause(ledger, mailing.id, reason="it is slow", now=NOW)
        resume(ledger, mailing.id, now=NOW, transport=other)

    first = in_the_call(fail_over)
    assert drive(ledger, mailing, first, ring).state is MailingState.SENDING
    assert len(first.calls) == 1
    assert drive(ledger, mailing, other, ring).state is MailingState.DONE
    assert sorted(email for one in (first, other) for call in one.calls for email in call) == sorted(
        address(number) for number in range(1, 11)
    )


def refuse_second(recipients):
    named = {
        one.delivery: RecipientAnswer(Verdict.REJECTED, "550 full")
        for one in recipients
        if one.email == address(2)
    }
    return Answer(verdict=Verdict.ACCEPTED, per_recipient=named)


def test_nobody_is_tried_again_when_another_mailing_gave_it_to_them_since(ledger, ring):
    mailing = new_mailing(ledger)
    drive(ledger, mailing, ScriptedTransport(refuse_second), ring)
    missed, since = new_mailing(ledger, audience=AudienceKind.MISSED), ScriptedTransport()
    drive(ledger, missed, since, ring)
    assert since.calls == [[address(2)]]
    with pytest.raises(Refused, match="has the issue since"):
        retry_failed(ledger, mailing.id, now=NOW)
    assert find_mailing(ledger, mailing.id).state is MailingState.DONE


def test_reader_is_tried_again_when_a_person_wanted_them_to_have_it_twice(ledger, ring):
    drive(ledger, new_mailing(ledger), ScriptedTransport(), ring)
    again = new_mailing(ledger, audience=AudienceKind.AGAIN)
    drive(ledger, again, ScriptedTransport(refuse_second), ring)
    assert retry_failed(ledger, again.id, now=NOW) == 1
