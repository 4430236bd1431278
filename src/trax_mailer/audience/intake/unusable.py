"""Files that cannot be used at all, in words."""

from __future__ import annotations

import stat
from pathlib import Path

from trax_mailer.errors import BadFile
from trax_mailer.model.finding import Finding, Place, Severity

SAVE_AS_CSV = (
    "Save it as CSV: in Excel “Save as” → “CSV UTF-8 (comma delimited)”; in LibreOffice “Save as” → "
    "“Text CSV” → character set “Unicode (UTF-8)”."
)
NAME_THE_COLUMNS = "Its first row must name the columns, one of them “email”: email,name,language"


def unusable(file: Path, message: str, *, line: int = 1, column: int = 1, advice: str = "") -> BadFile:
    """The error for a file that cannot be used, with its place."""
    finding = Finding(
        check="subscribers",
        severity=Severity.ERROR,
        message=message,
        place=Place(str(file), line, column),
        advice=advice,
    )
    return BadFile(f"{file} cannot be imported: {message}.", findings=(finding,), advice=advice)


def unreadable(file: Path, error: OSError) -> BadFile:
    """The error for a file that the system does not let us read."""
    return BadFile(f"{file} cannot be read: {error.strerror or error}.", advice="Check its path and mode.")


def refuse_no_file(file: Path) -> None:
    """Raise BadFile for what is missing, a folder, a device or a pipe: a file is read more than once."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            raise BadFile(f"{file} is no file.", advice="Give a file, such as a CSV file.")
    except OSError as error:
        raise unreadable(file, error) from None
