import datetime as dt
import gzip
import io
import json
import os
import resource
import stat
import subprocess
import sys
import tarfile

import pytest

from trax_mailer.errors import BadFile, BadState, Conflict
from trax_mailer.storage import backup_file
from trax_mailer.storage.backup_file import About, read_backup, write_backup

ABOUT = About(
    made_at=dt.datetime(2026, 3, 3, 9, 30, tzinfo=dt.UTC),
    version="0.1.0",
    schema="0002",
    kind="sqlite",
    list_id="trax.example.org",
    counts={"subscriber": 3},
)


@pytest.fixture
def ledger(tmp_path):
    file = tmp_path / "copy.db"
    file.write_bytes(os.urandom(3_000_000))
    return file


@pytest.fixture
def keys(tmp_path):
    file = tmp_path / "ring.json"
    file.write_text('{"keys": []}')
    return file


@pytest.fixture
def backup(tmp_path, ledger, keys):
    file = tmp_path / "out" / "backup.tar.gz"
    file.parent.mkdir()
    write_backup(file, ABOUT, ledger=ledger, keys=keys, force=False)
    return file


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "unpacked"
    folder.mkdir()
    return folder


def _members(backup):
    with tarfile.open(backup) as tar:
        return [(one, tar.extractfile(one).read()) for one in tar]


def _pack(file, members):
    with tarfile.open(file, "w:gz") as tar:
        for name, content in members:
            member = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def _refused(file, place, words):
    with pytest.raises((BadFile, BadState), match=words) as caught:
        read_backup(file, place)
    assert isinstance(caught.value, BadFile) or "newer" in words or "room" in words
    assert not {path.name for path in place.parent.iterdir()} - {
        "copy.db",
        "ring.json",
        "out",
        "unpacked",
        "odd.tar.gz",
    }


def test_everything_comes_back_when_read(backup, place, ledger, keys):
    assert read_backup(backup, place) == ABOUT
    assert (place / "ledger.db").read_bytes() == ledger.read_bytes()
    assert (place / "keys.json").read_bytes() == keys.read_bytes()
    assert {stat.S_IMODE(path.stat().st_mode) for path in place.iterdir()} == {0o600}


def test_backup_has_no_ring_when_there_was_none(tmp_path, ledger, place):
    write_backup(tmp_path / "b", ABOUT, ledger=ledger, keys=None, force=False)
    read_backup(tmp_path / "b", place)
    assert [path.name for path in place.iterdir()] == ["ledger.db"]


def test_file_is_private_and_alone_when_written(backup):
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert [path.name for path in backup.parent.iterdir()] == ["backup.tar.gz"]


def test_file_is_kept_when_it_exists(backup, ledger):
    before = backup.read_bytes()
    with pytest.raises(Conflict, match="exists already"):
        write_backup(backup, ABOUT, ledger=ledger, keys=None, force=False)
    assert backup.read_bytes() == before
    write_backup(backup, ABOUT, ledger=ledger, keys=None, force=True)
    assert backup.read_bytes() != before


def test_file_is_kept_when_another_process_is_faster(tmp_path, ledger, monkeypatch):
    file = tmp_path / "b.tar.gz"
    pack = backup_file._add

    def slowly(*arguments, **more):
        file.write_text("the other's")
        pack(*arguments, **more)

    monkeypatch.setattr(backup_file, "_add", slowly)
    with pytest.raises(Conflict, match="exists already"):
        write_backup(file, ABOUT, ledger=ledger, keys=None, force=False)
    assert file.read_text() == "the other's"
    assert not list(tmp_path.glob("*.part"))


def test_rest_of_a_killed_process_goes_when_the_next_backup_is_made(backup, ledger):
    left = backup.parent / ".trax-killed.part"
    left.write_text("readers")
    write_backup(backup, ABOUT, ledger=ledger, keys=None, force=True)
    assert not left.exists()


