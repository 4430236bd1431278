import sqlite3
import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from trax_mailer.errors import BadState
from trax_mailer.storage import open_ledger, schema
from trax_mailer.storage import upgrade as upgrade_module
from trax_mailer.storage.migrations import FOLDER, KNOWN, NEWEST, migrate

OPEN_AND_CLOSE = """
import sys
from pathlib import Path
from trax_mailer.storage import open_ledger
open_ledger(Path(sys.argv[1])).close()
print("alembic" in sys.modules)
"""


def _checks(engine):
    seen = inspect(engine)
    return {
        table: sorted(
            (check["name"], check["sqltext"].replace(f"{table}.", ""))
            for check in seen.get_check_constraints(table)
        )
        for table in schema.metadata.tables
    }


def test_migrations_make_the_schema_when_all_are_run():
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        migrate(connection)
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()


def test_migrations_keep_the_rules_of_the_schema_when_compared_by_their_sql():
    migrated, direct = create_engine("sqlite://"), create_engine("sqlite://")
    with migrated.begin() as connection:
        migrate(connection)
    schema.metadata.create_all(direct)
    assert _checks(migrated) == _checks(direct)
    assert sum(map(len, _checks(direct).values())) == 8
    for table in schema.metadata.tables:
        kinds = [
            [
                (column["name"], str(column["type"]), column["nullable"])
                for column in inspect(one).get_columns(table)
            ]
            for one in (migrated, direct)
        ]
        assert kinds[0] == kinds[1]
    options = []
    for one in (migrated, direct):
        with one.connect() as connection:
            rows = connection.exec_driver_sql(
                "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
            ).all()
        options.append({name: ("AUTOINCREMENT" in sql, "WITHOUT ROWID" in sql) for name, sql in rows if sql})
        one.dispose()
    options[0].pop("alembic_version")
    assert options[0] == options[1]


def test_known_revisions_are_those_in_the_folder_when_listed():
    scripts = ScriptDirectory(str(FOLDER))
    assert tuple(script.revision for script in reversed(list(scripts.walk_revisions()))) == KNOWN
    assert scripts.get_current_head() == NEWEST


def test_alembic_is_loaded_only_when_a_migration_is_due(state):
    answers = [
        subprocess.run(
            [sys.executable, "-c", OPEN_AND_CLOSE, str(state)],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout.strip()
        for _ in range(2)
    ]
    assert answers == ["True", "False"]


def test_nothing_is_half_made_when_a_migration_fails(state, monkeypatch):
    def fail(connection):
        migrate(connection)
        raise RuntimeError("the power went")

    monkeypatch.setattr(upgrade_module, "migrate", fail)
    with pytest.raises(RuntimeError):
        open_ledger(state)
    raw = sqlite3.connect(state / "ledger.db")
    assert raw.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    raw.close()
    monkeypatch.undo()
    open_ledger(state).close()


def test_ledger_is_refused_when_a_newer_version_wrote_it(ledger, state):
    with ledger.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(BadState, match="newer version of trax"):
        open_ledger(state)
