import dataclasses
import threading

import pytest
from sqlalchemy import select

from trax_mailer.settings import Secret
from trax_mailer.storage import schema
from trax_mailer.workflows.engines import LaneWork
from trax_mailer.workflows.engines.lane_work import wait_after
from trax_mailer.workflows.engines.rounds import LaneJob
from trax_mailer.workflows.engines.telling import Teller
from trax_mailer.workflows.ledger_time import ledger_now


@pytest.fixture
def work(station, said):
    return LaneWork(station.settings, station.ledger, station.ring, teller=Teller(said.append))


def test_error_nobody_foresaw_is_logged_when_a_lane_meets_it(station, work, monkeypatch, caplog):
    def broken(*_words, **_more):
        raise ZeroDivisionError

    monkeypatch.setattr("trax_mailer.workflows.engines.lane_work.run_lane", broken)
    station.start_mailing(lanes=1)
    assert work.drive(1, 0, stop=threading.Event()) is False
    assert work.teller.failures == 1
    assert "Lane 0 of mailing 1 ended with an error nobody foresaw" in caplog.text


def test_trouble_of_a_lane_is_told_once_when_its_edition_is_missing(station, work, said, monkeypatch):
    monkeypatch.setattr("trax_mailer.delivery.lane.load_edition", lambda *_words: None)
    station.start_mailing(lanes=1)
    assert work.drive(1, 0, stop=threading.Event()) is False
    assert work.drive(1, 0, stop=threading.Event()) is False
    assert said == [
        "Mailing 1, lane 0: The edition of mailing 1 is missing from the ledger. Trying again later."
    ]
    assert work.teller.failures == 2


def test_reader_is_bounced_when_the_server_of_a_lane_refuses_them(station, work, monkeypatch):
    def refused(ledger, mailing_id, *, progress, **_more):
        progress(1)
        delivery, batch = schema.delivery, schema.batch
        values = {"handover": "failed", "reason": "550 5.1.1 unknown", "changed_at": ledger_now(ledger)}
        with ledger.write() as connection:
            connection.execute(batch.update().values(transport="smtp"))
            connection.execute(delivery.update().where(delivery.c.subscriber_id == 1).values(values))

    monkeypatch.setattr("trax_mailer.workflows.engines.lane_work.run_lane", refused)
    station.start_mailing(lanes=1)
    assert work.drive(1, 0, stop=threading.Event()) is True
    with station.ledger.read() as connection:
        bounced = connection.scalars(
            select(schema.subscription.c.subscriber_id).where(schema.subscription.c.state == "bounced")
        )
        assert bounced.all() == [1]


def test_lane_is_no_error_when_another_process_holds_it(station, work, said):
    station.start_mailing(lanes=1)
    with station.ledger.lane_lock(1, lane=0):
        assert work.drive(1, 0, stop=threading.Event()) is True
    assert said == []
    assert work.teller.failures == 0


def test_lane_is_not_to_be_driven_when_its_transport_lacks_a_secret(station, said):
    bare = dataclasses.replace(
        station.settings, sendgrid=dataclasses.replace(station.settings.sendgrid, api_key=Secret(""))
    )
    work = LaneWork(bare, station.ledger, station.ring, teller=Teller(said.append))
    assert not work.can_drive(LaneJob(mailing_id=1, lane=0, transport="sendgrid"))
    assert said[0].startswith("Mailing 1 goes through sendgrid. This process cannot use it: ")


def test_wait_doubles_up_to_a_minute_when_a_lane_keeps_failing():
    assert [wait_after(tries) for tries in (1, 2, 5, 6, 90)] == [2, 4, 32, 60, 60]
