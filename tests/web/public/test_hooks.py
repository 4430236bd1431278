import asyncio
import dataclasses
import itertools
import signal
import threading
import urllib.error
import urllib.request
from pathlib import Path

import httpx
import pytest

from events.ledgers import add_sent_mailing, handovers, stored
from events.webhook import KEY, body_of, event, signed
from trax_mailer.errors import BadWorkspace, Conflict
from trax_mailer.settings import DatabaseSettings, SendGridSettings, load_settings
from trax_mailer.storage import open_ledger
from trax_mailer.web.public import hooks as module
from trax_mailer.web.public import make_app
from trax_mailer.workflows.public import open_public
from trax_mailer.workflows.webhook import Webhook
from web.asking import ask
from web.newsroom import SETTINGS
from web.processes import running, unused_port

URL = "/events/sendgrid"
TRAX = """
import sys
from trax_mailer.cli import main
sys.argv[0] = "trax"
sys.exit(main())
"""


def with_key(public, key=KEY):
    return dataclasses.replace(
        public, settings=dataclasses.replace(public.settings, sendgrid=SendGridSettings(webhook_key=key))
    )


@pytest.fixture
def hooked(tmp_path, newsroom):
    """The public pages of a ledger with a mailing to six readers, all uncertain; a key is set."""
    settings = load_settings(newsroom, environ={}, state=tmp_path / "state")
    with open_public(settings) as public:
        add_sent_mailing(public.ledger)
        yield with_key(public)


def post(public, *events, **headers):
    body = body_of(list(events))
    return ask(make_app(public), "POST", URL, content=body, headers=signed(body) | headers)


def test_readers_are_settled_when_sendgrid_posts_events(hooked):
    answer = post(hooked, event("delivered", 1), event("dropped", 2))
    assert (answer.status_code, answer.text) == (200, "kept\n")
    assert list(handovers(hooked.ledger).values()) == ["accepted"] * 2 + ["uncertain"] * 4
    assert "set-cookie" not in answer.headers


def test_answer_is_200_when_nothing_is_ours(hooked):
    assert post(hooked, {"event": "account_status_change"}, event("delivered", mailing=9)).status_code == 200
    assert stored(hooked.ledger) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"x-twilio-email-event-webhook-timestamp": "1795000001"},
        {"x-twilio-email-event-webhook-signature": "AAAA"},
        {"x-twilio-email-event-webhook-signature": ""},
    ],
)
def test_nothing_is_kept_when_the_signature_is_false(hooked, headers):
    answer = post(hooked, event("delivered"), **headers)
    assert answer.status_code == 403
    assert "webhook_key" in answer.text
    assert stored(hooked.ledger) == []


def test_nothing_is_read_when_there_is_no_signature(hooked):
    answer = ask(make_app(hooked), "POST", URL, json=[event("delivered")])
    assert answer.status_code == 403


def test_a_wrong_key_is_said_once_in_the_log_when_it_refuses_everything(hooked, caplog):
    app = make_app(hooked)
    for _ in range(3):
        body = body_of([event("delivered")])
        ask(app, "POST", URL, content=body, headers=signed(body + b" "))
    [record] = [one for one in caplog.records if one.name == module.__name__]
    assert "webhook_key" in record.getMessage()


def test_answer_says_why_when_no_key_is_set(hooked):
    answer = post(with_key(hooked, ""), event("delivered"))
    assert answer.status_code == 503
    assert "No key is set" in answer.text


def test_pages_do_not_start_when_the_key_is_none(hooked):
    with pytest.raises(BadWorkspace, match="webhook_key"):
        make_app(with_key(hooked, "SG.wrong"))


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_a_post_is_answered(hooked, method):
    assert ask(make_app(hooked), method, URL).status_code == 405


def test_body_is_refused_when_it_is_no_array(hooked):
    answer = ask(make_app(hooked), "POST", URL, content=b"{}", headers=signed(b"{}"))
    assert answer.status_code == 400


@pytest.mark.parametrize("chunks", [False, True], ids=["length said", "chunked"])
def test_body_is_refused_when_it_is_too_large(hooked, chunks, monkeypatch):
    monkeypatch.setattr(module, "BODY_LIMIT", 10_000)

    async def pieces():
        for _ in range(11):
            yield b" " * 1_000

    content = pieces() if chunks else b" " * 11_000
    answer = ask(make_app(hooked), "POST", URL, content=content, headers=signed(b""))
    assert answer.status_code == 413


def test_body_is_refused_when_it_comes_too_slowly(hooked, monkeypatch):
    monkeypatch.setattr(module, "BODY_SECONDS", 0.1)

    async def pieces():
        yield b"["
        await asyncio.sleep(5)

    answer = ask(make_app(hooked), "POST", URL, content=pieces(), headers=signed(b""))
    assert answer.status_code == 408


def test_sendgrid_is_to_try_again_when_the_ledger_is_busy(hooked, monkeypatch, caplog):
    def busy(*_, **__):
        raise Conflict("Another process has been writing.", advice="Wait.")

    monkeypatch.setattr(Webhook, "take_in", busy)
    answer = post(hooked, event("delivered"))
    assert answer.status_code == 503
    assert "later" in answer.text
    assert "Another process" in caplog.text


