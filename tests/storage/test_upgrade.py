import sqlite3

import pytest

from storage.migrations.old_ledger import old_file
from storage.writing import process
from trax_mailer.errors import BadState
from trax_mailer.storage import open_ledger
from trax_mailer.storage import upgrade as upgrade_module
from trax_mailer.storage.making import make_tables

SAY_WHETHER_LOADED = """
ledger.close()
print("alembic" in sys.modules)
"""


def test_alembic_is_loaded_only_when_a_migration_is_due(state):
    old_file(state)
    answers = []
    for place in (state, state, state.with_name("new")):
        with process(SAY_WHETHER_LOADED, place, None) as opening:
            answers.append(opening.communicate(timeout=60)[0].strip())
    assert answers == ["True", "False", "False"]


def test_nothing_is_half_made_when_making_the_tables_fails(state, monkeypatch):
    def fail(connection):
        make_tables(connection)
        raise RuntimeError("the power went")

    monkeypatch.setattr(upgrade_module, "make_tables", fail)
    with pytest.raises(RuntimeError):
        open_ledger(state)
    raw = sqlite3.connect(state / "ledger.db")
    assert raw.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    raw.close()
    monkeypatch.undo()
    open_ledger(state).close()


def test_ledger_is_refused_when_a_newer_version_wrote_it(ledger, state, place):
    with ledger.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(BadState, match="newer version of trax"):
        open_ledger(state, place)
