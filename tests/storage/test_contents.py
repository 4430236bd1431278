import threading

import pytest
from sqlalchemy import insert, select

from storage.whole import NOW, everything_in, fill_every_table
from trax_mailer.storage import open_ledger, schema
from trax_mailer.storage.contents import (
    empty_tables,
    high_water,
    highest_ids,
    holds_anything,
    leave_gap,
    lock_out_writers,
    raise_ids,
)


def _new_list(connection, name):
    made = insert(schema.mailing_list).values(name=name, created_at=NOW).returning(schema.mailing_list.c.id)
    return connection.execute(made).scalar_one()


def test_ledger_holds_nothing_when_it_is_new(ledger):
    with ledger.read() as connection:
        assert not holds_anything(connection)
        assert set(highest_ids(connection).values()) == {0}


@pytest.mark.parametrize("table", ["list", "suppression", "edition"])
def test_ledger_holds_something_when_one_table_does(ledger, table):
    values = {
        "list": {"name": "x", "created_at": NOW},
        "suppression": {"address": "x", "reason": "staff", "since": NOW, "source": ""},
        "edition": {"hash": "x", "content": "", "created_at": NOW},
    }[table]
    with ledger.write() as connection:
        connection.execute(insert(schema.metadata.tables[table]).values(values))
    with ledger.read() as connection:
        assert holds_anything(connection)


def test_nothing_is_left_and_ids_go_on_when_emptied(ledger):
    fill_every_table(ledger)
    with ledger.write() as connection:
        lock_out_writers(connection)
        empty_tables(connection)
    assert not any(everything_in(ledger).values())
    with ledger.write() as connection:
        assert _new_list(connection, "new") == 2


def test_ids_are_raised_and_never_lowered_when_set(ledger):
    with ledger.write() as connection:
        raise_ids(connection, {"list": 500})
        raise_ids(connection, {"list": 7})
        assert _new_list(connection, "new") == 501


@pytest.mark.parametrize(
    ("given", "first"), [(0, 2_000_001), (38, 2_000_001), (999_999, 2_000_001), (1_000_000, 3_000_001)]
)
def test_gap_is_a_million_at_least_when_left(ledger, given, first):
    with ledger.write() as connection:
        leave_gap(connection, {"list": given})
        assert _new_list(connection, "new") == first


def test_high_water_tells_when_anything_was_written(ledger):
    fill_every_table(ledger)
    with ledger.read() as connection:
        before = high_water(connection)
        assert high_water(connection) == before
    with ledger.write() as connection:
        connection.execute(schema.delivery.update().values(changed_at=NOW.replace(microsecond=121)))
    with ledger.read() as connection:
        assert high_water(connection) != before


def test_other_writers_wait_when_they_are_locked_out(server_ledger, state, server_place):
    with server_ledger.write() as connection:
        lock_out_writers(connection)
        done = threading.Event()
        names = []

        def write_beside():
            with open_ledger(state, server_place) as other, other.write(alone=False) as beside:
                names.extend(beside.scalars(select(schema.mailing_list.c.name)))
                _new_list(beside, "beside")
            done.set()

        thread = threading.Thread(target=write_beside)
        thread.start()
        assert not done.wait(0.5)
        with server_ledger.read() as reading:
            assert reading.scalars(select(schema.mailing_list.c.name)).all() == []
        _new_list(connection, "first")
    thread.join(30)
    assert done.is_set()
