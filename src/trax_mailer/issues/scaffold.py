"""Making a workspace, and the folder of the next issue. Nothing that exists is ever written over."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from trax_mailer.errors import BadWorkspace, Conflict, Refused
from trax_mailer.fields import read_fields
from trax_mailer.issues.finding_issues import ISSUE_FILE, issue_folders
from trax_mailer.issues.frame import write_frame
from trax_mailer.issues.head import ISSUE_FIELDS
from trax_mailer.sections import load_section_types
from trax_mailer.settings import Settings
from trax_mailer.yamltree import read_tree

STARTER = Path(__file__).parent.parent / "starter" / "workspace"
"""What a new workspace is made of."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def init_workspace(folder: Path, *, today: dt.date) -> list[Path]:
    """Copy the starter into `folder`, which is made where it is missing; the files written.

    Its first issue is dated `today`, and its other dates keep their distance to that day.

    Raises `Conflict` when any of them is there already, before anything is written, and
    `BadWorkspace` when the folder cannot be written.
    """
    sources = sorted(path for path in STARTER.rglob("*") if path.is_file() and path.suffix != ".pyc")
    targets = {folder / source.relative_to(STARTER): source for source in sources}
    taken = [target for target in targets if target.exists() or target.is_symlink()]
    if taken:
        raise Conflict(
            f"{taken[0]} is there already; nothing was written.",
            advice="Choose an empty folder, or go on in the workspace that stands there.",
        )
    try:
        for target, source in targets.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            content = source.read_bytes()
            if target.name == ISSUE_FILE:
                content = _move_dates(content.decode(), today).encode()
            _write_new(target, content)
    except OSError as error:
        raise BadWorkspace(
            f"{folder} cannot be written: {error.strerror}.", advice="Choose another folder."
        ) from error
    return list(targets)


def new_issue(settings: Settings, title: str, *, on: dt.date) -> Path:
    """Write the frame of the next issue, dated `on`; its file.

    The number is one more than the highest. Raises `Refused` for a title that cannot stand, and
    `Conflict` when somebody else has just taken the number.
    """
    issues = settings.root / "issues"
    number = max(issue_folders(settings.root), default=0) + 1
    types = load_section_types(settings.root / "templates" / "email")
    frame = write_frame(number=number, title=title.strip(), date=on, language=settings.language, types=types)
    content = frame.encode(errors="surrogatepass")
    _check_title(content)
    folder = issues / f"{number:03}"
    try:
        folder.mkdir(parents=True)
        _write_new(folder / ISSUE_FILE, content)
    except FileExistsError:
        raise Conflict(
            f"{folder} has just been made by somebody else.", advice="Run the command again."
        ) from None
    except OSError as error:
        raise BadWorkspace(
            f"{folder} cannot be written: {error.strerror}.", advice="Check the folder."
        ) from error
    return folder / ISSUE_FILE


def _move_dates(words: str, today: dt.date) -> str:
    """The words with their first date made `today`, and the others moved along."""
    days = [dt.date.fromisoformat(found) for found in _DAY.findall(words)]
    return _DAY.sub(lambda found: str(today + (dt.date.fromisoformat(found[0]) - days[0])), words)


def _check_title(frame: bytes) -> None:
    """A frame is correct but for its title, the one thing that a person gave."""
    tree = read_tree(frame, file=ISSUE_FILE)
    reading = read_fields(tree.root, ISSUE_FIELDS, skip=("sections",))
    for finding in (*tree.findings, *reading.findings):
        raise Refused(f"This title cannot be used: {finding.message}", advice=finding.advice)


def _write_new(path: Path, content: bytes) -> None:
    with path.open("xb") as stream:
        stream.write(content)
