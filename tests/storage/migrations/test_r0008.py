import pytest
from sqlalchemy import create_engine

from storage.migrations.test_r0002 import _connect
from trax_mailer.storage.migrations import migrate

ACT = (
    'INSERT INTO act (id, kind, at, "by", source, words, details) '
    "VALUES ({}, '{}', '2026-01-05 09:30:00+00:00', '', '', '{}', '{{}}')"
)


@pytest.fixture(params=[False, pytest.param(True, marks=pytest.mark.postgres)], ids=["file", "server"])
def engine(request, tmp_path):
    if request.param:
        database = request.getfixturevalue("database")
        made = create_engine("postgresql+psycopg://", creator=lambda: _connect(database))
    else:
        made = create_engine(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield made
    made.dispose()


def test_who_left_by_mail_is_told_from_who_pressed_a_button_when_a_ledger_is_upgraded(engine):
    with engine.begin() as connection:
        migrate(connection, to="0004")
        connection.exec_driver_sql(ACT.format(1, "one-click", "asked by mail to leave"))
        connection.exec_driver_sql(ACT.format(2, "one-click", ""))
        migrate(connection)
        connection.exec_driver_sql(ACT.format(3, "mail", ""))
        kinds = connection.exec_driver_sql("SELECT kind FROM act ORDER BY id").scalars().all()
    assert kinds == ["mail", "one-click", "mail"]
