import datetime as dt
import threading

import pytest

from delivery.mailings import NOW, fill_list
from trax_mailer.errors import Conflict
from trax_mailer.model.mailing import MailingState
from trax_mailer.workflows.engines import EmbeddedEngine, LaneWork, rounds
from trax_mailer.workflows.engines.rounds import LaneJob, Rounds
from trax_mailer.workflows.engines.telling import Teller

SOON = NOW + dt.timedelta(minutes=10)
LATE = dt.timedelta(minutes=60)


def make_rounds(station, said, *, now=NOW):
    return Rounds(station.ledger, late=LATE, teller=Teller(said.append), now=lambda: now)


def test_mailing_starts_when_its_time_comes(station, said):
    mailing = station.add_mailing(not_before=SOON)
    make_rounds(station, said, now=SOON - dt.timedelta(seconds=1)).start_due()
    assert station.mailing(mailing.id).state is MailingState.SCHEDULED
    assert said == []
    make_rounds(station, said, now=SOON).start_due()
    assert station.mailing(mailing.id).state is MailingState.SENDING
    assert said == ["Mailing 1: its time has come, it starts now."]


@pytest.mark.parametrize("behind", [dt.timedelta(minutes=61), dt.timedelta(days=400)])
def test_mailing_is_paused_with_the_reason_when_it_would_be_late(station, said, behind):
    """A machine asleep, a restored backup, a clock that jumped: all look like this."""
    mailing = station.add_mailing(not_before=SOON)
    make_rounds(station, said, now=SOON + behind).start_due()
    paused = station.mailing(mailing.id)
    assert paused.state is MailingState.PAUSED
    assert "due" in paused.reason
    assert said == [f"Mailing 1 is paused. {paused.reason} Go on with: trax resume 1"]


def test_mailing_starts_when_it_is_late_and_still_within_its_window(station, said):
    mailing = station.add_mailing(not_before=SOON)
    make_rounds(station, said, now=SOON + dt.timedelta(minutes=59)).start_due()
    assert station.mailing(mailing.id).state is MailingState.SENDING


def test_mailing_waits_when_the_clock_is_set_back(station, said):
    mailing = station.add_mailing(not_before=SOON)
    make_rounds(station, said, now=NOW - dt.timedelta(days=400)).start_due()
    assert station.mailing(mailing.id).state is MailingState.SCHEDULED


def test_others_start_and_the_reason_is_told_when_one_mailing_cannot(station, said, monkeypatch):
    start = rounds.start_scheduled

    def start_but_one(ledger, mailing_id, **more):
        if mailing_id == 1:
            raise Conflict("The list is being imported.", advice="Wait.")
        return start(ledger, mailing_id, **more)

    monkeypatch.setattr(rounds, "start_scheduled", start_but_one)
    station.add_mailing(not_before=SOON)
    fill_list(station.ledger, "others", readers=3)
    second = station.add_mailing(not_before=SOON, list_name="others")
    teller = Teller(said.append)
    Rounds(station.ledger, late=LATE, teller=teller, now=lambda: SOON).start_due()
    assert said[0] == "Mailing 1 cannot start: The list is being imported. Wait."
    assert teller.failures == 1
    assert station.mailing(second.id).state is MailingState.SENDING


def test_mailing_is_ended_with_its_account_when_a_killed_sender_left_it_so(station, said, monkeypatch):
    mailing = station.start_mailing()
    with monkeypatch.context() as killed:
        killed.setattr("trax_mailer.delivery.turns.Turns._finish", lambda _turns: None)
        killed.setattr("trax_mailer.workflows.engines.rounds.end_finished", lambda *_a, **_k: [])
        work = LaneWork(station.settings, station.ledger, station.ring, teller=Teller(said.append))
        EmbeddedEngine(work, lanes=4).run(threading.Event(), once=True)
    assert station.mailing(mailing.id).state is MailingState.SENDING
    make_rounds(station, said).end_finished()
    assert station.mailing(mailing.id).state is MailingState.DONE
    assert said[-1].startswith(f"Mailing {mailing.id} is done: 40 accepted")


def test_only_free_lanes_are_found_when_one_is_held(station, said):
    mailing = station.start_mailing(lanes=2)
    with station.ledger.lane_lock(mailing.id, lane=0):
        found = make_rounds(station, said).find_lanes()
    assert found == [LaneJob(mailing_id=mailing.id, lane=1, transport="sendgrid")]
