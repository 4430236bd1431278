"""Reading a file into a tree, by the events of PyYAML's parser."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from trax_mailer.model.finding import Finding, Place, Severity
from trax_mailer.yamltree.composing import Composer, TooDeep
from trax_mailer.yamltree.decoding import CHECK, decode
from trax_mailer.yamltree.diagnosis import explain
from trax_mailer.yamltree.nodes import Mapping, Node, Source

MAX_BYTES = 512 * 1024
"""Larger files are refused unread: a long issue has some 20 KB."""
MAX_DEPTH = 40

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's parser where PyYAML was built with it (20 times faster), its Python twin elsewhere."""


@dataclass(frozen=True, slots=True)
class Tree:
    """What a file holds. `root` is None when it cannot be read; an empty file is an empty mapping."""

    root: Node | None
    findings: tuple[Finding, ...]
    source: Source

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of the file."""
        return self.source.lines

    @property
    def is_empty(self) -> bool:
        """Whether the file could be read and says nothing."""
        return isinstance(self.root, Mapping) and not self.root.entries and not self.root.flow


def read_tree(data: bytes, *, file: str) -> Tree:
    """The tree of YAML text in UTF-8; `file` is the name shown in places."""
    if len(data) > MAX_BYTES:
        return _unread(file, f"This file is too large ({_size(len(data))}).", advice=_TOO_LARGE)
    text, findings = decode(data, file=file)
    if text is None:
        return Tree(None, tuple(findings), Source(file, ()))
    source = Source(file, tuple(text.split("\n")))
    composer = Composer(text, source, max_depth=MAX_DEPTH)
    root: Node | None = None
    try:
        root = composer.compose(_events(text))
    except yaml.MarkedYAMLError as error:
        finding = explain(error, source)
        composer.findings = [other for other in composer.findings if other.place != finding.place]
        findings.append(finding)
    except TooDeep as error:
        findings.append(
            source.finding(
                error.place,
                f"Lists and fields stand inside each other more than {MAX_DEPTH} levels deep here.",
                check=CHECK,
                advice="An issue needs five or six levels. Look for brackets that were never closed.",
            )
        )
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        findings.append(
            source.finding(Place(file, 1, 1), f"This file is not valid YAML: {error}.", check=CHECK)
        )
    return Tree(root, (*findings, *composer.findings), source)


def read_tree_from(path: Path, *, shown_as: str | None = None) -> Tree:
    """The tree of a file. Its size is looked at first: a file of 50 MB is refused unread."""
    file = shown_as if shown_as is not None else str(path)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return _unread(
                file, "This is not a file that can be read.", advice="Give the path of a YAML file."
            )
        if status.st_size > MAX_BYTES:
            return _unread(file, f"This file is too large ({_size(status.st_size)}).", advice=_TOO_LARGE)
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return _unread(file, "This file does not exist.", advice="Check the path.")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return _unread(
            file, f"This file cannot be read: {reason}.", advice="Check the path and its permissions."
        )
    return read_tree(data, file=file)


_TOO_LARGE = f"At most {MAX_BYTES // 1024} KB are read. Pictures belong in files of their own beside it."


def _events(text: str) -> Iterator[yaml.Event]:
    return iter(yaml.parse(text, Loader=_LOADER))


def _unread(file: str, message: str, *, advice: str) -> Tree:
    place = Place(file, 1, 1)
    finding = Finding(check=CHECK, severity=Severity.ERROR, message=message, place=place, advice=advice)
    return Tree(None, (finding,), Source(file, ()))


def _size(count: int) -> str:
    return f"{count / 1024 / 1024:.1f} MB" if count >= 1024 * 1024 else f"{count / 1024:.0f} KB"
