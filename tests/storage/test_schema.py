import datetime as dt

import pytest
from sqlalchemy import insert, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.schema import CreateIndex, CreateTable

from trax_mailer.model.subscriber import SuppressionReason
from trax_mailer.storage import schema


def _suppress(connection, **changed):
    values = {"address": "ana@example.org", "reason": SuppressionReason.STAFF, "source": "test"}
    connection.execute(insert(schema.suppression).values(values | changed))


def test_times_come_back_in_utc_when_stored_in_another_zone(ledger):
    geneva = dt.timezone(dt.timedelta(hours=1))
    written = dt.datetime(2015, 12, 31, 23, 30, 0, 123456, tzinfo=geneva)
    with ledger.write() as connection:
        _suppress(connection, since=written)
    with ledger.read() as connection:
        row = connection.execute(select(schema.suppression)).one()
    assert row.since == written
    assert row.since.tzinfo is dt.UTC
    assert row.reason is SuppressionReason.STAFF


def test_times_sort_as_text_when_stored_in_a_file(file_ledger):
    with file_ledger.write() as connection:
        _suppress(connection, since=dt.datetime(2015, 12, 31, 22, 30, 0, 123456, tzinfo=dt.UTC))
        stored = connection.exec_driver_sql("SELECT since FROM suppression").scalar()
    assert stored == "2015-12-31 22:30:00.123456"


def test_time_is_refused_when_it_has_no_zone(ledger):
    with pytest.raises(StatementError, match="without a zone"), ledger.write() as connection:
        _suppress(connection, since=dt.datetime(2015, 12, 31))  # noqa: DTZ001 - the mistake itself


def test_state_is_refused_when_it_is_none_of_its_kind(ledger, now):
    with pytest.raises(IntegrityError), ledger.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO suppression (address, reason, since, source) VALUES ('a', 'whim', '2015-12-31', '')"
        )


def test_ids_are_never_given_twice_when_the_last_row_is_gone(ledger, now):
    with ledger.write() as connection:
        for name in ("one", "two"):
            connection.execute(insert(schema.mailing_list).values(name=name, created_at=now))
        connection.exec_driver_sql("DELETE FROM list WHERE name = 'two'")
        connection.execute(insert(schema.mailing_list).values(name="three", created_at=now))
        ids = connection.exec_driver_sql("SELECT id FROM list ORDER BY id").scalars().all()
    assert ids == [1, 3]


def test_every_table_can_be_written_for_postgresql_when_compiled():
    dialect = postgresql.dialect()
    for table in schema.metadata.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            assert "CREATE INDEX" in str(CreateIndex(index).compile(dialect=dialect))
