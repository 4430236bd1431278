import contextlib
import threading
import time
import traceback

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from storage.writing import add_list, count_lists
from trax_mailer.errors import Away, BadState, Conflict, Refused, TraxError
from trax_mailer.settings import DatabaseSettings, Secret
from trax_mailer.storage import open_ledger
from trax_mailer.storage.backends.postgres import connecting
from trax_mailer.storage.backends.postgres.connecting import Address
from trax_mailer.storage.backends.postgres.words import in_words

pytestmark = pytest.mark.postgres


def _raise(database, state):
    address = Address(database)
    with in_words(address):
        raise DBAPIError("SELECT", {}, psycopg.errors.lookup(state)("in the server's own language"))


@pytest.mark.parametrize(
    ("state", "kind", "words"),
    [
        ("55P03", Conflict, "another process for over 30 seconds"),
        ("57014", Conflict, "took too long"),
        ("40001", Conflict, "two processes at once"),
        ("40P01", Conflict, "two processes at once"),
        ("57P01", Away, "being stopped"),
        ("57P02", Away, "has crashed"),
        ("57P03", Away, "starting or stopping"),
        ("53300", Away, "no connection left"),
        ("08006", Away, "cannot be reached"),
        ("53100", BadState, "disk is full"),
        ("53200", BadState, "out of memory"),
        ("58030", BadState, "disk fails"),
        ("XX001", BadState, "damaged"),
        ("25006", BadState, "read-only"),
        ("42501", BadState, "does not let trax's user do that"),
    ],
)
def test_words_say_what_to_do_when_the_server_says_a_state(database, state, kind, words):
    with pytest.raises(TraxError, match=words) as caught:
        _raise(database, state)
    assert type(caught.value) is kind
    assert caught.value.advice


def test_error_of_the_program_stays_one_when_the_server_finds_it(database):
    with pytest.raises(DBAPIError):
        _raise(database, "42601")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"user": "nobody_here"}, "does not let trax in"),
        ({"password": "wrong p@ss"}, "does not let trax in"),
        ({"name": "nowhere"}, "does not exist"),
        ({"name": "postgres"}, "does not let trax's user do that"),
        ({"password": ""}, "does not let trax in"),
    ],
)
def test_words_say_why_when_the_ledger_cannot_be_opened(postgres, database, tmp_path, changed, words):
    wrong = postgres.settings(**{"name": database.url.rsplit("/", 1)[1], **changed})
    with pytest.raises(BadState, match=words) as caught:
        open_ledger(tmp_path / "state", wrong)
    assert type(caught.value) is BadState
    assert caught.value.advice


def test_words_say_that_nobody_answers_when_no_server_is_there(tmp_path, free_port):
    address = f"postgresql://trax@127.0.0.1:{free_port}/trax"
    with pytest.raises(Away, match="cannot be reached: Connection refused"):
        open_ledger(tmp_path / "state", DatabaseSettings(url=address))
    with pytest.raises(Away, match="cannot be reached"):
        open_ledger(tmp_path / "state", DatabaseSettings(url="postgresql://trax@no-such-host.invalid/trax"))


def test_address_is_not_repeated_when_it_cannot_be_read(tmp_path):
    address = "postgresql://trax@h/trax?pasword=hidden"
    with pytest.raises(BadState, match="cannot be read") as caught:
        open_ledger(tmp_path / "state", DatabaseSettings(url=address))
    assert "hidden" not in "".join(traceback.format_exception(caught.value))


def test_words_say_that_another_writes_when_its_lock_is_held(
    server_ledger, server_place, tmp_path, monkeypatch
):
    hurried = connecting._SET_UP.replace("'lock_timeout', '30s'", "'lock_timeout', '50ms'")
    monkeypatch.setattr(connecting, "_SET_UP", hurried)
    with (
        open_ledger(tmp_path / "other", server_place) as impatient,
        server_ledger.write(),
        pytest.raises(Conflict, match="by another process"),
        impatient.write(),
    ):
        pass


def test_writers_of_other_rows_go_on_when_they_need_not_be_alone(server_ledger, now):
    with server_ledger.write() as one, server_ledger.write(alone=False) as two:
        add_list(one, "UPR Trax", now)
        add_list(two, "demo", now)
    assert count_lists(server_ledger) == 2


def test_words_say_that_it_is_stopped_when_sessions_are_ended(postgres, server_ledger, now):
    with pytest.raises(Away), server_ledger.write() as connection:
        add_list(connection, "UPR Trax", now)
        postgres.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'trax'")
        add_list(connection, "demo", now)
    assert count_lists(server_ledger) == 0


