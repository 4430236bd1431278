import datetime as dt
import itertools
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from delivery.mailings import NOW, ScriptedTransport, address, drive, new_mailing, suppress, unsubscribe
from trax_mailer.delivery import begin, find_mailing, outages, proof, run_lane, settle_doubts, unreached
from trax_mailer.delivery.claiming import claim, give_back, take_over
from trax_mailer.delivery.patience import Patience
from trax_mailer.delivery.transports.base import Answer, RecipientAnswer, Verdict
from trax_mailer.errors import Away, Conflict, Refused
from trax_mailer.model.mailing import BatchState, Handover, MailingState
from trax_mailer.storage import open_ledger, schema
from trax_mailer.tokens import KeyRing, read_mail_token

QUICK = Patience(first=0.01, longest=0.02, tries=3, setbacks=3, unseen=2, refusals=25)


def run(ledger, mailing, transport, ring, **arguments):
    return drive(ledger, mailing, transport, ring, **{"patience": QUICK} | arguments)


def utc_now():
    return dt.datetime.now(dt.UTC)


def batch_states(ledger):
    with ledger.read() as connection:
        return list(connection.scalars(select(schema.batch.c.state).order_by(schema.batch.c.id)))


def mailed(transport):
    return Counter(email for call in transport.calls for email in call)


def test_everybody_is_accepted_once_when_the_transport_accepts(ledger, ring):
    mailing, transport = new_mailing(ledger), ScriptedTransport()
    steps = []
    done = run(ledger, mailing, transport, ring, progress=steps.append)
    assert done.state is MailingState.DONE
    assert mailed(transport) == {address(number): 1 for number in range(1, 11)}
    counted = proof(ledger, mailing.id)
    assert (counted.accepted, counted.audience, counted.holds) == (10, 10, True)
    assert sum(steps) == 10
    assert batch_states(ledger) == [BatchState.ACCEPTED] * 3


def test_proof_is_stored_when_the_mailing_is_done(ledger, ring):
    mailing = new_mailing(ledger)
    run(ledger, mailing, ScriptedTransport(), ring)
    with ledger.read() as connection:
        row = connection.execute(select(schema.mailing)).one()
    assert row.proof == {
        "audience": 10, "accepted": 10, "skipped": 0, "failed": 0, "uncertain": 0, "waiting": 0,
    }  # fmt: skip
    assert row.started_at is not None
    assert row.finished_at is not None


def test_batches_go_in_windows_when_they_are_larger(ledger, ring):
    transport = ScriptedTransport(window=3)
    run(ledger, new_mailing(ledger, batch_size=7), transport, ring)
    assert [len(call) for call in transport.calls] == [3, 3, 1, 3]
    assert batch_states(ledger) == [BatchState.ACCEPTED] * 2


def test_suppressed_readers_are_skipped_when_the_mailing_is_made(ledger, ring):
    suppress(ledger, 3)
    mailing, transport = new_mailing(ledger), ScriptedTransport()
    run(ledger, mailing, transport, ring)
    assert address(3) not in mailed(transport)
    [missed] = unreached(ledger, mailing.id)
    assert (missed.email, missed.handover, missed.reason) == (
        address(3), Handover.SKIPPED, "suppressed (bounced)",
    )  # fmt: skip
    assert proof(ledger, mailing.id).holds


def test_reader_is_skipped_when_leaving_in_mid_send(ledger, ring):
    def leave_then_accept(recipients):
        unsubscribe(ledger, 9)
        suppress(ledger, 6)
        return Answer(verdict=Verdict.ACCEPTED)

    mailing, transport = new_mailing(ledger), ScriptedTransport(leave_then_accept)
    # The script runs once: from then on both have left.
    transport._script = _once(leave_then_accept)
    run(ledger, mailing, transport, ring)
    assert {address(6), address(9)}.isdisjoint(mailed(transport))
    assert {(one.email, one.reason) for one in unreached(ledger, mailing.id)} == {
        (address(6), "suppressed (bounced)"),
        (address(9), "unsubscribed since the mailing was made"),
    }
    counted = proof(ledger, mailing.id)
    assert (counted.accepted, counted.skipped, counted.holds) == (8, 2, True)


def _once(first):
    calls = []

    def script(recipients):
        calls.append(1)
        return first(recipients) if len(calls) == 1 else Answer(verdict=Verdict.ACCEPTED)

    return script


