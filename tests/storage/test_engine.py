import os
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from trax_mailer.errors import BadState, Conflict
from trax_mailer.storage import engine as engine_module
from trax_mailer.storage import open_ledger, schema

WRITER = """
import datetime as dt, sys
from pathlib import Path
from trax_mailer.storage import open_ledger
from trax_mailer.storage.lists import list_ids, make_list
with open_ledger(Path(sys.argv[1])) as ledger:
    for number in range(25):
        with ledger.write() as connection:
            seen = len(list_ids(connection))
            make_list(connection, f"{sys.argv[2]} {number}, after {seen}", now=dt.datetime.now(dt.UTC))
"""


def _mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def _add_list(connection, name, now):
    connection.execute(insert(schema.mailing_list).values(name=name, created_at=now))


def _count(ledger):
    with ledger.read() as connection:
        return connection.scalar(select(func.count()).select_from(schema.mailing_list))


def test_folder_and_files_are_private_when_made(ledger, state, now):
    with ledger.write() as connection:
        _add_list(connection, "UPR Trax", now)
        modes = {path.name: _mode(path) for path in state.iterdir()}
    assert _mode(state) == 0o700
    assert {"ledger.db", "ledger.db-wal", "ledger.db-shm"} <= set(modes)
    assert set(modes.values()) == {0o600}


def test_modes_are_tightened_when_they_were_open(ledger, state):
    ledger.close()
    state.chmod(0o755)
    (state / "ledger.db").chmod(0o644)
    open_ledger(state).close()
    assert _mode(state) == 0o700
    assert _mode(state / "ledger.db") == 0o600


def test_folder_is_left_alone_when_it_holds_other_things(tmp_path):
    (tmp_path / "photos").mkdir()
    tmp_path.chmod(0o755)
    with pytest.raises(BadState, match="holds other things"):
        open_ledger(tmp_path)
    assert _mode(tmp_path) == 0o755
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


def test_path_may_hold_any_sign_when_it_is_opened(tmp_path, now):
    state = tmp_path / "Chișinău? 100% #1 & co"
    with open_ledger(state) as ledger, ledger.write() as connection:
        _add_list(connection, "UPR Trax", now)
    assert (state / "ledger.db").is_file()


def test_connection_is_durable_and_checks_keys_when_opened(ledger):
    with ledger.write() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_writing_holds_the_lock_when_it_begins(ledger, state):
    other = sqlite3.connect(state / "ledger.db", timeout=0, isolation_level=None)
    with ledger.write(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()


def test_reading_sees_one_moment_when_others_write(ledger, now):
    with ledger.read() as reading:
        before = reading.scalar(select(func.count()).select_from(schema.mailing_list))
        with ledger.write() as writing:
            _add_list(writing, "UPR Trax", now)
        after = reading.scalar(select(func.count()).select_from(schema.mailing_list))
    assert (before, after, _count(ledger)) == (0, 0, 1)


def test_reading_cannot_write_when_it_tries(ledger, now):
    with pytest.raises(BadState, match="cannot be written"), ledger.read() as connection:
        _add_list(connection, "UPR Trax", now)
    with ledger.write() as connection:
        _add_list(connection, "UPR Trax", now)
    assert _count(ledger) == 1


def test_nothing_is_kept_when_a_write_fails(ledger, now):
    with pytest.raises(ZeroDivisionError), ledger.write() as connection:
        _add_list(connection, "UPR Trax", now)
        _ = 1 / 0
    assert _count(ledger) == 0


def test_words_say_that_another_writes_when_the_lock_is_held(ledger, state, monkeypatch):
    monkeypatch.setattr(engine_module, "BUSY_SECONDS", 0)
    other = sqlite3.connect(state / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with (
        open_ledger(state) as impatient,
        pytest.raises(Conflict, match="Another process"),
        impatient.write(),
    ):
        pass
    other.close()


def test_broken_rule_is_an_error_of_the_program_when_it_is_met(ledger, now):
    with pytest.raises(IntegrityError) as caught, ledger.write() as connection:
        connection.execute(
            insert(schema.subscription).values(
                subscriber_id=7, list_id=7, state="subscribed", changed_at=now, cause="", evidence=[]
            )
        )
    assert "hidden" in str(caught.value)


def test_every_write_is_kept_when_processes_start_and_write_at_once(state):
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(state), name], stderr=subprocess.PIPE)
        for name in ("one", "two", "three")
    ]
    for writer in writers:
        _, said = writer.communicate(timeout=120)
        assert writer.returncode == 0, said.decode()
    with open_ledger(state) as ledger, ledger.read() as connection:
        names = set(connection.scalars(select(schema.mailing_list.c.name)))
    assert len(names) == 75
    assert {int(name.rsplit(" ", 1)[1]) for name in names} == set(range(75))


def test_every_write_is_kept_when_threads_share_the_ledger(ledger, now):
    def write(name):
        for number in range(10):
            with ledger.write() as connection:
                _add_list(connection, f"{name} {number}", now)

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert _count(ledger) == 40


@pytest.mark.parametrize("content", [b"These are my notes.", b"\x00" * 5000, b"SQLite format 2"])
def test_file_is_refused_and_kept_when_it_is_no_database(state, content):
    state.mkdir(mode=0o700)
    (state / "ledger.db").write_bytes(content)
    with pytest.raises(BadState, match="not an SQLite database"):
        open_ledger(state)
    assert (state / "ledger.db").read_bytes() == content


def test_database_is_refused_and_kept_when_it_is_another_programs(state):
    state.mkdir(mode=0o700)
    other = sqlite3.connect(state / "ledger.db")
    other.execute("CREATE TABLE bookmarks (url TEXT)")
    other.close()
    content = (state / "ledger.db").read_bytes()
    with pytest.raises(BadState, match="another program"):
        open_ledger(state)
    assert (state / "ledger.db").read_bytes() == content


def test_ledger_is_opened_when_it_was_restored_from_a_dump(ledger, state, now):
    with ledger.write() as connection:
        _add_list(connection, "UPR Trax", now)
    ledger.close()
    old = sqlite3.connect(state / "ledger.db")
    script = "\n".join(old.iterdump())
    old.close()
    restored = state.parent / "restored"
    restored.mkdir(mode=0o700)
    new = sqlite3.connect(restored / "ledger.db")
    new.executescript(script)
    new.close()
    with open_ledger(restored) as opened:
        assert _count(opened) == 1
        with opened.read() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_words_say_that_it_is_damaged_when_pages_are_overwritten(ledger, state, now):
    ledger.close()
    with (state / "ledger.db").open("r+b") as opened:
        opened.seek(100)
        opened.write(os.urandom(8000))
    with pytest.raises(BadState, match=r"damaged|no SQLite"):
        open_ledger(state)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder in which nothing can be made")
def test_words_say_why_when_the_folder_cannot_be_made():
    with pytest.raises(BadState, match="cannot be used"):
        open_ledger(Path("/proc/self/trax"))


def test_words_say_why_when_a_file_stands_where_the_folder_should(tmp_path):
    (tmp_path / "state").write_text("")
    with pytest.raises(BadState, match="a file is in its way"):
        open_ledger(tmp_path / "state")
    with pytest.raises(BadState, match="a file is in its way"):
        open_ledger(tmp_path / "state" / "below")


def test_words_say_why_when_a_folder_stands_where_the_database_should(state):
    (state / "ledger.db").mkdir(parents=True)
    state.chmod(0o700)
    with pytest.raises(BadState, match=r"ledger\.db cannot be"):
        open_ledger(state)
