import base64
import hmac
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trax_mailer.tokens import INERT_TOKEN, KeyRing, MailToken, mint_mail_token, read_mail_token

LISTS = st.integers(0, 2**32 - 1)
SUBSCRIBERS = st.integers(0, 2**48 - 1)
MAILINGS = st.integers(0, 2**40 - 1)


@pytest.fixture(scope="module")
def ring(tmp_path_factory):
    return KeyRing.open(tmp_path_factory.mktemp("ring"))


@given(list_id=LISTS, subscriber_id=SUBSCRIBERS, mailing_id=MAILINGS)
def test_ids_come_back_when_a_token_is_read(ring, list_id, subscriber_id, mailing_id):
    ids = {"list_id": list_id, "subscriber_id": subscriber_id, "mailing_id": mailing_id}
    token = mint_mail_token(ring, **ids)
    assert re.fullmatch(r"[A-Za-z0-9_-]{44}", token)
    assert read_mail_token(ring, token) == MailToken(**ids)


def test_token_opens_nothing_when_any_bit_is_changed(ring):
    raw = base64.urlsafe_b64decode(mint_mail_token(ring, list_id=1, subscriber_id=2, mailing_id=3))
    for bit in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        assert read_mail_token(ring, base64.urlsafe_b64encode(changed).decode()) is None


def test_token_opens_nothing_when_any_sign_is_changed(ring):
    token = mint_mail_token(ring, list_id=1, subscriber_id=2, mailing_id=3)
    for index in range(len(token)):
        for sign in "Aa0-_":
            changed = token[:index] + sign + token[index + 1 :]
            assert (read_mail_token(ring, changed) is not None) is (changed == token)


@given(words=st.text())
def test_words_open_nothing_when_they_are_no_token(ring, words):
    assert read_mail_token(ring, words) is None


@pytest.mark.parametrize("form", ["{}\n", " {}", "{}=", "{}A", "{}\u0660"])
def test_token_opens_nothing_when_anything_is_added(ring, form):
    token = mint_mail_token(ring, list_id=1, subscriber_id=2, mailing_id=3)
    assert read_mail_token(ring, form.format(token)) is None


def test_token_opens_nothing_when_sealed_for_another_purpose(ring):
    ids = base64.urlsafe_b64decode(mint_mail_token(ring, list_id=1, subscriber_id=2, mailing_id=3))[:17]
    for purpose in (b"", b"trax tracking token 1\x00", b"trax mail token 2\x00"):
        seal = hmac.digest(ring.current.secret, purpose + ids, "sha256")[:16]
        assert read_mail_token(ring, base64.urlsafe_b64encode(ids + seal).decode()) is None


def test_token_opens_nothing_when_another_ring_made_it(ring, tmp_path):
    token = mint_mail_token(KeyRing.open(tmp_path), list_id=1, subscriber_id=2, mailing_id=3)
    assert read_mail_token(ring, token) is None


def test_inert_token_opens_nothing_when_read(ring):
    assert read_mail_token(ring, INERT_TOKEN) is None


def test_token_is_not_made_when_an_id_has_no_room(ring):
    for changed in ({"list_id": 2**32}, {"subscriber_id": 2**48}, {"mailing_id": 2**40}, {"list_id": -1}):
        with pytest.raises(OverflowError):
            mint_mail_token(ring, **({"list_id": 1, "subscriber_id": 1, "mailing_id": 1} | changed))
