"""The messages of a Maildir, an mbox or a file, one after another; nothing in it is changed."""

from __future__ import annotations

import mailbox
from collections.abc import Iterator
from pathlib import Path

from trax_mailer.errors import BadFile
from trax_mailer.events.mail.message import MOST_BYTES, Unusable, parse
from trax_mailer.events.reading import unreadable

_HEADERS = {"content-type", "date", "from", "message-id", "received", "return-path", "subject", "to"}
_ADVICE = "Give a Maildir, an mbox file, or one message as a file."


def messages_in(path: Path) -> Iterator[tuple[str, bytes]]:
    """Each message, as far as it is read, with the name of its place. Raises BadFile."""
    try:
        if path.is_dir():
            yield from _maildir(path)
        else:
            with path.open("rb") as file:
                is_mbox = file.read(5) == b"From "
            yield from _mbox(path) if is_mbox else _one(path)
    except OSError as error:
        raise unreadable(path, error) from None


def _one(path: Path) -> Iterator[tuple[str, bytes]]:
    content = _beginning(path)
    if not content.strip():
        return  # an mbox that was emptied
    try:
        names = {name.lower() for name in parse(content)}
    except Unusable:
        names = _HEADERS  # it has more than enough of them
    if not _HEADERS & names:
        raise BadFile(f"{path} is neither a mailbox nor a message: it has no header of one.", advice=_ADVICE)
    yield path.name, content


def _maildir(path: Path) -> Iterator[tuple[str, bytes]]:
    if not (path / "cur").is_dir() or not (path / "new").is_dir():
        raise BadFile(f"{path} is no Maildir: it has no folders “cur” and “new”.", advice=_ADVICE)
    for file in sorted([*(path / "new").iterdir(), *(path / "cur").iterdir()]):
        try:
            yield f"{file.parent.name}/{file.name}", _beginning(file)
        except (FileNotFoundError, IsADirectoryError):
            continue  # somebody's mail program moved it, or keeps something of its own there


def _mbox(path: Path) -> Iterator[tuple[str, bytes]]:
    box = mailbox.mbox(path, create=False)
    try:
        for number, key in enumerate(box.iterkeys(), 1):
            with box.get_file(key) as file:
                yield f"message {number}", file.read(MOST_BYTES)
    finally:
        box.close()


def _beginning(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(MOST_BYTES)