def test_batch_is_over_without_a_call_when_all_its_readers_left(ledger, ring):
    mailing, transport = new_mailing(ledger, batch_size=5), ScriptedTransport()
    for number in range(1, 6):
        unsubscribe(ledger, number)
    run(ledger, mailing, transport, ring)
    assert [len(call) for call in transport.calls] == [5]
    assert proof(ledger, mailing.id).skipped == 5


def test_one_bad_address_fails_alone_when_the_refusal_names_nobody(ledger, ring):
    def refuse_seven(recipients):
        if any(one.email == address(7) for one in recipients):
            return Answer(verdict=Verdict.REJECTED, reason="400 bad address somewhere")
        return Answer(verdict=Verdict.ACCEPTED)

    mailing, transport = new_mailing(ledger, batch_size=10), ScriptedTransport(refuse_seven)
    assert run(ledger, mailing, transport, ring).state is MailingState.DONE
    counted = proof(ledger, mailing.id)
    assert (counted.accepted, counted.failed, counted.holds) == (9, 1, True)
    [missed] = unreached(ledger, mailing.id)
    assert (missed.email, missed.reason) == (address(7), "400 bad address somewhere")


def test_rest_goes_at_once_when_the_refusal_names_the_culprit(ledger, ring):
    def name_seven(recipients):
        named = {
            one.delivery: RecipientAnswer(Verdict.REJECTED, "bad") for one in recipients if "7@" in one.email
        }
        if named:
            return Answer(verdict=Verdict.NOT_SENT, retry_after=0, per_recipient=named)
        return Answer(verdict=Verdict.ACCEPTED)

    mailing, transport = new_mailing(ledger, batch_size=10), ScriptedTransport(name_seven)
    run(ledger, mailing, transport, ring)
    assert [len(call) for call in transport.calls] == [10, 9]
    assert proof(ledger, mailing.id).failed == 1


def test_rest_gets_a_batch_of_its_own_when_a_reference_stands_for_the_first_part(ledger, ring):
    def carry_six(recipients):
        carried = {one.delivery: RecipientAnswer(Verdict.ACCEPTED) for one in recipients[:6]}
        return Answer(
            verdict=Verdict.NOT_SENT,
            retry_after=0,
            per_recipient=carried,
            provider_reference=f"ref-{len(recipients)}",
        )

    run(ledger, new_mailing(ledger, batch_size=10), ScriptedTransport(carry_six), ring)
    with ledger.read() as connection:
        references = list(connection.scalars(select(schema.batch.c.provider_reference)))
    assert references == ["ref-10", "ref-4"]


def test_mailing_pauses_with_the_providers_words_when_stopped_and_continues_when_run_again(ledger, ring):
    mailing = new_mailing(ledger)
    stopped = ScriptedTransport(lambda _: Answer(verdict=Verdict.STOPPED, reason="401 the key is wrong"))
    paused = run(ledger, mailing, stopped, ring)
    assert (paused.state, paused.reason) == (MailingState.PAUSED, "401 the key is wrong")
    assert len(stopped.calls) == 1
    assert batch_states(ledger) == [BatchState.READY] * 3
    assert proof(ledger, mailing.id).waiting == 10
    working = ScriptedTransport()
    done = run(ledger, mailing, working, ring)
    assert (done.state, done.reason) == (MailingState.DONE, "")
    assert mailed(working) == {address(number): 1 for number in range(1, 11)}


def test_batch_waits_and_goes_again_when_throttled(ledger, ring):
    answers = [Answer(verdict=Verdict.THROTTLED, reason="429", retry_after=0.3)]

    def throttle_once(_):
        return answers.pop() if answers else Answer(verdict=Verdict.ACCEPTED)

    mailing, transport = new_mailing(ledger, batch_size=10), ScriptedTransport(throttle_once)
    started = time.monotonic()
    run(ledger, mailing, transport, ring)
    assert time.monotonic() - started >= 0.3
    assert [len(call) for call in transport.calls] == [10, 10]
    assert proof(ledger, mailing.id).accepted == 10


