"""What readers asked for after a backup was made holds when it is restored."""

import pytest
from sqlalchemy import func, insert, select

from delivery.mailings import NOW, address, fill_list, fill_more, new_mailing, unsubscribe
from trax_mailer.audience import find_subscriber
from trax_mailer.audience.erasing import erase_reader, erased_among, forget_erasure
from trax_mailer.audience.holding import holding_of
from trax_mailer.audience.moving import move_address
from trax_mailer.delivery import resume
from trax_mailer.model.act import Act, ActKind
from trax_mailer.storage import open_ring, schema
from trax_mailer.storage.subscribers import stored_reader
from trax_mailer.workflows.backup import make_backup
from trax_mailer.workflows.keys import rotate_keys
from trax_mailer.workflows.restore import restore_backup
from workflows.moving import at, everybody, ledger_of, standings, work

ACT = Act(kind=ActKind.PAGE, at=NOW)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request, workspace, tmp_path):
    """The workspace with five readers on a list."""
    on_server = request.param == "postgresql"
    made = at(workspace, tmp_path / "state", request.getfixturevalue("server_place") if on_server else None)
    with ledger_of(made) as ledger:
        fill_list(ledger, "everyone", readers=5)
        open_ring(ledger)
    return made


@pytest.fixture
def file(place, tmp_path):
    return make_backup(place, tmp_path / "b.tar.gz", force=True).file


def _restore(place, file):
    return restore_backup(place, file, replace=True).lessons


def _mailed(ledger):
    return work(ledger, resume(ledger, new_mailing(ledger).id, now=NOW).id)


def _erase(ledger, number):
    reader = find_subscriber(ledger, address(number))
    assert erase_reader(ledger, open_ring(ledger), reader.id, act=ACT)


def test_erased_reader_does_not_come_back_when_the_backup_has_them(place, file):
    with ledger_of(place) as ledger:
        _erase(ledger, 2)
    rotate_keys(place)
    lessons = _restore(place, file)
    assert (lessons.erased, lessons.newcomers) == (1, 0)
    with ledger_of(place) as ledger:
        assert holding_of(ledger, 2) is None
        with ledger.read() as connection:
            assert stored_reader(connection, 2).address == "erased:2"
            assert erased_among(connection, open_ring(ledger), [address(2)]) == {address(2)}
        assert _mailed(ledger) == [one for one in everybody(5) if one != address(2)]


def test_erased_newcomer_is_known_by_hash_when_the_backup_never_had_them(place, file):
    with ledger_of(place) as ledger:
        fill_more(ledger, "everyone", first=6, last=6)
        _erase(ledger, 6)
    lessons = _restore(place, file)
    assert (lessons.erased, lessons.newcomers) == (0, 0)
    with ledger_of(place) as ledger, ledger.read() as connection:
        assert erased_among(connection, open_ring(ledger), [address(6)]) == {address(6)}


def test_reader_is_erased_by_address_when_the_ledgers_numbered_them_otherwise(place, file):
    with ledger_of(place) as ledger, ledger.write() as connection:
        connection.execute(
            schema.subscriber.update()
            .where(schema.subscriber.c.id == 3)
            .values(created_at=NOW.replace(year=2001))
        )
    with ledger_of(place) as ledger:
        _erase(ledger, 3)
    assert _restore(place, file).erased == 1
    with ledger_of(place) as ledger:
        assert find_subscriber(ledger, address(3)) is None


def test_what_was_held_before_stays_erased_when_the_reader_came_back_since(place, file):
    with ledger_of(place) as ledger:
        _erase(ledger, 2)
        with ledger.write() as connection:
            assert forget_erasure(connection, open_ring(ledger), address(2))
        fill_more(ledger, "everyone", first=2, last=2)
    assert _restore(place, file).erased == 1
    with ledger_of(place) as ledger:
        assert find_subscriber(ledger, address(2)) is None
        with ledger.read() as connection:
            assert erased_among(connection, open_ring(ledger), [address(2)]) == set()


