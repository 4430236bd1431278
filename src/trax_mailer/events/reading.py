"""Reading a file of reports: large, compressed, a pipe, or not what it should be."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from trax_mailer.errors import BadFile

_GZIP = b"\x1f\x8b"
_LONGEST_LINE = 64 * 1024


def lines_of(path: Path) -> Iterator[str]:
    """The lines of a text file, compressed with gzip or not, one in memory at a time. Raises BadFile.

    Bytes that are no UTF-8 become marks. A line of more than 64 kB comes in pieces.
    """
    try:
        with path.open("rb") as file:
            opened: BinaryIO | gzip.GzipFile = file
            if io.BufferedReader.peek(file, 2)[:2] == _GZIP:
                opened = gzip.GzipFile(fileobj=file)
            while line := opened.readline(_LONGEST_LINE):
                yield line.decode("utf-8", "replace")
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(path, error) from None


def unreadable(path: Path, error: Exception) -> BadFile:
    """The words for a file that the operating system or the decompression refuses."""
    said = getattr(error, "strerror", None) or str(error)
    return BadFile(
        f"{path} cannot be read: {said}.", advice="Check the path, and whether this account may read it."
    )
