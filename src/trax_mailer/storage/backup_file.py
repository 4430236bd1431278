"""The file of a backup: a compressed tar with a manifest, the ledger as one SQLite file, and the keys.

manifest.json   when it was made and by which version, the schema, rows, and the hash of each member
ledger.db       the ledger, editions and pictures included
keys.json       the key ring, where there was one
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from trax_mailer.errors import BadFile, BadState
from trax_mailer.storage.backends.sqlite import LEDGER_NAME
from trax_mailer.storage.migrations import KNOWN
from trax_mailer.storage.safe_file import new_file
from trax_mailer.tokens import KEYS_NAME

_MANIFEST = "manifest.json"
_FORMAT = 1
_MOST_MANIFEST, _MOST_KEYS, _MOST_LEDGER = 2**20, 2**26, 2**46
_CHUNK = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a backup says about itself. `list_id` names the newsletter, `kind` the database it was on."""

    made_at: dt.datetime
    version: str
    schema: str
    kind: str
    list_id: str
    counts: Mapping[str, int]


def write_backup(file: Path, about: About, *, ledger: Path, keys: Path | None, force: bool) -> int:
    """Write the backup beside its place and move it there whole, mode 0600. Returns its size in bytes.

    Raises Conflict where the file exists, unless `force`; BadState where it cannot be written.
    """
    members = {LEDGER_NAME: ledger} | ({KEYS_NAME: keys} if keys else {})
    manifest = json.dumps(_manifest(about, members), ensure_ascii=False, indent=1).encode()
    with new_file(file, force=force) as opened:
        with tarfile.open(fileobj=opened, mode="w:gz", compresslevel=5) as tar:
            _add(tar, _MANIFEST, io.BytesIO(manifest), size=len(manifest), at=about.made_at)
            for name, path in members.items():
                with path.open("rb") as content:
                    _add(tar, name, content, size=path.stat().st_size, at=about.made_at)
        return opened.tell()


def read_backup(file: Path, folder: Path) -> About:
    """Unpack the backup into the empty folder, every member checked against its hash.

    Raises BadFile where it is damaged, is no backup, or holds anything else; BadState where a newer version
    made it, or there is no room. Only the three names are ever written.
    """
    with _in_words(file), tarfile.open(file, "r:gz") as tar:
        first = tar.next()
        if first is None or first.name != _MANIFEST or not first.isfile() or first.size > _MOST_MANIFEST:
            raise _no_backup(file)
        data = json.loads(_content(tar, first).read())
        about = _about(data, file)
        wanted = {str(name): entry for name, entry in data["members"].items()}
        if LEDGER_NAME not in wanted or not wanted.keys() <= {LEDGER_NAME, KEYS_NAME}:
            raise _no_backup(file)
        _refuse_without_room(folder, sum(int(entry["size"]) for entry in wanted.values()))
        while (member := tar.next()) is not None:
            if member.name not in wanted or not member.isfile():
                raise _no_backup(file)
            entry = wanted.pop(member.name)
            _unpack(tar, member, folder / member.name, entry, file=file)
        if wanted:
            raise _damaged(file, f"{', '.join(wanted)} is missing")
    return about


def _manifest(about: About, members: Mapping[str, Path]) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "program": "trax-mailer",
        "version": about.version,
        "schema": about.schema,
        "made_at": about.made_at.isoformat(),
        "database": about.kind,
        "newsletter": about.list_id,
        "rows": dict(about.counts),
        "members": {
            name: {"size": path.stat().st_size, "sha256": _hash_of(path)} for name, path in members.items()
        },
    }


def _about(data: dict[str, Any], file: Path) -> About:
    if data["program"] != "trax-mailer":
        raise _no_backup(file)
    if data["format"] != _FORMAT or data["schema"] not in KNOWN:
        raise BadState(
            f"{file} was made by a newer version of trax ({data['version']}, schema {data['schema']}).",
            advice="Install that version, then restore it.",
        )
    made_at = dt.datetime.fromisoformat(data["made_at"])
    if made_at.tzinfo is None:
        raise _no_backup(file)
    return About(
        made_at=made_at.astimezone(dt.UTC),
        version=str(data["version"]),
        schema=str(data["schema"]),
        kind=str(data["database"]),
        list_id=str(data["newsletter"]),
        counts={str(name): int(count) for name, count in data["rows"].items()},
    )


def _add(tar: tarfile.TarFile, name: str, content: IO[bytes], *, size: int, at: dt.datetime) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o600, int(at.timestamp())
    tar.addfile(member, content)


def _unpack(
    tar: tarfile.TarFile, member: tarfile.TarInfo, place: Path, entry: Mapping[str, Any], *, file: Path
) -> None:
    limit = _MOST_KEYS if member.name == KEYS_NAME else _MOST_LEDGER
    if member.size != entry["size"] or member.size > limit:
        raise _damaged(file, f"{member.name} has not its size")
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    digest = hashlib.sha256()
    with os.fdopen(handle, "wb") as written:
        content = _content(tar, member)
        while piece := content.read(_CHUNK):
            digest.update(piece)
            written.write(piece)
    if digest.hexdigest() != entry["sha256"]:
        raise _damaged(file, f"{member.name} is not what was put in")


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = tar.extractfile(member)
    if content is None:
        raise tarfile.ReadError("no content")
    return content


def _hash_of(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _refuse_without_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < 2 * size:
        raise BadState(
            f"There is no room for the ledger in {folder.parent}: it takes {2 * size // 2**20 + 1:,} MB, "
            f"and {free // 2**20:,} MB are free.",
            advice="Make room, then try again.",
        )


@contextmanager
def _in_words(file: Path) -> Iterator[None]:
    try:
        yield
    except (EOFError, zlib.error) as error:
        raise _damaged(file, "it ends too early, or was changed") from error
    except (tarfile.TarError, gzip.BadGzipFile) as error:
        with file.open("rb") as opened:
            packed = opened.read(2) == b"\x1f\x8b"
        raise (_damaged(file, "it cannot be unpacked") if packed else _no_backup(file)) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(file, f"{_MANIFEST} cannot be read") from error
    except OSError as error:
        where = error.filename or file
        raise BadFile(
            f"{where} cannot be used: {error.strerror or error}.",
            advice="Check the path, and whether this account may read it.",
        ) from error


def _no_backup(file: Path) -> BadFile:
    return BadFile(
        f"{file} is no backup that trax made.",
        advice="A backup is made with: trax backup. One that is encrypted must be decrypted first.",
    )


def _damaged(file: Path, words: str) -> BadFile:
    return BadFile(f"{file} is damaged: {words}.", advice="Take an earlier backup, or copy it again.")