def test_moved_reader_who_left_is_not_mailed_when_the_backup_has_the_old_address(place, file):
    with ledger_of(place) as ledger:
        ring = open_ring(ledger)
        for number, to in ((1, "one@new.example"), (2, "two@new.example"), (3, "three@new.example")):
            move_address(ledger, ring, number, to, act=ACT)
        with ledger.write() as connection:
            connection.execute(
                schema.subscription.update()
                .where(schema.subscription.c.subscriber_id == 1)
                .values(state="unsubscribed")
            )
        erase_reader(ledger, ring, 3, act=ACT)
    lessons = _restore(place, file)
    assert (lessons.moved, lessons.departed, lessons.erased) == (2, 1, 1)
    with ledger_of(place) as ledger:
        assert _mailed(ledger) == [address(4), address(5), "two@new.example"]
        with ledger.read() as connection:
            out = [address(3), "three@new.example"]
            assert erased_among(connection, open_ring(ledger), out) == set(out)


def test_addresses_that_changed_hands_are_right_when_restored(place, file):
    with ledger_of(place) as ledger:
        ring = open_ring(ledger)
        move_address(ledger, ring, 5, "five@new.example", act=ACT)
        with ledger.write() as connection:  # the mailbox was given to reader 1
            connection.execute(schema.suppression.delete())
        move_address(ledger, ring, 1, address(5), act=ACT)
    assert _restore(place, file).moved == 2
    with ledger_of(place) as ledger, ledger.read() as connection:
        assert stored_reader(connection, 1).address == address(5)
        assert stored_reader(connection, 5).address == "five@new.example"


def test_consent_to_tracking_stays_withdrawn_when_the_backup_has_it(place, tmp_path):
    consent = schema.tracking_consent
    with ledger_of(place) as ledger, ledger.write() as connection:
        values = {"list_id": 1, "given_at": NOW, "given_act_id": 1}
        connection.execute(insert(consent), [values | {"subscriber_id": number} for number in (1, 2, 3)])
    file = make_backup(place, tmp_path / "b.tar.gz", force=True).file
    with ledger_of(place) as ledger, ledger.write() as connection:
        gone = consent.update().where(consent.c.subscriber_id == 2)
        connection.execute(gone.values(withdrawn_at=NOW, withdrawn_act_id=1))
        connection.execute(consent.delete().where(consent.c.subscriber_id == 3))
    assert _restore(place, file).untracked == 2
    with ledger_of(place) as ledger, ledger.read() as connection:
        standing = select(consent.c.subscriber_id).where(consent.c.withdrawn_at.is_(None))
        assert connection.scalars(standing).all() == [1]
        causes = select(schema.act.c.kind).join(consent, consent.c.withdrawn_act_id == schema.act.c.id)
        assert set(connection.scalars(causes)) == {ActKind.RESTORE}


def test_providers_lists_are_taken_over_when_seen_since(place, file):
    table = schema.provider_suppression
    with ledger_of(place) as ledger, ledger.write() as connection:
        connection.execute(
            insert(table),
            [
                {
                    "provider": "sendgrid",
                    "list": name,
                    "address": address(4),
                    "since": NOW,
                    "reason": "",
                    "seen_at": NOW,
                }
                for name in ("blocks", "bounces")
            ],
        )
    _restore(place, file)
    with ledger_of(place) as ledger, ledger.read() as connection:
        assert connection.scalar(select(func.count()).select_from(table)) == 2
    _restore(place, file)


def test_who_left_by_an_old_link_stays_out_when_erased_and_restored(place, file):
    with ledger_of(place) as ledger:
        unsubscribe(ledger, 4)
        _erase(ledger, 4)
    assert _restore(place, file).erased == 1
    with ledger_of(place) as ledger:
        assert (address(4), "everyone") not in standings(ledger)