def test_ledger_goes_on_when_the_server_has_crashed_and_come_back(postgres, server_ledger, now):
    with server_ledger.write() as connection:
        add_list(connection, "UPR Trax", now)
    postgres.restart_immediate()
    assert count_lists(server_ledger) == 1
    postgres.stop()
    with pytest.raises(Away, match="cannot be reached"):
        count_lists(server_ledger)
    postgres.start()
    assert count_lists(server_ledger) == 1


def test_words_say_that_no_connection_is_left_when_the_role_has_too_many(postgres, database, tmp_path):
    with open_ledger(tmp_path / "state", database) as ledger:
        postgres.sql("ALTER ROLE trax CONNECTION LIMIT 1")
        try:
            with ledger.read(), pytest.raises(Away, match="no connection left"), ledger.lane_lock(1, lane=0):
                pass
        finally:
            postgres.sql("ALTER ROLE trax CONNECTION LIMIT -1")


def test_words_say_that_every_connection_is_in_use_when_threads_hold_them(server_ledger, monkeypatch):
    monkeypatch.setattr(server_ledger._backend.reader.pool, "_timeout", 0.01)
    with pytest.raises(Conflict, match="in use"), contextlib.ExitStack() as held:
        for _ in range(50):
            held.enter_context(server_ledger.read())


def test_words_say_that_it_is_read_only_when_the_database_is(postgres, database, tmp_path, now):
    open_ledger(tmp_path / "state", database).close()
    name = database.url.rsplit("/", 1)[1]
    postgres.sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with (
        open_ledger(tmp_path / "state", database) as ledger,
        pytest.raises(BadState, match="read-only"),
        ledger.write() as connection,
    ):
        assert count_lists(ledger) == 0
        add_list(connection, "UPR Trax", now)


def test_words_say_that_a_number_is_too_large_when_no_column_holds_it(server_ledger):
    from trax_mailer.storage.mailings import load_mailing

    with pytest.raises(Refused, match="so large a number"), server_ledger.read() as connection:
        load_mailing(connection, 2**40)


def test_two_get_words_when_they_wait_for_each_other(postgres, server_ledger, now):
    with server_ledger.write() as connection:
        add_list(connection, "one", now)
        add_list(connection, "two", now)
    trouble, both = [], threading.Barrier(2)

    def change(first, second):
        try:
            with server_ledger.write(alone=False) as connection:
                connection.exec_driver_sql("UPDATE list SET name = name || '!' WHERE id = %s", (first,))
                both.wait(10)
                connection.exec_driver_sql("UPDATE list SET name = name || '?' WHERE id = %s", (second,))
        except Conflict as error:
            trouble.append(error.message)

    threads = [threading.Thread(target=change, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(trouble) == 1
    assert "two processes at once" in trouble[0]


@pytest.mark.parametrize("failure", ["login", "stopped", "lane"])
def test_password_is_nowhere_when_something_fails(postgres, database, tmp_path, failure):
    name = database.url.rsplit("/", 1)[1]
    secret = "Zażółć/5%2F:@ gęślą"
    shown = [repr(Address(postgres.settings(name, password=secret)))]
    with pytest.raises(BadState) as caught:
        if failure == "login":
            open_ledger(tmp_path / "state", postgres.settings(name, password=secret))
        else:
            secret = database.password.reveal()
            with open_ledger(tmp_path / "state", database) as ledger:
                shown += [repr(ledger._backend.writer), repr(ledger._backend.writer.url), str(vars(ledger))]
                postgres.stop()
                try:
                    if failure == "stopped":
                        count_lists(ledger)
                    with ledger.lane_lock(1, lane=0):
                        pass
                finally:
                    postgres.start()
    shown += [str(caught.value), repr(caught.value), "".join(traceback.format_exception(caught.value))]
    for words in shown:
        assert secret not in words
        assert Secret(secret).reveal() not in words


def test_password_is_hidden_when_the_server_repeats_it(database):
    address = Address(DatabaseSettings(url=database.url, password=Secret("sesame")))
    with pytest.raises(Away) as caught, in_words(address):
        raise psycopg.OperationalError("connection failed: you said sesame")
    assert "sesame" not in str(caught.value)


def test_frozen_writer_is_thrown_out_when_others_wait(postgres, server_ledger, now):
    """The server ends a transaction in which nothing happens, so that a stopped process blocks nobody."""
    with pytest.raises(Away), server_ledger.write() as connection:
        assert connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar() == "3min"
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 50")
        session = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        give_up = time.monotonic() + 10
        while postgres.sql(f"SELECT 1 FROM pg_stat_activity WHERE pid = {session}"):
            assert time.monotonic() < give_up
            time.sleep(0.01)
        with server_ledger.write() as other:
            add_list(other, "UPR Trax", now)
        connection.exec_driver_sql("SELECT 1")
    assert count_lists(server_ledger) == 1
