import dataclasses
import hashlib

import pytest
from sqlalchemy import func, select

from trax_mailer.model.edition import Asset, Edition, NumberedLink, Slot, SlotContext, SlotKind
from trax_mailer.storage import schema
from trax_mailer.storage.editions import load_asset, load_edition, store_edition


def _picture(data):
    return Asset(
        sha256=hashlib.sha256(data).hexdigest(),
        media_type="image/png",
        extension="png",
        width=600,
        height=200,
        data=data,
    )


@pytest.fixture
def edition():
    return Edition(
        language="fr",
        direction="ltr",
        subject=("No 58 : ", Slot(SlotKind.READER, SlotContext.HEADER, "first_name", "chère lectrice")),
        preheader=("Chișinău",),
        html=("<p>", Slot(SlotKind.LINK, SlotContext.ATTRIBUTE, "1"), "</p>"),
        text=(Slot(SlotKind.UNSUBSCRIBE, SlotContext.TEXT),),
        links=(NumberedLink(number=1, target="https://example.org/?a=1&b=2", label="here", section=0),),
        assets=(_picture(b"\x89PNG one\x00"), _picture(b"\x89PNG two")),
    )


def _rows(connection, table):
    return connection.scalar(select(func.count()).select_from(table))


def test_edition_comes_back_whole_when_stored(ledger, edition, now):
    with ledger.write() as connection:
        identity = store_edition(connection, edition, now=now)
    with ledger.read() as connection:
        back = load_edition(connection, identity)
        picture = load_asset(connection, edition.assets[0].sha256)
    assert back == edition
    assert back.hash == identity == edition.hash
    assert picture == edition.assets[0]


def test_nothing_is_added_when_the_edition_is_stored_again(ledger, edition, now):
    with ledger.write() as connection:
        assert store_edition(connection, edition, now=now) == store_edition(connection, edition, now=now)
        assert _rows(connection, schema.edition) == 1
        assert _rows(connection, schema.asset) == _rows(connection, schema.edition_asset) == 2


def test_pictures_are_shared_when_two_editions_hold_them(ledger, edition, now):
    other = dataclasses.replace(edition, language="en", assets=(*edition.assets, edition.assets[0]))
    with ledger.write() as connection:
        store_edition(connection, edition, now=now)
        identity = store_edition(connection, other, now=now)
        assert _rows(connection, schema.asset) == 2
        assert load_edition(connection, identity) == other


def test_nothing_is_found_when_the_hash_is_unknown(ledger):
    with ledger.read() as connection:
        assert load_edition(connection, "0" * 64) is None
        assert load_asset(connection, "0" * 64) is None
