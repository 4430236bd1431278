import json

import pytest

from trax_mailer.errors import BadState, Refused
from trax_mailer.tokens import KeyRing
from trax_mailer.tokens.keyfile import join_keys, key_dates


@pytest.fixture
def rings(tmp_path):
    """A ring of one key, and the same a rotation later."""
    (tmp_path / "old").mkdir()
    ring = KeyRing.open(tmp_path)
    old = tmp_path / "old" / "keys.json"
    old.write_bytes((tmp_path / "keys.json").read_bytes())
    ring.rotate()
    return old, tmp_path / "keys.json"


def test_every_key_is_there_when_two_rings_are_joined(rings, tmp_path):
    old, new = rings
    before = new.read_bytes()
    join_keys(old, new, into=old)
    join_keys(new, old, into=new)
    assert old.read_bytes() == new.read_bytes() == before
    join_keys(tmp_path / "none", old, into=tmp_path / "third")
    assert (tmp_path / "third").read_bytes() == before


def test_nothing_is_written_when_the_rings_differ(rings, tmp_path):
    _old, new = rings
    (tmp_path / "other").mkdir()
    KeyRing.open(tmp_path / "other")
    before = new.read_bytes()
    with pytest.raises(Refused, match="different keys of the number 1") as caught:
        join_keys(new, tmp_path / "other" / "keys.json", into=new)
    assert new.read_bytes() == before
    assert json.loads(before)["keys"][0]["secret"] not in str(caught.value)


def test_words_say_which_when_a_ring_is_damaged(rings):
    old, new = rings
    old.write_text('{"keys": [{"id": 1, "secret": "x"}, {"id": 1}]}')
    with pytest.raises(BadState, match=r"old/keys\.json is damaged"):
        join_keys(new, old, into=new)


def test_dates_are_told_when_keys_have_them(rings):
    _, new = rings
    dates = key_dates(new)
    assert [key_id for key_id, _ in dates] == [1, 2]
    assert all(made_at.startswith("20") for _, made_at in dates)
