import http.client
import signal
import socket
import sqlite3
import time
from urllib.parse import urlsplit

import pytest

from delivery.mailings import NOW
from trax_mailer.model.act import Act, ActKind
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.link_tables import add_retarget
from web.processes import SERVE_PUBLIC, running, unused_port

AGENT = "Mozilla/5.0 (X11; SecretAgent 4711) Firefox/1.0"
ELSEWHERE = "203.0.113.77"


def serve(tracked):
    settings = tracked.public.settings
    return running(SERVE_PUBLIC, settings.root, settings.state, unused_port())


@pytest.fixture
def serving(tracked):
    with serve(tracked) as server:
        yield server


class Reader:
    """A connection that stays open, and says a lot about itself."""

    def __init__(self, server):
        place = urlsplit(server.address)
        self.connection = http.client.HTTPConnection(place.hostname, place.port, timeout=10)

    def get(self, path):
        headers = {"User-Agent": AGENT, "X-Forwarded-For": ELSEWHERE, "Referer": "https://mail.example/me"}
        self.connection.request("GET", path, headers=headers)
        answer = self.connection.getresponse()
        answer.read()
        return answer

    def close(self):
        self.connection.close()


@pytest.fixture
def reader(serving):
    reader = Reader(serving)
    yield reader
    reader.close()


def within(seconds, holds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.02)
    return False


def test_odd_targets_are_the_same_byte_for_byte_when_a_real_server_leads_there(reader, tracked):
    token = tracked.token()
    for number, target in enumerate(tracked.targets, start=1):
        answer = reader.get(f"/c/{token}/{number}")
        assert (answer.status, answer.getheader("location")) == (302, target)
    assert reader.get(f"/o/{token}").getheader("content-length") == "43"


def test_everything_is_written_when_the_server_ends_by_sigterm(serving, reader, tracked):
    for _ in range(300):
        assert reader.get(f"/c/{tracked.token()}/1").status == 302
    assert serving.end() == 0
    assert serving.errors() == ""
    assert len(tracked.visits()) == 300
    assert tracked.counters() == {}
    assert list((tracked.public.settings.state / "visits").iterdir()) == []


def test_a_second_is_lost_at_most_when_the_server_is_killed(serving, reader, tracked):
    for _ in range(100):
        reader.get(f"/c/{tracked.token()}/1")
    time.sleep(1.0)
    for _ in range(20):
        reader.get(f"/c/{tracked.token()}/2")
    serving.end(signal.SIGKILL)
    with serve(tracked):
        assert within(5, lambda: tracked.counters().keys() <= _own(tracked))
        links = [row.link for row in tracked.visits()]
    assert links.count(1) == 100
    assert links.count(2) <= 20


def test_a_second_is_lost_at_most_when_the_server_is_killed_while_the_ledger_is_busy(
    serving, reader, tracked
):
    with tracked.public.ledger.write():
        before = time.monotonic()
        for _ in range(100):
            assert reader.get(f"/c/{tracked.token()}/1").status == 302
        assert time.monotonic() - before < 5
        time.sleep(1.0)
        serving.end(signal.SIGKILL)
        assert tracked.visits() == []
    with serve(tracked):
        assert within(5, lambda: len(tracked.visits()) == 100)
    assert [path.name for path in (tracked.public.settings.state / "visits").iterdir()] == []
    assert len(tracked.visits()) == 100


def test_visits_wait_in_a_journal_when_the_disk_of_the_ledger_is_full(tracked):
    settings = tracked.public.settings
    with running(FULL_DISK + SERVE_PUBLIC, settings.root, settings.state, unused_port()) as server:
        reader = Reader(server)
        for _ in range(1500):
            assert reader.get(f"/c/{tracked.token()}/1").status == 302
        reader.close()
        assert server.end() == 0
        said = "\n".join(server.said)
    assert "the disk is full" in said
    assert "lost" not in said
    assert len(tracked.visits()) < 1500
    with serve(tracked):
        assert within(5, lambda: len(tracked.visits()) == 1500)


FULL_DISK = """
from sqlalchemy import event
import trax_mailer.storage.backends.sqlite as backend
_make = backend._make_engine
def _small(file, *, begin):
    engine = _make(file, begin=begin)
    if begin is backend._begin_writing:
        def limit(connection, _record):
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages}")
        event.listen(engine, "connect", limit)
    return engine
backend._make_engine = _small
"""


def test_link_leads_elsewhere_within_a_second_when_it_was_changed(reader, tracked):
    token = tracked.token()
    assert reader.get(f"/c/{token}/1").getheader("location") == tracked.targets[0]
    with tracked.public.ledger.write() as connection:
        act_id = add_act(connection, Act(kind=ActKind.STAFF, at=NOW))
        add_retarget(connection, tracked.mailing_id, 1, target="https://new.example/", act_id=act_id, now=NOW)
    assert within(1.0, lambda: reader.get(f"/c/{token}/1").getheader("location") == "https://new.example/")


def test_nothing_tells_who_it_was_when_visits_are_kept(serving, reader, tracked):
    token = tracked.token()
    for path in (f"/c/{token}/1", f"/o/{token}", f"/c/{token[:-1]}x/1", "/c/nothing"):
        reader.get(path)
    assert within(2, lambda: len(tracked.visits()) == 2)
    assert serving.end() == 0
    said = "\n".join(serving.said) + serving.errors()
    files = [path for path in tracked.public.settings.state.rglob("*") if path.is_file()]
    content = b"".join(path.read_bytes() for path in files)
    assert len(content) > 10_000
    for word in ("SecretAgent", "4711", ELSEWHERE, "mail.example/me", token):
        assert word not in said
        assert word.encode() not in content
    for row in tracked.visits():
        assert row.at.second == row.at.microsecond == 0
        assert "127.0.0.1" not in str(row)
    assert _columns_with(tracked, "127.0.0.1") == []


def test_idle_reader_holds_nothing_up_when_the_server_ends(serving, tracked):
    place = urlsplit(serving.address)
    with socket.create_connection((place.hostname, place.port), timeout=10) as idle:
        idle.sendall(b"GET /c/")
        time.sleep(0.1)
        began = time.monotonic()
        assert serving.end() == 0
        assert time.monotonic() - began < 3


def _own(tracked):
    """The counter of the server that runs, and whatever is no journal's."""
    return {name for name in tracked.counters() if not name.startswith("visits of ")} | {
        f"visits of {path.stem}" for path in (tracked.public.settings.state / "visits").iterdir()
    }


def _columns_with(tracked, word):
    """Where in the whole ledger the word stands, as table and column."""
    connection = sqlite3.connect(tracked.public.settings.state / "ledger.db")
    try:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = []
        for table in tables:
            for column in connection.execute(f'SELECT * FROM "{table}" LIMIT 0').description:
                query = f'SELECT 1 FROM "{table}" WHERE CAST("{column[0]}" AS TEXT) LIKE ? LIMIT 1'
                if connection.execute(query, (f"%{word}%",)).fetchone():
                    found.append((table, column[0]))
        return found
    finally:
        connection.close()