def test_batch_goes_again_when_the_clock_was_set_back_by_days_while_it_waited(ledger, ring):
    answers = [Answer(verdict=Verdict.THROTTLED, reason="429", retry_after=30)]

    def throttle_once(_):
        return answers.pop() if answers else Answer(verdict=Verdict.ACCEPTED)

    ahead = utc_now() + dt.timedelta(days=3)
    times = iter([ahead] * 3)  # taking over, claiming, recording the first answer
    mailing, transport = new_mailing(ledger, batch_size=10), ScriptedTransport(throttle_once)
    done = run(ledger, mailing, transport, ring, now=lambda: next(times, None) or utc_now())
    assert done.state is MailingState.DONE
    assert [len(call) for call in transport.calls] == [10, 10]


@pytest.mark.parametrize("hours", [-400, -1, 1, 400])
def test_everybody_gets_it_once_and_soon_when_the_clock_jumps(ledger, ring, hours):
    """Neither the pace nor a batch that waits is bound to a time that came from another clock."""
    jumped = dt.timedelta()

    def answer(_):
        nonlocal jumped
        jumped = dt.timedelta(hours=hours) if len(transport.calls) >= 2 else jumped
        return next(answers, Answer(verdict=Verdict.ACCEPTED))

    answers = iter([Answer(verdict=Verdict.ACCEPTED), Answer(verdict=Verdict.NOT_SENT, retry_after=0.05)])
    mailing, transport = new_mailing(ledger), ScriptedTransport(answer, rate=20)
    started = time.monotonic()
    done = run(ledger, mailing, transport, ring, now=lambda: utc_now() + jumped)
    assert time.monotonic() - started < 20
    assert done.state is MailingState.DONE
    assert [len(call) for call in transport.calls] == [2] * 6
    counted = proof(ledger, mailing.id)
    assert (counted.accepted, counted.uncertain, counted.holds) == (10, 0, True)


def test_recipient_is_given_up_when_put_off_too_often(ledger, ring):
    def put_off_two(recipients):
        named = {
            one.delivery: RecipientAnswer(Verdict.THROTTLED, "451 greylisted")
            for one in recipients
            if one.email == address(2)
        }
        return Answer(verdict=Verdict.ACCEPTED, per_recipient=named)

    mailing, transport = new_mailing(ledger, batch_size=5), ScriptedTransport(put_off_two)
    assert run(ledger, mailing, transport, ring).state is MailingState.DONE
    assert mailed(transport)[address(2)] == 3
    [missed] = unreached(ledger, mailing.id)
    assert missed.reason == "put off 3 times, the last time with: 451 greylisted"
    assert proof(ledger, mailing.id).holds


@pytest.mark.parametrize(
    ("verdict", "calls", "words"),
    [
        (Verdict.NOT_SENT, 3, "Nothing got through, 3 times in a row. The last: no route"),
        (Verdict.THROTTLED, 3, "Nothing got through, 3 times in a row. The last: no route"),
        (Verdict.UNCERTAIN, 2, "2 calls in a row got no clear answer. The last: no route"),
    ],
)
def test_mailing_pauses_when_nothing_goes_through_again_and_again(ledger, ring, verdict, calls, words):
    mailing = new_mailing(ledger)
    transport = ScriptedTransport(lambda _: Answer(verdict=verdict, reason="no route"))
    paused = run(ledger, mailing, transport, ring)
    assert (paused.state, paused.reason) == (MailingState.PAUSED, words)
    assert len(transport.calls) == calls


@pytest.mark.parametrize("verdict", [Verdict.UNCERTAIN, Verdict.REJECTED])
def test_mailing_is_done_when_it_would_pause_after_the_last_reader(ledger, ring, verdict):
    mailing = new_mailing(ledger, batch_size=5)
    transport = ScriptedTransport(
        lambda recipients: Answer(
            verdict=verdict,
            per_recipient={one.delivery: RecipientAnswer(verdict, "no") for one in recipients},
        )
    )
    patience = Patience(unseen=2, refusals=10)
    run(ledger, mailing, transport, ring, patience=patience)
    assert find_mailing(ledger, mailing.id).state is MailingState.DONE
    assert proof(ledger, mailing.id).holds


def test_uncertain_readers_are_never_mailed_again_when_the_mailing_continues(ledger, ring):
    mailing = new_mailing(ledger)
    lost = ScriptedTransport(lambda _: Answer(verdict=Verdict.UNCERTAIN, reason="time-out"))
    run(ledger, mailing, lost, ring)
    again = ScriptedTransport()
    assert run(ledger, mailing, again, ring).state is MailingState.DONE
    assert set(mailed(lost)).isdisjoint(mailed(again))
    counted = proof(ledger, mailing.id)
    assert (counted.uncertain, counted.accepted, counted.holds) == (8, 2, True)


