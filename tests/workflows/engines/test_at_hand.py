import threading

import pytest

from contracts.http_server import Reply
from delivery.mailings import NOW
from trax_mailer.delivery import pause
from trax_mailer.model.mailing import MailingState
from trax_mailer.workflows.engines import EmbeddedEngine, LaneWork
from trax_mailer.workflows.engines.at_hand import MailingsAtHand
from trax_mailer.workflows.engines.telling import Teller


@pytest.fixture
def at_hand(station, said):
    return MailingsAtHand(station.ledger, teller=Teller(said.append))


def test_course_is_shared_when_lanes_of_one_mailing_are_at_work(at_hand):
    with at_hand.course_of(1) as first, at_hand.course_of(1) as second, at_hand.course_of(2) as other:
        assert first is second
        assert other is not first
    with at_hand.course_of(1) as later:
        assert later is not first


def test_mailing_is_told_of_once_when_several_lanes_begin_and_end(station, at_hand, said):
    mailing = station.start_mailing(lanes=2)
    at_hand.begin(mailing.id)
    at_hand.begin(mailing.id)
    pause(station.ledger, mailing.id, reason="paused by Ana", now=NOW)
    at_hand.end(mailing.id, stopped=False)
    assert len(said) == 1
    at_hand.end(mailing.id, stopped=False)
    assert said == [
        "Mailing 1: handing over No 58 to “everyone” through sendgrid.",
        "Mailing 1 is paused, 40 of 40 readers wait. paused by Ana Go on with: trax resume 1",
    ]


def test_nothing_is_told_when_what_is_left_of_a_mailing_waits_for_its_time(station, at_hand, said):
    mailing = station.start_mailing(lanes=1)
    at_hand.begin(mailing.id)
    at_hand.end(mailing.id, stopped=False)
    assert len(said) == 1
    at_hand.begin(mailing.id)
    at_hand.end(mailing.id, stopped=True)
    assert said[1:] == ["Mailing 1: this process has let go of it, 40 of 40 readers wait."]


def test_mailing_pauses_when_everybody_is_refused_in_whichever_lane(station, said):
    """Twenty in each lane: too few for either alone to see that it is not about them."""
    station.api.answer = lambda _request: Reply(400, body=b'{"errors": [{"message": "no such sender"}]}')
    mailing = station.start_mailing(batch_size=1, lanes=2)
    work = LaneWork(station.settings, station.ledger, station.ring, teller=Teller(said.append))
    EmbeddedEngine(work, lanes=4).run(threading.Event(), once=True)
    assert "Nobody was accepted" in station.wait_for(mailing.id, MailingState.PAUSED).reason
    assert 25 <= station.proof(mailing.id).failed <= 27
