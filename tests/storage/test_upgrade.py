import sqlite3

import pytest

from storage.writing import process
from trax_mailer.errors import BadState
from trax_mailer.storage import open_ledger
from trax_mailer.storage import upgrade as upgrade_module
from trax_mailer.storage.migrations import migrate

SAY_WHETHER_LOADED = """
ledger.close()
print("alembic" in sys.modules)
"""


def test_alembic_is_loaded_only_when_a_migration_is_due(state, empty_place):
    answers = []
    for _ in range(2):
        with process(SAY_WHETHER_LOADED, state, empty_place) as opening:
            answers.append(opening.communicate(timeout=60)[0].strip())
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


def test_ledger_is_refused_when_a_newer_version_wrote_it(ledger, state, place):
    with ledger.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(BadState, match="newer version of trax"):
        open_ledger(state, place)
