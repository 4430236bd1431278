import hashlib
import json
import threading

import pytest
from sqlalchemy import select

from trax_mailer.errors import BadState
from trax_mailer.storage import open_ledger, open_ring, schema
from trax_mailer.tokens import KeyRing, mint_mail_token, read_mail_token

IDS = {"list_id": 1, "subscriber_id": 2, "mailing_id": 3}


def _noted(ledger):
    with ledger.read() as connection:
        return {row.id: row for row in connection.execute(select(schema.key))}


def test_first_key_is_made_and_noted_when_the_ledger_knows_none(ledger):
    ring = open_ring(ledger)
    row = _noted(ledger)[1]
    assert row.fingerprint == ring.current.fingerprint
    assert read_mail_token(open_ring(ledger), mint_mail_token(ring, **IDS)) is not None


def test_ring_is_taken_over_when_the_ledger_knows_none(ledger, state):
    present = KeyRing.open(state)
    present.rotate()
    assert open_ring(ledger).fingerprints == present.fingerprints
    assert set(_noted(ledger)) == {1, 2}


def test_new_key_is_noted_when_the_ring_was_rotated(ledger):
    ring = open_ring(ledger)
    ring.rotate()
    assert open_ring(ledger).current.id == 2
    assert set(_noted(ledger)) == {1, 2}


def test_nothing_is_written_when_the_ring_is_known(ledger):
    open_ring(ledger)
    before = _noted(ledger)
    with ledger.read():
        open_ring(ledger)
    assert _noted(ledger) == before


def test_ring_is_refused_and_none_is_made_when_the_file_is_missing(ledger, state):
    open_ring(ledger)
    (state / "keys.json").unlink()
    with pytest.raises(BadState, match="is missing") as caught:
        open_ring(ledger)
    assert "dead" in caught.value.advice
    assert "backup" in caught.value.advice
    assert not (state / "keys.json").exists()


def test_ring_is_refused_and_kept_when_it_is_another_one(ledger, state):
    open_ring(ledger)
    (state / "keys.json").unlink()
    KeyRing.open(state)
    other = (state / "keys.json").read_bytes()
    with pytest.raises(BadState, match="not the key ring of this ledger"):
        open_ring(ledger)
    assert (state / "keys.json").read_bytes() == other
    assert len(_noted(ledger)) == 1


def test_ring_is_refused_when_an_older_copy_lacks_a_key(ledger, state):
    ring = open_ring(ledger)
    older = (state / "keys.json").read_bytes()
    ring.rotate()
    open_ring(ledger)
    (state / "keys.json").write_bytes(older)
    with pytest.raises(BadState, match="lacks key 2"):
        open_ring(ledger)


def test_secret_is_not_in_the_ledger_when_a_key_is_noted(ledger, state):
    ring = open_ring(ledger)
    said = str(_noted(ledger))
    secret = json.loads((state / "keys.json").read_text())["keys"][0]["secret"]
    assert secret not in said
    assert hashlib.sha256(ring.current.secret).hexdigest() not in said


@pytest.mark.postgres
def test_ring_must_be_copied_when_a_second_host_opens_the_ledger(
    server_ledger, state, server_place, tmp_path
):
    open_ring(server_ledger)
    with open_ledger(tmp_path / "second", server_place) as second:
        with pytest.raises(BadState, match="is missing"):
            open_ring(second)
        (second.state / "keys.json").write_bytes((state / "keys.json").read_bytes())
        assert open_ring(second).fingerprints == open_ring(server_ledger).fingerprints


@pytest.mark.postgres
def test_one_ring_is_made_when_two_hosts_start_at_once(server_ledger, server_place, tmp_path):
    made, refused = [], []

    def start(name):
        with open_ledger(tmp_path / name, server_place) as ledger:
            try:
                made.append(open_ring(ledger))
            except BadState as error:
                refused.append(error)

    hosts = [threading.Thread(target=start, args=(name,)) for name in ("one", "two", "three")]
    for host in hosts:
        host.start()
    for host in hosts:
        host.join(60)
    assert (len(made), len(refused)) == (1, 2)
    assert _noted(server_ledger)[1].fingerprint == made[0].current.fingerprint
    assert len(list(tmp_path.glob("*/keys.json"))) == 1
