import signal
import sys

import pytest
from click.testing import CliRunner

from contracts.http_server import http_server
from trax_mailer.cli.worker import worker_command
from trax_mailer.errors import Refused
from trax_mailer.model.mailing import MailingState
from trax_mailer.workflows.engines import count_senders
from web.processes import unused_port
from workflows.engines.station import Station, wait_until


@pytest.fixture
def station(tmp_path):
    with http_server() as api:
        made = Station(tmp_path, api)
        yield made
        made.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_nothing_stays_in_a_call_when_the_worker_is_told_to_stop(station, number):
    station.call_seconds = 0.3
    mailing = station.start_mailing(batch_size=4, lanes=2)
    with station.trax("worker") as worker:
        worker.wait_for("handing over")
        assert count_senders(station.ledger) == 1
        assert worker.end(number) == 0
    assert worker.said[0] == ("This worker takes up to 8 lanes at once, through sendgrid (end with Ctrl-C).")
    assert "Stopping after the calls under way …" in worker.said
    assert worker.said[-1].startswith("This worker has stopped.")
    assert station.calling() == 0
    assert station.proof(mailing.id).accepted == len(station.reached()) < 40
    with station.trax("worker") as worker:
        station.wait_for(mailing.id)
        worker.wait_for("Mailing 1 is done: 40 accepted")
        assert worker.end(number) == 0
    assert set(station.reached().values()) == {1}


def test_lanes_move_when_one_of_two_workers_on_one_file_is_killed(station):
    station.call_seconds = 0.1
    mailing = station.start_mailing(batch_size=1, lanes=2)
    with station.trax("worker") as one, station.trax("worker") as two:
        wait_until(lambda: one.said and two.said)
        wait_until(lambda: len(station.api.requests) >= 4)
        one.process.kill()
        station.wait_for(mailing.id)
        assert two.end() == 0
    account = station.proof(mailing.id)
    assert account.holds
    assert account.uncertain <= 2
    assert set(station.reached().values()) == {1}


def test_worker_ends_by_itself_when_asked_to_work_once(station):
    mailing = station.start_mailing()
    with station.trax("worker", "--once") as worker:
        assert worker.process.wait(60) == 0
        worker.read_out()
    assert worker.said == [
        "Mailing 1: handing over No 58 to “everyone” through sendgrid.",
        "Mailing 1 is done: 40 accepted + 0 skipped + 0 failed + 0 uncertain = 40 = audience of 40.",
    ]
    assert station.mailing(mailing.id).state is MailingState.DONE


def test_exit_code_tells_when_not_everything_could_be_done_at_once(station):
    station.start_mailing()
    station.environ["SENDGRID_API_KEY"] = ""
    with station.trax("worker", "--once") as worker:
        assert worker.process.wait(60) == 3
        worker.read_out()
    assert "SENDGRID_API_KEY" in worker.said[0]
    assert "Not everything that was due could be done." in worker.said


def test_pages_are_served_and_mailings_sent_when_trax_serves(station):
    mailing = station.start_mailing()
    with station.trax("serve", "--port", str(unused_port())) as server:
        station.wait_for(mailing.id)
        server.wait_for("The public pages are served at")
        server.wait_for("Mailing 1 is done: 40 accepted")
        assert count_senders(station.ledger) == 1
        assert server.end() == 0, server.said
    assert server.said[-1] == "The public pages are no longer served."
    assert "What is scheduled or under way is sent from here." in server.said


def test_pages_alone_are_served_when_sending_is_switched_off(station):
    station.start_mailing()
    with station.trax("serve", "--no-send", "--port", str(unused_port())) as server:
        server.wait_for("The public pages are served at")
        assert count_senders(station.ledger) == 0
        assert server.end() == 0
    assert station.api.requests == []


def test_libraries_are_named_when_workers_over_postgresql_lack_them(station, monkeypatch):
    from trax_mailer.workflows import working

    monkeypatch.setitem(sys.modules, "procrastinate", None)
    monkeypatch.delitem(sys.modules, "trax_mailer.workflows.engines.distributed", raising=False)
    monkeypatch.delitem(sys.modules, "trax_mailer.workflows.engines.job_tables", raising=False)
    with (
        working._lane_work(station.settings, print) as at_hand,
        pytest.raises(Refused, match="not installed") as refused,
    ):
        at_hand.ledger.kind = "postgresql"
        working._engine(station.settings, at_hand, lanes=1, name="here")
    assert "pip install 'trax-mailer[postgres]'" in refused.value.advice


def test_number_of_lanes_is_refused_when_it_makes_no_sense():
    result = CliRunner().invoke(worker_command, ["--lanes", "0"])
    assert result.exit_code == 2