def test_everything_refused_pauses_when_it_is_not_about_readers(ledger, ring):
    mailing = new_mailing(ledger, batch_size=10)
    transport = ScriptedTransport(lambda _: Answer(verdict=Verdict.REJECTED, reason="400 no"))
    run(ledger, mailing, transport, ring, patience=Patience(refusals=5))
    assert find_mailing(ledger, mailing.id).state is MailingState.PAUSED
    assert len(transport.calls) == 5


def test_readers_are_uncertain_when_interrupted_in_a_call(ledger, ring):
    def interrupt(_):
        raise KeyboardInterrupt

    mailing = new_mailing(ledger)
    with pytest.raises(KeyboardInterrupt):
        run(ledger, mailing, ScriptedTransport(interrupt), ring)
    counted = proof(ledger, mailing.id)
    assert (counted.uncertain, counted.waiting) == (4, 6)
    assert BatchState.CALLING not in batch_states(ledger)


def test_lane_ends_after_the_call_under_way_when_stopped(ledger, ring):
    stop = threading.Event()

    def stop_then_accept(_):
        stop.set()
        return Answer(verdict=Verdict.ACCEPTED)

    mailing, transport = new_mailing(ledger), ScriptedTransport(stop_then_accept)
    run(ledger, mailing, transport, ring, stop=stop)
    assert len(transport.calls) == 1
    counted = proof(ledger, mailing.id)
    assert (counted.accepted, counted.waiting) == (4, 6)
    assert batch_states(ledger) == [BatchState.ACCEPTED, BatchState.READY, BatchState.READY]


def test_second_lane_is_refused_when_the_first_is_running(ledger, ring, state):
    mailing = new_mailing(ledger)
    with ledger.lane_lock(mailing.id, lane=0), pytest.raises(Conflict):
        run(ledger, mailing, ScriptedTransport(), ring)


def _taken_over(ledger, mailing, then):
    """A transport in whose call the lane is taken for dead, and which answers after all."""

    def script(_):
        with ledger.write() as connection:
            take_over(connection, mailing.id, lane=0, now=utc_now())
        return then()

    return ScriptedTransport(_once(script))


def test_late_answer_settles_its_own_call_when_it_was_taken_for_orphaned(ledger, ring):
    mailing = new_mailing(ledger, batch_size=5)
    transport = _taken_over(ledger, mailing, lambda: Answer(verdict=Verdict.ACCEPTED))
    done = run(ledger, mailing, transport, ring)
    assert (done.state, proof(ledger, mailing.id).accepted) == (MailingState.DONE, 10)


def test_late_answer_changes_nothing_when_a_person_has_decided_meanwhile(ledger, ring):
    mailing = new_mailing(ledger, batch_size=10)

    def decided():
        arguments = {"as_sent": True, "words": "Ana rang", "now": utc_now(), "wait": dt.timedelta()}
        assert settle_doubts(ledger, mailing.id, subscribers=range(1, 11), **arguments) == 10
        return Answer(verdict=Verdict.NOT_SENT, reason="too late", retry_after=0)

    run(ledger, mailing, _taken_over(ledger, mailing, decided), ring)
    assert proof(ledger, mailing.id).accepted == 10


def test_another_transport_is_refused_when_the_mailing_began_with_one(ledger, ring):
    mailing = new_mailing(ledger, transport="sendgrid")
    with pytest.raises(Refused, match="goes through sendgrid"):
        run(ledger, mailing, ScriptedTransport(), ring)


def test_no_transaction_is_open_when_the_transport_is_called(ledger, ring, state):
    def write_meanwhile(_):
        with open_ledger(state) as other, other.write():
            pass
        return Answer(verdict=Verdict.ACCEPTED)

    mailing = new_mailing(ledger)
    assert run(ledger, mailing, ScriptedTransport(write_meanwhile), ring).state is MailingState.DONE


def test_tokens_open_the_readers_own_subscription_when_the_mailing_is_real(ledger, ring):
    mailing, transport = new_mailing(ledger), ScriptedTransport()
    run(ledger, mailing, transport, ring)
    for one in transport.recipients:
        base, _, token = one.unsubscribe_url.rpartition("/")
        assert base == "https://trax.upr-info.example/u"
        read = read_mail_token(ring, token)
        assert (read.subscriber_id, read.mailing_id) == (one.subscriber_id, mailing.id)
    assert len({one.message_id for one in transport.recipients}) == 10


