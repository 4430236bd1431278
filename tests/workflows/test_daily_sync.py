import dataclasses
import datetime as dt
import threading
import time

import pytest

from contracts.http_server import HANG, Reply
from contracts.sendgrid_lists import pretend_lists
from trax_mailer.model.provider_list import NEVER, ProviderList, Reading
from trax_mailer.providers.sendgrid.asking import Patience
from trax_mailer.storage import open_ledger, open_ring
from trax_mailer.storage.provider_lists import last_whole, note_reading
from trax_mailer.workflows.daily_sync import DailySync, syncing_beside
from trax_mailer.workflows.engines.telling import Teller


@pytest.fixture
def lists():
    with pretend_lists() as opened:
        yield opened


@pytest.fixture
def ledger(workspace):
    with open_ledger(workspace.settings.state) as opened:
        yield opened


@pytest.fixture
def said():
    return []


@pytest.fixture
def settings(workspace, lists):
    return dataclasses.replace(workspace.settings, sendgrid=lists.settings(sync_suppressions=True, timeout=1))


@pytest.fixture
def daily(settings, ledger, said):
    patience = Patience(tries=2, first=0.01)
    return DailySync(settings, ledger, open_ring(ledger), teller=Teller(said.append), patience=patience)


def test_sync_runs_once_a_day_when_it_is_asked_for(daily, lists, ledger, said):
    stop = threading.Event()
    assert daily.sync_if_due(stop)
    calls = len(lists.api.requests)
    assert calls == 6
    assert not daily.sync_if_due(stop)
    assert len(lists.api.requests) == calls
    assert said == ["The suppressions are synced with SendGrid."]


@pytest.mark.parametrize(("hours", "due"), [(23, False), (25, True)])
def test_sync_is_due_when_the_last_is_a_day_old(daily, ledger, hours, due):
    with ledger.write() as connection:
        begun = ledger.clock(connection) - dt.timedelta(hours=hours)
        for which in ProviderList:
            note_reading(connection, "sendgrid", which.value, Reading(whole=begun, begun=begun))
    assert daily.sync_if_due(threading.Event()) is due


def test_trouble_is_told_and_not_tried_again_at_once_when_sendgrid_fails(daily, lists, ledger, said):
    lists.faults.append(lambda _request: Reply(500, b"oops"))
    stop = threading.Event()
    assert daily.sync_if_due(stop)
    calls = len(lists.api.requests)
    assert not daily.sync_if_due(stop)
    assert len(lists.api.requests) == calls
    assert len(said) == 1 and said[0].startswith("The suppressions were not synced: SendGrid is in trouble")
    with ledger.read() as connection:
        assert last_whole(connection, "sendgrid") == NEVER


def test_sender_ends_soon_when_sendgrid_is_silent(settings, ledger, lists, said):
    lists.faults.append(lambda _request: HANG)
    began = time.monotonic()
    with syncing_beside(settings, ledger, open_ring(ledger), teller=Teller(said.append)) as syncing:
        syncing.start()
        while not lists.api.requests:
            time.sleep(0.02)
    assert time.monotonic() - began < 5
    assert said == []


def test_nothing_is_synced_when_it_is_not_asked_for(settings, ledger, lists, said):
    off = dataclasses.replace(settings, sendgrid=lists.settings())
    with syncing_beside(off, ledger, open_ring(ledger), teller=Teller(said.append)) as syncing:
        syncing.start()
        time.sleep(0.2)
    assert (lists.api.requests, said) == ([], [])
