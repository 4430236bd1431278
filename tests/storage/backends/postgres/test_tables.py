import pytest

from storage.writing import count_lists
from trax_mailer.errors import BadState
from trax_mailer.storage import open_ledger
from trax_mailer.storage.backends.postgres import tables
from trax_mailer.storage.making import make_tables
from trax_mailer.storage.migrations import NEWEST

pytestmark = pytest.mark.postgres


def _name(database):
    return database.url.rsplit("/", 1)[1]


@pytest.mark.parametrize(
    "tables",
    [
        ["CREATE TABLE bookmarks (url text)"],
        ["CREATE TABLE alembic_version (version_num text)", "INSERT INTO alembic_version VALUES ('0001')"],
        ["CREATE TABLE delivery (id int)", "CREATE TABLE mailing (id int)"],
    ],
)
def test_database_is_refused_and_kept_when_it_is_another_programs(postgres, database, tmp_path, tables):
    name = _name(database)
    for statement in tables:
        postgres.sql("SET ROLE trax; SET search_path = public; " + statement, database=name)
    with pytest.raises(BadState, match="another program"):
        open_ledger(tmp_path / "state", database)
    made = postgres.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", database=name)
    assert made == [(sum(statement.startswith("CREATE") for statement in tables),)]


def test_tables_of_the_job_queue_may_stand_there_when_the_ledger_is_made(postgres, database, tmp_path):
    postgres.sql("CREATE TABLE public.procrastinate_jobs (id int)", database=_name(database))
    for _ in range(2):
        with open_ledger(tmp_path / "state", database) as ledger:
            assert count_lists(ledger) == 0


def test_database_is_refused_when_it_cannot_hold_every_name(postgres, tmp_path):
    latin = postgres.new_database(encoding="LATIN1")
    with pytest.raises(BadState, match="LATIN1"):
        open_ledger(tmp_path / "state", latin)
    postgres.drop_database(_name(latin))


def test_database_is_refused_when_it_has_no_schema(postgres, database, tmp_path):
    postgres.sql("DROP SCHEMA public", database=_name(database))
    with pytest.raises(BadState, match="no schema") as caught:
        open_ledger(tmp_path / "state", database)
    assert "CREATE SCHEMA" in caught.value.advice


def test_server_is_refused_when_it_is_too_old(database, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "OLDEST_SERVER", 99)
    with pytest.raises(BadState, match=r"is on PostgreSQL \d\d\.") as caught:
        open_ledger(tmp_path / "state", database)
    assert "99 or newer" in caught.value.advice


def test_nothing_is_half_made_when_making_the_tables_fails(postgres, database, tmp_path, monkeypatch):
    def fail(connection):
        make_tables(connection)
        raise RuntimeError("the power went")

    monkeypatch.setattr(tables, "make_tables", fail)
    with pytest.raises(RuntimeError):
        open_ledger(tmp_path / "state", database)
    made = postgres.sql(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'", database=_name(database)
    )
    assert made == []
    monkeypatch.undo()
    with open_ledger(tmp_path / "state", database) as ledger, ledger.read() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == NEWEST


def test_state_directory_holds_no_database_when_the_ledger_is_on_a_server(server_ledger, state):
    with server_ledger.lane_lock(7, lane=0):
        assert list(state.iterdir()) == []
