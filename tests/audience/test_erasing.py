import datetime as dt

import pytest
from sqlalchemy import insert, select

from trax_mailer.audience import find_subscriber
from trax_mailer.audience.erasing import erase_reader, erased_among, forget_erasure
from trax_mailer.audience.holding import holding_of
from trax_mailer.audience.moving import move_address
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.subscriber import SuppressionReason
from trax_mailer.storage import open_ring, schema
from trax_mailer.storage.acts import acts_about
from trax_mailer.storage.contents import LEDGER_TABLES
from trax_mailer.storage.suppressions import add_suppression
from trax_mailer.storage.tags import change_tags

ANA = "ana@example.org"


@pytest.fixture
def ring(ledger):
    return open_ring(ledger)


@pytest.fixture
def act(now):
    return Act(kind=ActKind.STAFF, at=now, by="ben", words="asked by letter")


@pytest.fixture
def everything(ledger):
    """The whole ledger as one text, to look for traces in."""

    def text():
        with ledger.read() as connection:
            return "\n".join(
                str(tuple(row)) for table in LEDGER_TABLES for row in connection.execute(select(table))
            ).lower()

    return text


def _fill(ledger, bring, now):
    bring("email,name,role,language\nAna@Example.org,Ana Doe,Diplomat,fr\nben@example.org,,,\n")
    with ledger.write() as connection:
        change_tags(connection, 1, add=["confidant"], remove=[])
        add_suppression(connection, ANA, reason=SuppressionReason.COMPLAINED, source="x", now=now)
        connection.execute(
            insert(schema.provider_suppression).values(
                provider="sendgrid", list="blocks", address=ANA, since=now, reason=f"no {ANA}", seen_at=now
            )
        )
        for who, address in ((1, ANA), (None, "Ana@Example.org")):
            connection.execute(
                insert(schema.notice).values(
                    kind="confirm",
                    state="waiting",
                    address=address,
                    subscriber_id=who,
                    language="fr",
                    data={"to": address},
                    made_at=now,
                    not_before=now,
                )
            )
        connection.execute(
            insert(schema.tracking_consent).values(subscriber_id=1, list_id=1, given_at=now, given_act_id=1)
        )


def test_nothing_of_the_reader_is_left_when_erased(ledger, ring, bring, act, now, everything):
    _fill(ledger, bring, now)
    assert "ana" in everything()
    assert erase_reader(ledger, ring, 1, act=act) is True
    left = everything()
    for trace in ("ana@", "doe", "diplomat", "confidant", "'fr'"):
        assert trace not in left
    assert "ben@example.org" in left
    assert holding_of(ledger, 1) is None
    assert find_subscriber(ledger, ANA) is None


def test_only_the_act_of_erasing_keeps_its_words_when_erased(ledger, ring, bring, act, now):
    bring(f"email\n{ANA}\n")
    move_address(ledger, ring, 1, "ana@new.example", act=Act(kind=ActKind.STAFF, at=now, words="ana wrote"))
    erase_reader(ledger, ring, 1, act=act)
    with ledger.read() as connection:
        moved, erased = acts_about(connection, 1)
    assert (moved.kind, moved.at, moved.words, dict(moved.details)) == (ActKind.STAFF, now, "", {})
    assert (erased.by, erased.words) == ("ben", "asked by letter")


def test_nothing_changes_when_erased_twice_or_nobody_has_the_id(ledger, ring, bring, act, everything):
    bring(f"email\n{ANA}\n")
    assert erase_reader(ledger, ring, 1, act=act) is True
    before = everything()
    assert erase_reader(ledger, ring, 1, act=act) is False
    assert erase_reader(ledger, ring, 99, act=act) is False
    assert everything() == before


def test_address_is_known_as_erased_when_keys_were_rotated_since(ledger, ring, bring, act):
    bring(f"email\n{ANA}\nben@example.org\ncleo@example.org\n")
    erase_reader(ledger, ring, 1, act=act)
    ring.rotate()
    erase_reader(ledger, ring, 2, act=act)
    again = open_ring(ledger)
    keys = [ANA, "ben@example.org", "cleo@example.org", "dan@example.org"]
    with ledger.read() as connection:
        assert erased_among(connection, again, keys) == set(keys[:2])
        assert set(connection.scalars(select(schema.erasure.c.key_id))) == {1, 2}


def test_many_addresses_are_looked_up_when_some_are_erased(ledger, ring, bring, act):
    bring(f"email\n{ANA}\n")
    erase_reader(ledger, ring, 1, act=act)
    keys = [f"reader{number}@example.org" for number in range(1_200)]
    with ledger.read() as connection:
        assert erased_among(connection, ring, [*keys, ANA]) == {ANA}


def test_address_may_come_in_again_when_the_reader_confirms_it(ledger, ring, bring, act):
    bring(f"email\n{ANA}\n")
    erase_reader(ledger, ring, 1, act=act)
    with ledger.write() as connection:
        assert forget_erasure(connection, ring, "ben@example.org") is False
        assert forget_erasure(connection, ring, ANA) is True
        assert forget_erasure(connection, ring, ANA) is False
        assert erased_among(connection, ring, [ANA]) == set()


def test_former_addresses_are_kept_out_by_hash_when_erased(ledger, ring, bring, act, everything, now):
    bring(f"email\n{ANA}\n")
    move_address(ledger, ring, 1, "old@new.example", act=act)
    erase_reader(ledger, ring, 1, act=act)
    assert "example" not in everything().replace("readers.csv", "")
    with ledger.read() as connection:
        assert erased_among(connection, ring, [ANA, "old@new.example"]) == {ANA, "old@new.example"}


def test_time_of_erasure_is_kept_when_erased(ledger, ring, bring, act, now):
    bring(f"email\n{ANA}\n")
    erase_reader(ledger, ring, 1, act=act)
    with ledger.read() as connection:
        [row] = connection.execute(select(schema.erasure))
    assert row.at == now
    assert len(row.hash) == 64
    assert dt.datetime.now(dt.UTC) > row.at
