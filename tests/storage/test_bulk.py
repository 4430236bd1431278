import pytest
from sqlalchemy import select

from trax_mailer.storage import schema
from trax_mailer.storage.bulk import insert_rows

ODD = [
    "",
    "plain",
    "back\\slash",
    "tab\tand\nnew\rline\r\n",
    "\\N",
    "\\.",
    "%s %d",
    "Ștefan 😀",
    "q\"uo'te",
    "a\\\tb",
]


def _insert(ledger, names, now):
    at = f"{now:%Y-%m-%d %H:%M:%S.%f}" + ("+00" if ledger.kind == "postgresql" else "")
    rows = [(number, f"{number}@example.org", name, name) for number, name in names]
    constants = {"email": "constant\\ \t100 %", "fields": '{"a":"\\\\"}', "created_at": at}
    with ledger.write() as connection:
        insert_rows(connection, schema.subscriber, ("id", "address", "name", "language"), rows, **constants)


def test_every_sign_comes_back_when_written_in_bulk(ledger, now):
    # Some pieces hold odd signs, some none; the last is shorter than a statement's rows.
    names = [(number, ODD[number % len(ODD)] if number > 1500 else "Ana") for number in range(1, 2224)]
    _insert(ledger, names, now)
    with ledger.read() as connection:
        found = connection.execute(select(schema.subscriber).order_by(schema.subscriber.c.id)).all()
    assert [(row.id, row.name) for row in found] == names
    assert all(row.language == row.name for row in found)
    assert {(row.email, row.fields["a"], row.created_at) for row in found} == {
        ("constant\\ \t100 %", "\\", now)
    }


@pytest.mark.postgres
def test_nul_becomes_a_sign_that_postgresql_holds_when_written_in_bulk(server_ledger, now):
    _insert(server_ledger, [(1, "A\x00na")], now)
    with server_ledger.read() as connection:
        assert connection.scalar(select(schema.subscriber.c.name)) == "A\ufffdna"
