import json
import stat
import subprocess
import sys

import pytest

from trax_mailer.errors import BadState, Refused
from trax_mailer.tokens import KeyRing, mint_mail_token, read_mail_token

IDS = {"list_id": 1, "subscriber_id": 2, "mailing_id": 3}
ROTATE = """
import sys
from pathlib import Path
from trax_mailer.tokens import KeyRing, mint_mail_token
ring = KeyRing.open(Path(sys.argv[1]))
for _ in range(10):
    ring.rotate()
    print(mint_mail_token(ring, list_id=1, subscriber_id=2, mailing_id=3))
"""


def test_file_is_private_when_made(tmp_path):
    KeyRing.open(tmp_path / "state")
    files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").iterdir()}
    assert files == {"keys.json": 0o600, "keys.lock": 0o600}
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_mode_is_tightened_when_it_was_open(tmp_path):
    KeyRing.open(tmp_path)
    (tmp_path / "keys.json").chmod(0o644)
    KeyRing.open(tmp_path)
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600


def test_ring_is_the_same_when_opened_again(tmp_path):
    token = mint_mail_token(KeyRing.open(tmp_path), **IDS)
    assert read_mail_token(KeyRing.open(tmp_path), token) is not None


def test_old_tokens_stay_good_when_keys_are_added(tmp_path):
    ring = KeyRing.open(tmp_path)
    tokens = []
    for _ in range(5):
        tokens.append(mint_mail_token(ring, **IDS))
        ring.rotate()
    assert len(set(tokens)) == 5
    for reader in (ring, KeyRing.open(tmp_path)):
        assert all(read_mail_token(reader, token) for token in tokens)


def test_running_server_reads_new_tokens_when_another_process_rotated(tmp_path):
    serving, sending = KeyRing.open(tmp_path), KeyRing.open(tmp_path)
    sending.rotate()
    assert read_mail_token(serving, mint_mail_token(sending, **IDS)) is not None


def test_no_key_is_lost_when_processes_open_and_rotate_at_once(tmp_path):
    state = tmp_path / "state"
    processes = [
        subprocess.Popen([sys.executable, "-c", ROTATE, str(state)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    tokens = [token for process in processes for token in process.communicate(timeout=60)[0].split()]
    assert [process.returncode for process in processes] == [0, 0, 0]
    ring = KeyRing.open(state)
    assert len(tokens) == 30
    assert all(read_mail_token(ring, token) for token in tokens)


def test_secrets_are_not_shown_when_a_ring_is_printed(tmp_path):
    ring = KeyRing.open(tmp_path)
    shown = f"{ring!r} {ring} {ring.current!r}"
    secret = ring.current.secret
    assert secret.hex() not in shown
    assert repr(secret) not in shown


def test_fingerprints_tell_keys_apart_when_a_ring_has_several(tmp_path):
    ring = KeyRing.open(tmp_path)
    ring.rotate()
    marks = ring.fingerprints
    assert set(marks) == {1, 2}
    assert len(set(marks.values())) == 2
    assert all(len(mark) == 64 for mark in marks.values())
    assert KeyRing.open(tmp_path).fingerprints == marks
    assert ring.current.secret.hex() not in marks.values()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not JSON",
        "[]",
        "{}",
        '{"keys": []}',
        '{"keys": [1]}',
        '{"keys": [{"id": 1}]}',
        '{"keys": [{"id": 1, "secret": "00ff"}]}',
        '{"keys": [{"id": 1, "secret": "not hex"}]}',
        '{"keys": [{"id": true, "secret": "' + "00" * 32 + '"}]}',
        '{"keys": [{"id": 70000, "secret": "' + "00" * 32 + '"}]}',
        '{"keys": [{"id": 2, "secret": "' + "00" * 32 + '"}, {"id": 2, "secret": "' + "11" * 32 + '"}]}',
        "\x00\xff",
    ],
)
def test_damaged_file_is_refused_and_kept_when_opened(tmp_path, content):
    (tmp_path / "keys.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(BadState, match="damaged"):
        KeyRing.open(tmp_path)
    assert (tmp_path / "keys.json").read_bytes() == content.encode("latin-1")


def test_words_say_why_when_the_file_cannot_be_read(tmp_path):
    (tmp_path / "keys.json").mkdir()
    with pytest.raises(BadState, match="cannot be used"):
        KeyRing.open(tmp_path)


def test_words_say_why_when_the_folder_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadState, match="cannot be used"):
        KeyRing.open(tmp_path / "file" / "state")


def test_ring_takes_no_more_keys_when_it_is_full(tmp_path):
    ring = KeyRing.open(tmp_path)
    entries = json.loads((tmp_path / "keys.json").read_text())
    entries["keys"][0]["id"] = 0xFFFF
    (tmp_path / "keys.json").write_text(json.dumps(entries))
    with pytest.raises(Refused, match="as many keys"):
        ring.rotate()
