"""The files in a zip archive, such as the three that Mailchimp exports an audience as."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from trax_mailer.audience.intake.opening import is_archive
from trax_mailer.audience.intake.unusable import unusable
from trax_mailer.audience.wording import plain
from trax_mailer.storage.work_folder import work_folder

__all__ = ["Member", "is_archive", "unpacked"]

_MOST_FILES = 100
_MOST_BYTES = 4 << 30
_KINDS = (".csv", ".tsv", ".txt", ".xlsx", ".vcf")
_NEVER_ASKED = ("nonsubscri", "notsubscri", "transactional")
_UNPACK = "Unpack it, and import the files in it one by one."


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file to import. `source` is its name, as it is kept: that of a file in an archive says its state."""

    file: Path
    source: str


@contextmanager
def unpacked(archive: Path, state: Path) -> Iterator[list[Member]]:
    """The files in the archive that hold readers, in a private folder that is gone at the end.

    Those who left or bounced come first, so that nobody is subscribed in between; people who never
    subscribed are left aside. Raises BadFile where the archive is damaged, locked, huge or holds no such
    file.
    """
    try:
        with zipfile.ZipFile(archive) as packed, work_folder(state) as folder:
            wanted = [one for one in packed.infolist() if _is_wanted(one)]
            _refuse_unfit(archive, wanted)
            yield [
                _unpack(packed, one, folder / f"{number}{PurePosixPath(one.filename).suffix.lower()}")
                for number, one in enumerate(sorted(wanted, key=_is_of_subscribers))
            ]
    except (zipfile.BadZipFile, NotImplementedError):
        raise unusable(archive, "it is a damaged archive", advice=_UNPACK) from None


def _is_wanted(one: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(one.filename)
    hidden = any(part.startswith((".", "__")) for part in name.parts)
    never_asked = any(word in plain(name.stem) for word in _NEVER_ASKED)
    return not (one.is_dir() or hidden or never_asked) and name.suffix.lower() in _KINDS


def _is_of_subscribers(one: zipfile.ZipInfo) -> tuple[bool, str]:
    name = PurePosixPath(one.filename).name
    return plain(name).startswith("subscribed"), name


def _refuse_unfit(archive: Path, wanted: list[zipfile.ZipInfo]) -> None:
    if not wanted:
        kinds = ", ".join(_KINDS)
        raise unusable(archive, f"no file with readers is in it ({kinds})", advice=_UNPACK)
    if len(wanted) > _MOST_FILES or sum(one.file_size for one in wanted) > _MOST_BYTES:
        raise unusable(archive, "it holds too much to be unpacked unseen", advice=_UNPACK)
    if any(one.flag_bits & 0x1 for one in wanted):
        raise unusable(archive, "it is locked with a password", advice=_UNPACK)


def _unpack(packed: zipfile.ZipFile, one: zipfile.ZipInfo, target: Path) -> Member:
    with packed.open(one) as source, target.open("xb") as opened:
        shutil.copyfileobj(source, opened)
    return Member(file=target, source=PurePosixPath(one.filename).name)
