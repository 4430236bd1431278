import pytest
from sqlalchemy import delete, insert, text

from storage.conftest import KINDS
from storage.whole import MORE, NOW, ODD, everything_in, fill_every_table
from trax_mailer.errors import BadState
from trax_mailer.storage import copying, open_ledger, schema
from trax_mailer.storage.contents import highest_ids
from trax_mailer.storage.copying import copy_rows


@pytest.fixture(params=KINDS)
def target(request, tmp_path):
    """An empty ledger to copy into, on each database."""
    settings = None
    if request.param == "postgresql":
        postgres = request.getfixturevalue("postgres")
        settings = postgres.new_database()
    with open_ledger(tmp_path / "target", settings) as opened:
        yield opened
    if settings:
        postgres.drop_database(settings.url.rsplit("/", 1)[1])


def _copy(source, target, **more):
    with source.read() as reading, target.write() as writing:
        return copy_rows(reading, writing, **more)


def test_every_row_is_the_same_when_copied_to_any_database(ledger, target):
    fill_every_table(ledger, readers=MORE)
    seen = []
    counts = _copy(ledger, target, progress=lambda done, total: seen.append((done, total)))
    assert everything_in(target) == everything_in(ledger)
    assert set(counts) == set(schema.metadata.tables)
    assert all(counts.values())
    assert counts["subscriber"] == MORE
    assert seen[0] == (0, sum(counts.values()))
    assert seen[-1] == (sum(counts.values()), sum(counts.values()))


def test_ids_of_deleted_rows_are_not_given_again_when_copied(ledger, target):
    fill_every_table(ledger)
    with ledger.write() as connection:
        connection.execute(delete(schema.subscriber).where(schema.subscriber.c.id == 3))
    _copy(ledger, target)
    with target.write() as connection:
        row = {"address": "new", "email": "new", "name": "", "language": "", "fields": {}, "created_at": NOW}
        made = insert(schema.subscriber).values(row).returning(schema.subscriber.c.id)
        assert connection.execute(made).scalar_one() == 4
        assert highest_ids(connection)["mailing"] == 2


def test_snapshot_is_copied_when_others_write_meanwhile(ledger, target):
    fill_every_table(ledger)
    before = everything_in(ledger)
    with ledger.read() as reading, target.write() as writing:
        reading.execute(text("SELECT count(*) FROM subscriber"))
        with ledger.write() as other:
            other.execute(insert(schema.mailing_list).values(name="later", created_at=NOW))
        copy_rows(reading, writing)
    assert everything_in(target) == before


def test_words_say_which_table_when_a_row_does_not_fit(file_ledger, server_ledger):
    fill_every_table(file_ledger)
    with file_ledger.write() as connection:
        connection.execute(text("UPDATE subscriber SET language = :long"), {"long": "x" * 40})
    with pytest.raises(BadState, match=r"table “subscriber”.*too long") as caught:
        _copy(file_ledger, server_ledger)
    assert "reader1" not in str(caught.value)
    assert not any(everything_in(server_ledger).values())


@pytest.mark.postgres
def test_nothing_is_kept_when_a_subscription_is_of_nobody(server_ledger, target):
    """As a backup meets it: whoever owns the tables may have switched the triggers off."""
    fill_every_table(server_ledger)
    with server_ledger.write() as connection:
        connection.execute(text("ALTER TABLE subscription DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE subscription SET act_id = 99"))
        connection.execute(text("ALTER TABLE subscription ENABLE TRIGGER USER"))
    with pytest.raises(BadState, match="table “subscription”"):
        _copy(server_ledger, target)
    assert not any(everything_in(target).values())


def test_forbidden_sign_is_replaced_when_the_server_cannot_hold_it(file_ledger, server_ledger):
    fill_every_table(file_ledger)
    with file_ledger.write() as connection:
        connection.execute(schema.mailing_list.update().values(name="a\x00b"))
    _copy(file_ledger, server_ledger)
    assert everything_in(server_ledger)["list"][0][1] == "a\ufffdb"
    assert everything_in(server_ledger)["subscriber"][0][3] == ODD


def test_nothing_is_kept_when_a_row_goes_missing(file_ledger, tmp_path, monkeypatch):
    fill_every_table(file_ledger)
    write = copying._write
    monkeypatch.setattr(copying, "_write", lambda to, table, rows: write(to, table, rows[:1]))
    with open_ledger(tmp_path / "target") as target:
        with pytest.raises(BadState, match="subscriber: 1 of 3"):
            _copy(file_ledger, target)
        assert not any(everything_in(target).values())
