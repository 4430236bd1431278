"""The file of a key ring: read whole, checked, and replaced whole, so that no crash leaves half of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from trax_mailer.errors import BadState, Refused

SECRET_BYTES = 32
MOST_KEYS = 0xFFFF

Stamp: TypeAlias = tuple[int, int]
"""Tells one writing of the file from the next: its time in nanoseconds and its inode."""


@dataclass(frozen=True, slots=True)
class Key:
    """One secret; `id` counts from 1 and stands, readable, in every token made with it."""

    id: int
    secret: bytes = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """Tells the key from others, in 64 hex digits, and nothing about it: it is random and long."""
        return hashlib.sha256(b"trax key fingerprint 1\x00" + self.secret).hexdigest()


def make_first_key(file: Path) -> None:
    """Write a ring of one key, unless another process was faster."""
    with _alone(file):
        if not file.exists():
            _write(file, [_new_entry(1)])


def add_key(file: Path) -> None:
    """Add a key at the end of the ring."""
    with _alone(file):
        entries = _entries(file, file.read_bytes())
        newest = entries[-1]["id"]
        if newest >= MOST_KEYS:
            raise Refused(f"{file} holds as many keys as it can.", advice="Go on with the newest key.")
        _write(file, [*entries, _new_entry(newest + 1)])


def read_keys(file: Path) -> tuple[tuple[Key, ...], Stamp]:
    """Every key, oldest first. Raises BadState for a damaged file; tightens its mode to 0600."""
    with file.open("rb") as opened:
        about = os.fstat(opened.fileno())
        if stat.S_IMODE(about.st_mode) & 0o077:
            file.chmod(0o600)
        entries = _entries(file, opened.read())
    return tuple(_key(file, entry) for entry in entries), (about.st_mtime_ns, about.st_ino)


def key_dates(file: Path) -> list[tuple[int, str]]:
    """The id of every key and when it was made (ISO 8601, empty where that is not known), oldest first."""
    return [(entry["id"], str(entry.get("made_at", ""))) for entry in _entries(file, file.read_bytes())]


def join_keys(file: Path, other: Path, *, into: Path) -> None:
    """Write every key of both rings `into` a file, which may be one of them; `file` may be missing.

    Raises BadState for a damaged one, Refused where the two have different keys of the same id.
    """
    with _alone(into):
        joined: dict[int, dict[str, Any]] = {}
        for ring in (file, other):
            for entry in _entries(ring, ring.read_bytes()) if ring.exists() else ():
                known = joined.setdefault(entry["id"], entry)
                if _key(ring, known) != _key(ring, entry):
                    raise Refused(
                        f"{file} and the other key ring have different keys of the number {entry['id']}.",
                        advice="They belong to different ledgers, and no ring can hold both.",
                    )
        _write(into, [joined[key_id] for key_id in sorted(joined)])


def stamp_of(file: Path) -> Stamp | None:
    """The stamp of the file as it is now, None where it cannot be seen."""
    try:
        about = file.stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_ino


def _new_entry(key_id: int) -> dict[str, Any]:
    made_at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    return {"id": key_id, "made_at": made_at, "secret": secrets.token_hex(SECRET_BYTES)}


def _entries(file: Path, content: bytes) -> list[dict[str, Any]]:
    try:
        entries = json.loads(content)["keys"]
        if not isinstance(entries, list) or not entries:
            raise _damaged(file)
        ids = [entry["id"] for entry in entries]
        if any(type(this) is not int for this in ids) or ids != sorted(set(ids)) or ids[0] < 1:
            raise _damaged(file)
    except (ValueError, KeyError, TypeError):
        raise _damaged(file) from None
    return entries


def _key(file: Path, entry: dict[str, Any]) -> Key:
    try:
        secret = bytes.fromhex(entry["secret"])
    except (ValueError, KeyError, TypeError):
        raise _damaged(file) from None
    if len(secret) != SECRET_BYTES or entry["id"] > MOST_KEYS:
        raise _damaged(file)
    return Key(entry["id"], secret)


def _damaged(file: Path) -> BadState:
    return BadState(
        f"The key ring {file} is damaged.",
        advice="Restore it from a backup: without it, the links to leave in mails already sent are dead.",
    )


def _write(file: Path, entries: list[dict[str, Any]]) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".keys-")  # mode 0600 by itself
    try:
        with os.fdopen(handle, "w", encoding="ascii") as opened:
            json.dump({"keys": entries}, opened, indent=1)
            opened.flush()
            os.fsync(opened.fileno())
        Path(name).replace(file)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # or the new name could be lost with the power
    finally:
        os.close(folder)


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:
        raise BadState(
            "A key ring can only be kept on Linux and macOS.",
            advice="Here, issues can be written, checked and previewed; send from the host of the ledger.",
        ) from None
    with file.with_suffix(".lock").open("a") as lock:
        os.fchmod(lock.fileno(), 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
