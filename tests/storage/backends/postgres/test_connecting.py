import datetime as dt
import subprocess
import sys

import pytest
from sqlalchemy import insert, select

from trax_mailer.settings import DatabaseSettings
from trax_mailer.storage import open_ledger, schema
from trax_mailer.storage.backends.postgres.connecting import Address

WITHOUT_DRIVER = """
import sys
from pathlib import Path
sys.modules["psycopg"] = None
from trax_mailer.errors import BadState
from trax_mailer.settings import DatabaseSettings
from trax_mailer.storage import open_ledger
try:
    open_ledger(Path(sys.argv[1]), DatabaseSettings(url="postgresql://trax@127.0.0.1/trax"))
except BadState as error:
    print(error.advice)
"""
WITHOUT_SERVER = """
import sys
from pathlib import Path
from trax_mailer.storage import open_ledger, open_ring
with open_ledger(Path(sys.argv[1])) as ledger:
    open_ring(ledger)
print("psycopg" in sys.modules)
"""


def _run(program, state):
    done = subprocess.run(
        [sys.executable, "-c", program, str(state)], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


def test_words_say_what_to_install_when_the_driver_is_missing(tmp_path):
    assert _run(WITHOUT_DRIVER, tmp_path / "state") == "Install it with: pip install trax-mailer[postgres]"


def test_driver_is_not_loaded_when_the_ledger_is_a_file(tmp_path):
    assert _run(WITHOUT_SERVER, tmp_path / "state") == "False"


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("postgresql://trax@db.example.org:5433/letters?sslmode=require", "“letters” on db.example.org"),
        ("postgresql:///letters?host=/run/postgresql", "“letters” on /run/postgresql"),
        ("postgresql://trax@%2Frun%2Fpostgresql/letters", "“letters” on /run/postgresql"),
        ("postgresql:///letters", "“letters” on this machine"),
    ],
)
def test_place_is_named_when_an_address_is_read(url, where):
    assert Address(DatabaseSettings(url=url)).where == where


def test_address_decides_when_it_gives_a_time_out():
    given = {}
    Address(DatabaseSettings(url="postgresql://h/letters?connect_timeout=3")).fill_in(None, None, (), given)
    assert given["connect_timeout"] == "3"
    assert given["keepalives_idle"] == "5"
    assert "password" not in given


@pytest.mark.postgres
def test_commits_are_durable_when_the_role_was_set_otherwise(postgres, database, tmp_path):
    name = database.url.rsplit("/", 1)[1]
    for setting in ("synchronous_commit = off", "timezone = 'Asia/Tokyo'", "datestyle = 'German'"):
        postgres.sql(f"ALTER DATABASE {name} SET {setting}")
    with open_ledger(tmp_path / "state", database) as ledger, ledger.write() as connection:
        said = {
            setting: connection.exec_driver_sql(f"SHOW {setting}").scalar()
            for setting in (
                "synchronous_commit",
                "lock_timeout",
                "statement_timeout",
                "transaction_isolation",
            )
        }
        assert abs(ledger.clock(connection) - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)
    assert said == {
        "synchronous_commit": "on",
        "lock_timeout": "30s",
        "statement_timeout": "15min",
        "transaction_isolation": "read committed",
    }


@pytest.mark.postgres
def test_text_is_kept_when_it_holds_what_the_server_cannot(server_ledger, now):
    with server_ledger.write() as connection:
        connection.execute(
            insert(schema.suppression).values(
                address="ana@example.org", reason="staff", since=now, source="550\x00 no “Țurcanu” 🙂"
            )
        )
    with server_ledger.read() as connection:
        assert connection.scalar(select(schema.suppression.c.source)) == "550\ufffd no “Țurcanu” 🙂"


@pytest.mark.postgres
def test_connections_are_few_when_many_threads_have_worked(postgres, server_ledger, server_place):
    for _ in range(30):
        with server_ledger.read() as connection:
            connection.exec_driver_sql("SELECT 1")
    name = server_place.url.rsplit("/", 1)[1]
    [(count,)] = postgres.sql(f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'")
    assert count == 1


@pytest.mark.postgres
def test_password_may_stand_in_a_file_when_none_is_given(postgres, server_place, tmp_path, monkeypatch):
    password = server_place.password.reveal().replace("\\", "\\\\").replace(":", "\\:")
    (tmp_path / "passwords").write_text(f"127.0.0.1:{postgres.port}:*:trax:{password}\n")
    (tmp_path / "passwords").chmod(0o600)
    program = WITHOUT_DRIVER.replace('sys.modules["psycopg"] = None', "")
    program = program.replace("postgresql://trax@127.0.0.1/trax", server_place.url)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "passwords"))
    assert _run(program + "else:\n    print('in')\n", tmp_path / "state") == "in"
