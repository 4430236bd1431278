"""Reading an IMAP folder from the bookmark on: a part is taken in, then the bookmark moves behind it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from trax_mailer.events import ImapFolder, open_folder
from trax_mailer.settings import BouncesSettings, Settings
from trax_mailer.storage.bookmarks import Bookmark, read_bookmark, write_bookmark

LONGEST_SECONDS = 600.0
"""After so long the rest is left for the next time."""

Messages = list[tuple[int, bytes]]


def read_folder(
    settings: Settings,
    take: Callable[[Messages], set[int]],
    *,
    at_once: int,
    dry_run: bool,
    stop: Callable[[], bool],
) -> None:
    """Give `take` what is new, part by part; it commits, and says which of them a person has to look at.

    Those are given again the next time, as long as they lie there. Killed at any moment, the next reading
    gives again what was not surely taken in. A folder that was numbered anew is read whole.
    """
    until = time.monotonic() + LONGEST_SECONDS
    name = _name(settings.bounces)
    with open_folder(settings.bounces) as folder:
        mark = read_bookmark(settings.state, name)
        if mark is None or mark.validity != folder.validity:
            mark = Bookmark(validity=folder.validity, uid=0)
        still = take(list(_contents(folder, mark.left)))
        mark = Bookmark(validity=mark.validity, uid=mark.uid, left=tuple(sorted(still)))
        if not dry_run:
            write_bookmark(settings.state, name, mark)
        new = folder.uids(after=mark.uid)
        for part in [new] if dry_run else _parts(new, at_once):
            if stop() or time.monotonic() > until:
                return
            left = take(list(_contents(folder, part)))
            mark = Bookmark(
                validity=mark.validity, uid=max(part, default=mark.uid), left=(*mark.left, *sorted(left))
            )
            if not dry_run:
                write_bookmark(settings.state, name, mark)


def _contents(folder: ImapFolder, uids: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    for uid in uids:
        content = folder.content(uid)
        if content is not None:
            yield uid, content


def _parts(uids: list[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(uids), size):
        yield uids[start : start + size]


def _name(settings: BouncesSettings) -> str:
    return f"{settings.username}@{settings.host}:{settings.port}/{settings.folder}"
