import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trax_mailer.tokens import KeyRing, LinkPurpose, mint_link_token, mint_mail_token, read_link_token

NOW = dt.datetime(2026, 11, 26, 12, 0, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def ring(tmp_path_factory):
    return KeyRing.open(tmp_path_factory.mktemp("state"))


def mint(ring, **further):
    given = {"subscriber_id": 7, "address": "ana@example.org", "number": 12, "now": NOW}
    return mint_link_token(ring, LinkPurpose.CONFIRM, **given | further)


@given(
    purpose=st.sampled_from(LinkPurpose),
    subscriber_id=st.integers(0, 2**48 - 1),
    number=st.integers(0, 2**40 - 1),
)
def test_token_says_what_it_was_made_for(ring, purpose, subscriber_id, number):
    token = mint_link_token(
        ring, purpose, subscriber_id=subscriber_id, address="a@example.org", number=number, now=NOW
    )
    read = read_link_token(ring, token)
    assert (len(token), read.purpose, read.subscriber_id) == (52, purpose, subscriber_id)
    assert (read.number, read.made_at) == (number, NOW)


@given(data=st.data())
def test_token_is_nothing_when_it_is_forged(ring, data):
    token = mint(ring)
    index = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))
    forged = token[:index] + letter + token[index + 1 :]
    assert forged == token or read_link_token(ring, forged) is None


@pytest.mark.parametrize("token", ["", "x", "A" * 52, "A" * 51, "ș" * 52, "A" * 5000])
def test_token_is_nothing_when_it_was_never_given(ring, token):
    assert read_link_token(ring, token) is None
    assert read_link_token(ring, mint_mail_token(ring, list_id=1, subscriber_id=1, mailing_id=1)) is None


def test_token_is_good_when_the_keys_were_changed_since(tmp_path):
    ring = KeyRing.open(tmp_path)
    token = mint(ring)
    ring.rotate()
    read = read_link_token(KeyRing.open(tmp_path), token)
    assert read.is_for(ring, "ana@example.org")
    assert not read.is_for(ring, "ana@example.net")
    assert "ana" not in repr(read)


def test_token_is_fresh_for_its_time_only(ring):
    read = read_link_token(ring, mint(ring))
    hour = dt.timedelta(hours=1)
    assert read.is_fresh(NOW + hour, lasts=hour)
    assert not read.is_fresh(NOW + hour + dt.timedelta(seconds=1), lasts=hour)