def test_tokens_are_inert_when_the_mailing_is_simulated(ledger, ring):
    mailing, transport = new_mailing(ledger, simulated=True), ScriptedTransport()
    transport.simulated = True
    run(ledger, mailing, transport, ring)
    assert {one.unsubscribe_url for one in transport.recipients} == {
        "https://trax.upr-info.example/u/preview"
    }


VICTIM = """
import os, sys, time
from pathlib import Path
from delivery.mailings import ScriptedTransport
from trax_mailer.delivery import run_lane, begin
import datetime as dt
from trax_mailer.settings import DatabaseSettings, Secret
from trax_mailer.storage import open_ledger
from trax_mailer.tokens import KeyRing

def hang(recipients):
    print(*(one.email for one in recipients), flush=True)
    time.sleep(60)

state = Path(sys.argv[1])
place = DatabaseSettings(url=os.environ["PLACE"], password=Secret(os.environ["PASSWORD"]))
with open_ledger(state, place) as ledger:
    begin(ledger, int(sys.argv[2]), now=dt.datetime.now(dt.UTC))
    run_lane(
        ledger, int(sys.argv[2]), lane=0, transport=ScriptedTransport(hang), ring=KeyRing.open(state)
    )
"""


def test_killed_call_stays_uncertain_and_is_never_resent(ledger, state, place, request):
    mailing = new_mailing(ledger)
    victim = subprocess.Popen(
        [sys.executable, "-c", VICTIM, str(state), str(mailing.id)],
        stdout=subprocess.PIPE,
        text=True,
        env={
            "PYTHONPATH": str(request.config.rootpath / "tests"),
            "PLACE": place.url if place else "",
            "PASSWORD": place.password.reveal() if place else "",
        },
    )
    with victim:
        in_flight = set(victim.stdout.readline().split())
        victim.send_signal(signal.SIGKILL)
    assert len(in_flight) == 4
    assert BatchState.CALLING in batch_states(ledger)

    transport = ScriptedTransport()
    assert run(ledger, mailing, transport, KeyRing.open(state)).state is MailingState.DONE
    assert in_flight.isdisjoint(mailed(transport))
    assert {one.email for one in unreached(ledger, mailing.id)} == in_flight
    counted = proof(ledger, mailing.id)
    assert (counted.accepted, counted.uncertain, counted.holds) == (6, 4, True)


@pytest.mark.parametrize("which", range(2, 8))
def test_everybody_gets_it_once_when_a_commit_was_kept_that_seemed_to_fail(ledger, ring, monkeypatch, which):
    """The connection is lost after the word to commit and before the answer; the lane's lock is not."""
    mailing, transport = new_mailing(ledger, batch_size=10), ScriptedTransport(window=2)
    write, count = ledger.write, itertools.count()
    begin(ledger, mailing.id, now=NOW)

    @contextmanager
    def lost(**more):
        with write(**more) as connection:
            yield connection
        if next(count) == which:
            raise Away("The connection is lost.")

    monkeypatch.setattr(ledger, "write", lost)
    monkeypatch.setattr(outages.time, "sleep", lambda _seconds: None)
    run_lane(ledger, mailing.id, lane=0, transport=transport, ring=ring)
    assert mailed(transport) == {address(number): 1 for number in range(1, 11)}
    counted = proof(ledger, mailing.id)
    assert (counted.accepted, counted.uncertain, counted.holds) == (10, 0, True)
    assert find_mailing(ledger, mailing.id).state is MailingState.DONE


def test_calls_of_a_later_holder_are_left_alone_when_the_lane_is_lost_in_mid_turn(ledger):
    class Lost:
        def holds(self):
            return False

    mailing = new_mailing(ledger)
    begin(ledger, mailing.id, now=NOW)
    with ledger.write() as connection:
        claim(connection, mailing, 1, lane=0, list_id=1, limit=4, held_back={}, now=NOW)
    with ledger.write() as connection:
        give_back(connection, mailing.id, lane=0, lock=Lost(), now=NOW)
    assert batch_states(ledger)[0] is BatchState.CALLING