def test_sendgrid_is_to_try_again_when_something_unforeseen_happens(hooked, monkeypatch):
    monkeypatch.setattr(Webhook, "take_in", lambda *_, **__: 1 / 0)
    assert post(hooked, event("delivered")).status_code == 500


def test_pages_answer_while_events_are_taken_in_and_too_many_are_sent_away(hooked, monkeypatch):
    """Taking in happens in threads, few of them: a reader can leave meanwhile."""
    free, working = threading.Event(), threading.Semaphore(0)

    def slow(*_, **__):
        working.release()
        assert free.wait(20)
        return module.Intake.KEPT

    monkeypatch.setattr(Webhook, "take_in", slow)
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    app = make_app(hooked)

    async def meanwhile():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            body = body_of([])
            several = [
                asyncio.create_task(client.post(URL, content=body, headers=signed(body)))
                for _ in range(module.AT_ONCE + 5)
            ]
            for refused in itertools.islice(asyncio.as_completed(several), 3):
                assert (await refused).status_code == 503
            assert (await client.get("/u/preview")).status_code == 200
            assert (await client.get("/healthz")).text == "ok"
            free.set()
            return [one.status_code for one in await asyncio.gather(*several)]

    answers = asyncio.run(meanwhile())
    assert sorted(answers) == [200] * (module.AT_ONCE + 2) + [503] * 3


@dataclasses.dataclass(frozen=True)
class Place:
    """A workspace with a key, its state, and where its ledger is: a mailing to 400 uncertain readers."""

    folder: Path
    state: Path
    database: DatabaseSettings

    def open(self):
        return open_ledger(self.state, self.database)

    def set_key(self, key):
        text = f"sendgrid: {{webhook_key: {key}}}\n"
        (self.folder / "trax.yaml").write_text(SETTINGS + text, encoding="utf-8")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request, newsroom, tmp_path, monkeypatch):
    database = DatabaseSettings()
    if request.param == "postgresql":
        database = request.getfixturevalue("database")
        monkeypatch.setenv("TRAX_DATABASE", database.url)
        monkeypatch.setenv("TRAX_DATABASE_PASSWORD", database.password.reveal())
    made = Place(newsroom, tmp_path / "state", database)
    made.set_key(KEY)
    with made.open() as ledger:
        add_sent_mailing(ledger, readers=400)
    return made


def serve(place):
    options = ["--workspace", place.folder, "--state", place.state]
    return running(TRAX, *options, "serve", "--port", unused_port())


def send(address, events):
    """Post as SendGrid does; the status, or None where no answer came."""
    body = body_of(events)
    request = urllib.request.Request(address + URL[1:], data=body, headers=signed(body), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code
    except OSError:
        return None


def test_nothing_acknowledged_is_lost_when_the_server_is_killed_in_mid_ingest(place):
    acknowledged, sent = [], 0
    for kill_after in (3, 7, 12):
        with serve(place) as server:
            enough = threading.Event()

            def work(address, first, enough=enough, kill_after=kill_after):
                for number in range(first, first + 400, 4):
                    events = [event("delivered", who, at=1795000000 + number) for who in range(1, 101)]
                    status = send(address, events)
                    if status is None:
                        return
                    assert status == 200
                    acknowledged.append(1795000000 + number)
                    if len(acknowledged) >= kill_after:
                        enough.set()

            threads = [
                threading.Thread(target=work, args=(server.address, sent + offset)) for offset in range(4)
            ]
            for thread in threads:
                thread.start()
            assert enough.wait(30)
            server.end(signal.SIGKILL)
            for thread in threads:
                thread.join(30)
        sent += 1000
        with place.open() as ledger:
            times = [int(row.occurred_at.timestamp()) for row in stored(ledger)]
        assert set(acknowledged) <= set(times)
        assert all(times.count(one) == 100 for one in set(times))
    with place.open() as ledger:
        assert list(handovers(ledger).values()) == ["accepted"] * 100 + ["uncertain"] * 300


def test_500_events_in_a_body_are_taken_in_by_the_running_server(place):
    with serve(place) as server:
        events = [event("delivered", 1 + number % 400, at=1795000000 + number) for number in range(500)]
        assert send(server.address, events) == 200
        assert server.end() == 0
        assert server.errors() == ""
    with place.open() as ledger:
        assert len(stored(ledger)) == 500
        assert set(handovers(ledger).values()) == {"accepted"}


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_server_does_not_start_in_words_when_the_key_is_none(place):
    place.set_key("SG.wrong")
    with pytest.raises(AssertionError, match="webhook_key"), serve(place):
        pass


@pytest.mark.postgres
@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_sendgrid_is_to_try_again_when_the_database_is_away(place, postgres):
    with serve(place) as server:
        assert send(server.address, [event("delivered", 1)]) == 200
        postgres.stop("immediate")
        try:
            assert send(server.address, [event("delivered", 2)]) == 503
        finally:
            postgres.start()
        assert send(server.address, [event("delivered", 2)]) == 200
        server.end()
        assert "could not be kept" in server.errors()
    with place.open() as ledger:
        assert list(handovers(ledger).values())[:3] == ["accepted", "accepted", "uncertain"]
