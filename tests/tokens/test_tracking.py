import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trax_mailer.tokens import KeyRing, MarkKind, mint_mail_token, read_tracking_token, tracking_token_mint

IDS = st.integers(1, 2**40 - 1)


@pytest.fixture(scope="module")
def ring(tmp_path_factory):
    return KeyRing.open(tmp_path_factory.mktemp("state"))


@given(mailing_id=IDS, subscriber_id=st.integers(1, 2**48))
def test_token_says_what_it_was_minted_for_when_read(ring, mailing_id, subscriber_id):
    mint = tracking_token_mint(ring, mailing_id=mailing_id, consenting={subscriber_id})
    read = read_tracking_token(ring, mint(subscriber_id))
    assert (read.mailing_id, read.kind) == (mailing_id, MarkKind.READER)
    assert int.from_bytes(read.mark, "big") == subscriber_id


def test_token_is_short_and_safe_in_addresses_when_minted(ring):
    token = tracking_token_mint(ring, mailing_id=58)(1)
    assert len(token) == 40
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_pseudonyms_tell_nothing_of_the_reader_when_minted_again(ring):
    mint = tracking_token_mint(ring, mailing_id=58)
    marks = [read_tracking_token(ring, mint(7)).mark for _ in range(100)]
    assert len(set(marks)) == 100
    assert not any((7).to_bytes(8, "big") == mark for mark in marks)


def test_only_consenting_readers_are_named_when_others_are_minted_beside(ring):
    mint = tracking_token_mint(ring, mailing_id=58, consenting={2})
    kinds = [read_tracking_token(ring, mint(one)).kind for one in (1, 2, 3)]
    assert kinds == [MarkKind.PSEUDONYM, MarkKind.READER, MarkKind.PSEUDONYM]


def test_inert_token_names_the_mailing_alone_when_minted(ring):
    read = read_tracking_token(ring, tracking_token_mint(ring, mailing_id=9, consenting={1}, inert=True)(1))
    assert (read.mailing_id, read.kind, read.mark) == (9, MarkKind.INERT, bytes(8))


def test_token_is_good_when_the_keys_were_rotated_since(tmp_path):
    ring = KeyRing.open(tmp_path)
    token = tracking_token_mint(ring, mailing_id=58)(1)
    ring.rotate()
    assert read_tracking_token(ring, token).mailing_id == 58
    assert read_tracking_token(KeyRing.open(tmp_path), token).mailing_id == 58


@given(place=st.integers(0, 239), subscriber_id=IDS)
def test_token_is_refused_when_one_bit_differs(ring, place, subscriber_id):
    raw = bytearray(base64.urlsafe_b64decode(tracking_token_mint(ring, mailing_id=58)(subscriber_id)))
    raw[place // 8] ^= 1 << place % 8
    assert read_tracking_token(ring, base64.urlsafe_b64encode(bytes(raw)).decode()) is None


@given(cut=st.integers(0, 39), added=st.text(max_size=3))
def test_token_is_refused_when_it_was_cut_or_lengthened(ring, cut, added):
    token = tracking_token_mint(ring, mailing_id=58)(1)
    assert read_tracking_token(ring, token[:cut] + added) is None
    assert not added or read_tracking_token(ring, token + added) is None


@given(st.text(max_size=60))
def test_words_are_refused_when_they_are_no_token(ring, words):
    assert read_tracking_token(ring, words) is None


def test_other_tokens_are_refused_when_they_stand_in_its_place(ring, tmp_path):
    assert read_tracking_token(ring, mint_mail_token(ring, list_id=1, subscriber_id=2, mailing_id=3)) is None
    foreign = tracking_token_mint(KeyRing.open(tmp_path), mailing_id=58)(1)
    assert read_tracking_token(ring, foreign) is None
