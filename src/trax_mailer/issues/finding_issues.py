"""Finding the file of an issue by what a person calls it."""

from __future__ import annotations

import re
from pathlib import Path

from trax_mailer.errors import BadFile
from trax_mailer.fields import did_you_mean

ISSUE_FILE = "issue.yaml"

_NUMBER = re.compile(r"(?:[Nn]o\.? ?)?0*([0-9]{1,9})")


def issue_folders(root: Path) -> dict[int, Path]:
    """The folders of a workspace's issues by number, in order."""
    folders = (entry for entry in (root / "issues").glob("*") if entry.is_dir())
    numbered = {int(folder.name): folder for folder in folders if re.fullmatch(r"[0-9]{1,9}", folder.name)}
    return dict(sorted(numbered.items()))


def find_issue(root: Path, reference: str | None) -> Path:
    """The file meant by `58`, `058`, `issues/058` or `issues/058/issue.yaml`; the newest for None.

    Paths count from the workspace or, failing that, from the working folder. Raises `BadFile`, with a guess.
    """
    folders = issue_folders(root)
    if reference is None:
        reference = next((folder.name for folder in reversed(folders.values())), "")
        if not reference:
            raise BadFile("This workspace has no issue yet.", advice="“trax new TITLE” writes the first.")
    written = reference.strip()
    number = _NUMBER.fullmatch(written)
    if number and int(number[1]) in folders:
        file = folders[int(number[1])] / ISSUE_FILE
        if file.is_file():
            return file
        raise BadFile(f"The folder {file.parent.name} holds no {ISSUE_FILE}.", advice=f"Write one: {file}")
    if not number and written and "\x00" not in written:
        for start in (root, root / "issues", Path()):
            path = start / written
            for file in (path, path / ISSUE_FILE):
                if _is_file(file):
                    return file
    raise BadFile(f"There is no issue “{written[:80]}”.", advice=_advice(written, folders, number))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # such as a name too long for the file system
        return False


def _advice(written: str, folders: dict[int, Path], number: re.Match[str] | None) -> str:
    if not folders:
        return "This workspace has no issues yet; “trax new TITLE” writes the first."
    names = [folder.name for folder in folders.values()]
    meant = did_you_mean(number[1].zfill(3) if number else Path(written).name, names)
    shown = ", ".join(names[-10:])
    return f"{meant} The issues are {'… ' if len(names) > 10 else ''}{shown}.".strip()
