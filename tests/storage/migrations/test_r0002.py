import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import create_engine, insert, select, text

from storage.migrations.old_ledger import NUMBERS, ROWS, STILL_THERE, fill, old_file, old_rows
from trax_mailer.errors import BadState
from trax_mailer.model.mailing import AudienceKind
from trax_mailer.storage import open_ledger, schema
from trax_mailer.storage.mailing_states import state_of
from trax_mailer.storage.migrations import NEWEST, migrate

DIES = """
import os, signal, sys
from pathlib import Path
from trax_mailer.storage import open_ledger, upgrade
whole = upgrade.migrate
def die(connection):
    whole(connection)
    os.kill(os.getpid(), signal.SIGKILL)
upgrade.migrate = die
open_ledger(Path(sys.argv[1]))
"""


def _dump(file):
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as raw:
        return list(raw.iterdump())


def test_no_row_is_lost_when_an_old_file_is_upgraded(state):
    old_file(state)
    with open_ledger(state) as ledger, ledger.read() as connection:
        assert old_rows(connection) == STILL_THERE
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == NEWEST
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_what_was_not_known_has_its_default_when_an_old_file_is_upgraded(state):
    old_file(state)
    with open_ledger(state) as ledger, ledger.read() as connection:
        mailing = connection.execute(select(schema.mailing)).mappings().first()
        assert mailing["not_before"] is None
        assert mailing["audience"] is AudienceKind.EVERYBODY
        assert (mailing["lanes"], mailing["batch_size"]) == (1, 1000)
        assert set(connection.execute(select(schema.batch.c.number, schema.batch.c.transport)).all()) == {
            (0, "none")
        }
        assert set(connection.scalars(select(schema.delivery.c.tries))) == {0}


def test_ids_of_deleted_rows_are_not_given_again_when_an_old_file_is_upgraded(state, now):
    old_file(state)
    with open_ledger(state) as ledger, ledger.write() as connection:
        numbers = dict(connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence").all())
        assert {name: numbers.get(name) for name in NUMBERS} == NUMBERS
        assert set(numbers) <= set(schema.metadata.tables)
        row = {**ROWS["mailing"][0], "created_at": now, "started_at": now, "envelope": {}, "proof": None}
        del row["id"]
        made = connection.execute(insert(schema.mailing).values(row).returning(schema.mailing.c.id))
        assert made.scalar_one() == NUMBERS["mailing"] + 1


def test_upgraded_file_keeps_its_rules_when_they_are_broken(state):
    old_file(state)
    with open_ledger(state) as ledger:
        for statement in (
            "UPDATE mailing SET state = 'lost'",
            "UPDATE mailing SET audience = 'nobody'",
            "UPDATE delivery SET outcome = 'lost'",
            "UPDATE delivery SET mailing_id = 99 WHERE handover = 'accepted'",
            "DELETE FROM mailing",
        ):
            with pytest.raises(Exception, match="constraint failed"), ledger.write() as connection:
                connection.exec_driver_sql(statement)
        with ledger.write() as connection:
            connection.exec_driver_sql("UPDATE mailing SET state = 'scheduled'")
            connection.exec_driver_sql("UPDATE delivery SET outcome = 'blocked'")


def test_upgraded_file_uses_its_index_when_unfinished_deliveries_are_sought(state):
    old_file(state)
    with open_ledger(state) as ledger, ledger.read() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT count(*) FROM delivery "
            "WHERE mailing_id = 2 AND handover = 'uncertain' AND handover != 'accepted'"
        ).all()
    assert "ix_delivery_not_accepted" in str(plan)


def test_old_file_stays_whole_when_its_upgrade_is_killed(state):
    old_file(state)
    before = _dump(state / "ledger.db")
    killed = subprocess.run([sys.executable, "-c", DIES, str(state)], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert _dump(state / "ledger.db") == before
    with open_ledger(state) as ledger, ledger.read() as connection:
        assert old_rows(connection) == STILL_THERE


def test_old_file_is_left_as_it_was_when_its_rows_refer_to_none(state):
    old_file(state)
    with closing(sqlite3.connect(state / "ledger.db", isolation_level=None)) as raw:
        raw.execute("UPDATE delivery SET subscriber_id = 99 WHERE subscriber_id = 5")
    before = _dump(state / "ledger.db")
    with pytest.raises(BadState, match="damaged"):
        open_ledger(state)
    assert _dump(state / "ledger.db") == before


@pytest.mark.postgres
def test_no_row_is_lost_when_old_tables_are_upgraded_on_a_server(postgres, database, state, now):
    engine = create_engine("postgresql+psycopg://", creator=lambda: _connect(database))
    with engine.begin() as connection:
        migrate(connection, to="0001")
        fill(connection)
        connection.execute(text("SELECT setval('mailing_id_seq', 11)"))
        before = old_rows(connection)
    engine.dispose()
    with open_ledger(state, database) as ledger, ledger.write() as connection:
        assert old_rows(connection) == before
        assert state_of(connection, 2) == "paused"
        row = {**ROWS["mailing"][0], "created_at": now, "started_at": now, "envelope": {}, "proof": None}
        del row["id"]
        made = connection.execute(insert(schema.mailing).values(row).returning(schema.mailing.c.id))
        assert made.scalar_one() == 12


def _connect(database):
    return psycopg.connect(database.url, password=database.password.reveal())


def test_rows_of_the_old_ledger_are_in_every_table_when_they_are_counted():
    assert all(ROWS.values())
