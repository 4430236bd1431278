import contextlib
import os
import sqlite3
import stat
import threading
import time
from pathlib import Path

import pytest

from storage.writing import add_list, count_lists
from trax_mailer.errors import BadState, Conflict
from trax_mailer.storage import open_ledger
from trax_mailer.storage.backends import sqlite as sqlite_module


def _mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_folder_and_files_are_private_when_made(file_ledger, state, now):
    with file_ledger.write() as connection:
        add_list(connection, "UPR Trax", now)
        modes = {path.name: _mode(path) for path in state.iterdir()}
    assert _mode(state) == 0o700
    assert {"ledger.db", "ledger.db-wal", "ledger.db-shm"} <= set(modes)
    assert set(modes.values()) == {0o600}


def test_modes_are_tightened_when_they_were_open(file_ledger, state):
    file_ledger.close()
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
        add_list(connection, "UPR Trax", now)
    assert (state / "ledger.db").is_file()


def test_connection_is_durable_and_checks_keys_when_opened(file_ledger):
    for opened in (file_ledger.read, file_ledger.write):
        with opened() as connection:
            pragmas = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            }
        assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_writer_goes_on_soon_when_another_one_is_done(file_ledger, state, now):
    other = sqlite3.connect(state / "ledger.db", isolation_level=None, check_same_thread=False)
    waits = []
    for _ in range(5):
        other.execute("BEGIN IMMEDIATE")
        # SQLite's own waiting looks after 228 and 328 ms (`delays` in sqliteDefaultBusyCallback).
        done = threading.Timer(0.24, other.execute, ["ROLLBACK"])
        start = time.monotonic()
        done.start()
        with file_ledger.write() as connection:
            waits.append(time.monotonic() - start)
            add_list(connection, f"list {len(waits)}", now)
        done.join()
    other.close()
    assert min(waits) >= 0.24
    assert min(waits) < 0.3
    assert count_lists(file_ledger) == 5


def test_writing_holds_the_lock_when_it_begins(file_ledger, state):
    other = sqlite3.connect(state / "ledger.db", timeout=0, isolation_level=None)
    with file_ledger.write(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()


def test_words_say_that_another_writes_when_the_lock_is_held(file_ledger, state, monkeypatch):
    monkeypatch.setattr(sqlite_module, "BUSY_SECONDS", 0)
    other = sqlite3.connect(state / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with (
        open_ledger(state) as impatient,
        pytest.raises(Conflict, match="Another process"),
        impatient.write(),
    ):
        pass
    other.close()


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


def test_ledger_is_opened_when_it_was_restored_from_a_dump(file_ledger, state, now):
    with file_ledger.write() as connection:
        add_list(connection, "UPR Trax", now)
    file_ledger.close()
    old = sqlite3.connect(state / "ledger.db")
    script = "\n".join(old.iterdump())
    old.close()
    restored = state.parent / "restored"
    restored.mkdir(mode=0o700)
    new = sqlite3.connect(restored / "ledger.db")
    new.executescript(script)
    new.close()
    with open_ledger(restored) as opened:
        assert count_lists(opened) == 1
        with opened.read() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_words_say_that_it_is_damaged_when_pages_are_overwritten(file_ledger, state, now):
    file_ledger.close()
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


def test_ledger_is_refused_when_it_is_empty_beside_a_key_ring(state):
    state.mkdir(mode=0o700)
    (state / "ledger.db").touch(mode=0o600)
    (state / "keys.json").write_text("whatever it holds")
    with pytest.raises(BadState, match="lost its content") as caught:
        open_ledger(state)
    assert "backup" in caught.value.advice
    assert (state / "ledger.db").stat().st_size == 0


def test_ledger_is_made_when_an_empty_file_stands_there_without_a_key_ring(state):
    state.mkdir(mode=0o700)
    (state / "ledger.db").touch(mode=0o600)
    with open_ledger(state) as ledger:
        assert count_lists(ledger) == 0


def test_words_say_that_the_disk_is_full_when_the_file_cannot_grow(file_ledger, now):
    with pytest.raises(BadState, match="disk is full"), file_ledger.write() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        add_list(connection, "x" * 100_000, now)
    assert count_lists(file_ledger) == 0


def test_words_say_that_every_connection_is_in_use_when_threads_hold_them(file_ledger, monkeypatch):
    monkeypatch.setattr(file_ledger._backend.reader.pool, "_timeout", 0.01)
    with pytest.raises(Conflict, match="in use"), contextlib.ExitStack() as held:
        for _ in range(50):
            held.enter_context(file_ledger.read())
