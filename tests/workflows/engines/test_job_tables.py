import threading

import psycopg
import pytest
from procrastinate.schema import SchemaManager

from trax_mailer.errors import Away, BadState
from trax_mailer.settings import DatabaseSettings
from trax_mailer.storage.backends.postgres.connecting import Address
from trax_mailer.workflows.engines import job_tables
from trax_mailer.workflows.engines.job_tables import bring_jobs_up_to_date

pytestmark = pytest.mark.postgres


@pytest.fixture
def address(database):
    return Address(database)


@pytest.fixture
def connection(database):
    with psycopg.connect(database.url, password=database.password.reveal(), autocommit=True) as connection:
        yield connection


def shape(connection):
    """The tables' columns and the functions, as they stand."""
    columns = connection.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_name LIKE 'procrastinate%' ORDER BY 1, 2"
    ).fetchall()
    functions = connection.execute(
        "SELECT proname FROM pg_proc WHERE proname LIKE 'procrastinate%' ORDER BY 1"
    ).fetchall()
    return columns, functions


def test_tables_are_made_once_when_several_workers_start_together(address, connection):
    errors = []

    def bring():
        try:
            bring_jobs_up_to_date(address)
        except BaseException as error:  # noqa: BLE001 - for the thread that waits
            errors.append(error)

    threads = [threading.Thread(target=bring) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert connection.execute("SELECT count(*) FROM procrastinate_jobs").fetchone() == (0,)


def test_migrations_are_applied_when_the_tables_are_older(address, connection, postgres):
    old = [one for one in job_tables._migrations() if one.stem < "03.02"]
    for migration in old:
        connection.execute(migration.read_text(encoding="utf-8"))
    connection.execute(f"COMMENT ON TABLE procrastinate_jobs IS '{old[-1].stem}'")
    bring_jobs_up_to_date(address)
    fresh = postgres.new_database()
    bring_jobs_up_to_date(Address(fresh))
    with psycopg.connect(fresh.url, password=fresh.password.reveal()) as other:
        assert shape(connection) == shape(other)
    postgres.drop_database(fresh.url.rsplit("/", 1)[1])


def test_tables_are_left_alone_when_a_newer_version_wrote_them(address, connection):
    connection.execute(SchemaManager.get_schema())
    connection.execute("COMMENT ON TABLE procrastinate_jobs IS '99.00.00_01_from_the_future'")
    with pytest.raises(BadState, match="newer version"):
        bring_jobs_up_to_date(address)


def test_reason_is_told_when_the_role_may_not_make_tables(address, postgres, database):
    name = database.url.rsplit("/", 1)[1]
    postgres.sql("ALTER SCHEMA public OWNER TO postgres", database=name)
    postgres.sql("GRANT USAGE ON SCHEMA public TO trax", database=name)
    with pytest.raises(BadState, match="does not let"):
        bring_jobs_up_to_date(address)


def test_database_is_away_when_nothing_listens():
    with pytest.raises(Away):
        bring_jobs_up_to_date(Address(DatabaseSettings(url="postgresql://trax@127.0.0.1:1/trax")))
