"""How far a mailbox was read: a small file in the state directory, beside the ledger.

Written only after what was read is committed. Where it is lost, damaged or late, messages are read again,
and say nothing new.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from trax_mailer.storage.safe_file import new_file

_MOST_OPEN = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """The last message that was read, in the numbering of `validity` (RFC 3501 §2.3.1.1).

    `left` are earlier ones that a person should look at, as long as they lie there.
    """

    validity: int
    uid: int
    left: tuple[int, ...] = ()


def read_bookmark(state: Path, mailbox: str) -> Bookmark | None:
    """The bookmark of that mailbox; None where there is none that can be read."""
    file = _file(state, mailbox)
    try:
        data = json.loads(file.read_bytes())
        left = tuple(int(one) for one in data["left"])
        return Bookmark(validity=int(data["validity"]), uid=int(data["uid"]), left=left)
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None


def write_bookmark(state: Path, mailbox: str, mark: Bookmark) -> None:
    """Keep the bookmark in the place of the one before. Raises BadState where it cannot be written."""
    data = {"validity": mark.validity, "uid": mark.uid, "left": list(mark.left[-_MOST_OPEN:])}
    with new_file(_file(state, mailbox), force=True) as file:
        file.write(json.dumps(data).encode())


def _file(state: Path, mailbox: str) -> Path:
    return state / f"mailbox-{hashlib.sha256(mailbox.encode()).hexdigest()[:12]}.json"