def test_nothing_stays_and_words_say_why_when_the_disk_is_full(tmp_path, ledger):
    script = f"""
import datetime as dt, resource, pathlib
from storage.test_backup_file import ABOUT
from trax_mailer.errors import BadState
from trax_mailer.storage.backup_file import write_backup
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
try:
    file, ledger = pathlib.Path({str(tmp_path / "b")!r}), pathlib.Path({str(ledger)!r})
    write_backup(file, ABOUT, ledger=ledger, keys=None, force=False)
except BadState as error:
    print(error)
"""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": "tests"},
    )
    assert "cannot be written: File too large" in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"copy.db"}


@pytest.mark.parametrize("content", [b"", b"These are my notes.", b"PK\x03\x04zip", b"\x1f\x8b"])
def test_words_say_so_when_it_is_another_kind_of_file(tmp_path, place, content):
    (tmp_path / "odd.tar.gz").write_bytes(content)
    _refused(tmp_path / "odd.tar.gz", place, r"is no backup|is damaged")


@pytest.mark.parametrize("part", [0.001, 0.3, 0.9, 0.99])
def test_words_say_damaged_when_it_ends_early(backup, place, part):
    whole = backup.read_bytes()
    backup.write_bytes(whole[: int(len(whole) * part)])
    _refused(backup, place, "is damaged|is no backup")


def test_words_say_damaged_when_a_byte_changed(backup, place):
    whole = bytearray(gzip.decompress(backup.read_bytes()))
    whole[len(whole) // 2] ^= 1
    backup.write_bytes(gzip.compress(bytes(whole), 1))
    _refused(backup, place, "ledger.db is not what was put in")


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/evil", "ledger.db/../../evil", "manifest.json", "ledger.db", "evil\x1b[31m"]
)
def test_nothing_is_written_elsewhere_when_a_name_is_odd(backup, place, name, tmp_path):
    members = _members(backup)
    _pack(tmp_path / "odd.tar.gz", [*members, (name, b"evil")])
    _refused(tmp_path / "odd.tar.gz", place, "is no backup")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_no_link_is_followed_when_a_member_is_one(backup, place, kind, tmp_path):
    (manifest, content), *_rest = _members(backup)
    link = tarfile.TarInfo("ledger.db")
    link.type, link.linkname = kind, "/etc/passwd"
    _pack(tmp_path / "odd.tar.gz", [(manifest, content), (link, b"")])
    _refused(tmp_path / "odd.tar.gz", place, "is no backup")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"program": "other"}, "is no backup"),
        ({"schema": "0999"}, "newer version"),
        ({"format": 2}, "newer version"),
        ({"made_at": "yesterday"}, "cannot be read"),
        ({"made_at": "2026-03-03T09:30:00"}, "is no backup"),
        ({"members": {}}, "is no backup"),
        ({"members": []}, "cannot be read"),
        ({"members": {"ledger.db": {"size": "x"}}}, "cannot be read"),
        ({"members": {"ledger.db": {"size": 2**60, "sha256": ""}}}, "no room"),
        ({"members": {"ledger.db": {"size": 1, "sha256": ""}}}, "has not its size"),
        ({"rows": None}, "cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_words_say_why_when_the_manifest_is_odd(backup, place, tmp_path, change, words):
    (manifest, content), *rest = _members(backup)
    data = [] if change is None else json.loads(content) | change
    _pack(tmp_path / "odd.tar.gz", [(manifest, json.dumps(data).encode()), *rest])
    _refused(tmp_path / "odd.tar.gz", place, words)


def test_words_say_what_is_missing_when_a_member_is(backup, place, tmp_path):
    _pack(tmp_path / "odd.tar.gz", _members(backup)[:2])
    _refused(tmp_path / "odd.tar.gz", place, "keys.json is missing")


def test_words_say_why_when_it_cannot_be_read(tmp_path, place):
    with pytest.raises(BadFile, match="No such file"):
        read_backup(tmp_path / "none", place)
    with pytest.raises(BadFile, match="Is a directory"):
        read_backup(tmp_path, place)
