"""Reading an IMAP folder from the bookmark on: a part is taken in, then the bookmark moves behind it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from trax_mailer.events import TROUBLE, ImapFolder, open_folder
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

    def ends() -> bool:
        return stop() or time.monotonic() > until

    name = _name(settings.bounces)
    with open_folder(settings.bounces) as folder:
        mark = read_bookmark(settings.state, name)
        if mark is None or mark.validity != folder.validity:
            mark = Bookmark(validity=folder.validity, uid=0)
        still = take([(uid, content) for uid in mark.left if (content := folder.content(uid)) is not None])
        mark = replace(mark, left=tuple(sorted(still)))
        new = folder.uids(after=mark.uid)
        for part in [new] if dry_run else _parts(new, at_once):
            fetched = _fetch(folder, part, ends=ends)
            left = take(fetched.messages)
            mark = replace(mark, uid=max(mark.uid, fetched.last), left=(*mark.left, *sorted(left)))
            if not dry_run:
                write_bookmark(settings.state, name, mark)
            if fetched.trouble is not None:
                raise fetched.trouble
            if ends():
                return
        if not new and not dry_run:
            write_bookmark(settings.state, name, mark)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fetched:
    """What came of a part: its messages up to the UID `last`, and the trouble that ended it, if any."""

    messages: Messages
    last: int
    trouble: Exception | None = None


def _fetch(folder: ImapFolder, uids: Sequence[int], *, ends: Callable[[], bool]) -> _Fetched:
    """The messages of these numbers that lie there still, as far as it goes."""
    messages: Messages = []
    last = 0
    for uid in uids:
        if ends():
            break
        try:
            content = folder.content(uid)
        except TROUBLE as error:
            return _Fetched(messages=messages, last=last, trouble=error)
        last = uid
        if content is not None:
            messages.append((uid, content))
    return _Fetched(messages=messages, last=last)


def _parts(uids: list[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(uids), size):
        yield uids[start : start + size]


def _name(settings: BouncesSettings) -> str:
    return f"{settings.username}@{settings.host}:{settings.port}/{settings.folder}"
