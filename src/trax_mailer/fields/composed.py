"""Values made of several fields: links, pictures, ranges of dates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from trax_mailer.fields.collecting import Findings, Wrong, shortened, subject
from trax_mailer.fields.field import LINK_FIELDS, PICTURE_FIELDS, RANGE_FIELDS, Field
from trax_mailer.fields.moments import make_range
from trax_mailer.fields.pictures import check_picture_file
from trax_mailer.model.values import DateRange, Group, Link, Picture, Text, Url, Value
from trax_mailer.yamltree import Mapping, Node, Scalar

ReadGroup: TypeAlias = Callable[[Node, tuple[Field, ...]], Group | None]
"""Reads a node by fields; gives None, after a finding, when it is no mapping."""


def read_link(node: Node, read_group: ReadGroup) -> Link | None:
    """A labelled link."""
    if isinstance(node, Scalar):
        url = shortened(node.text) if ":" in node.text else "https://…"
        raise Wrong(
            "takes a label and a url; only words stand here.",
            advice=f"Write {{label: Read more, url: {url}}}.",
        )
    group = read_group(node, LINK_FIELDS)
    if group is None:
        return None
    label, target = group["label"], group["url"]
    return (
        Link(label=label.source, url=target) if isinstance(label, Text) and isinstance(target, Url) else None
    )


def read_range(node: Mapping, read_group: ReadGroup) -> DateRange | None:
    """A range of dates written as `{from: …, to: …}`."""
    group = read_group(node, RANGE_FIELDS)
    start, end = (group["from"], group["to"]) if group else (None, None)
    if start is None or end is None:
        return None
    return make_range(start, end)  # type: ignore[arg-type] # both are declared as dates


def read_picture(
    node: Node, read_group: ReadGroup, findings: Findings, *, path: str, folder: Path | None
) -> Picture | None:
    """A picture; its file is looked at when `folder` is given."""
    if isinstance(node, Scalar):
        raise Wrong(
            "takes a file and words that describe the picture; only words stand here.",
            advice=f'Write {{file: {shortened(node.text)}, alt: "what it shows"}}.',
        )
    group = read_group(node, PICTURE_FIELDS)
    if group is None or not isinstance(node, Mapping):
        return None
    described = _is_described(node, group, findings, path=path)
    file = _read_file(node, group, findings, path=path, folder=folder)
    if file is None or not described:
        return None
    return Picture(
        file=file,
        alt=_words(group["alt"]) or "",
        decorative=group["decorative"] is True,
        caption=_words(group["caption"]),
        credit=_words(group["credit"]),
        link=group["link"] if isinstance(group["link"], Url) else None,
    )


def _read_file(
    node: Mapping, group: Group, findings: Findings, *, path: str, folder: Path | None
) -> PurePosixPath | None:
    written = _words(group["file"])
    if written is None:
        return None
    if folder is None:
        return PurePosixPath(written)
    try:
        return check_picture_file(written, folder)
    except Wrong as problem:
        findings.at(
            node.get("file") or node,
            f"{subject(path + '.file')} {problem.message}",
            advice=problem.advice,
            check="pictures",
        )
        return None


def _is_described(node: Mapping, group: Group, findings: Findings, *, path: str) -> bool:
    """Every picture says what it shows, or that it shows nothing."""
    decorative = group["decorative"] is True
    if not decorative and group["alt"] is None:
        findings.at(
            node.get("alt") or node,
            f"{subject(path)} has no alt: words that say what the picture shows.",
            advice='Add alt: "…", or decorative: true for a mere ornament.',
            check="pictures",
        )
        return False
    other = "an alt" if group["alt"] is not None else "a link" if group["link"] is not None else ""
    if decorative and other:
        findings.at(
            node.get("decorative") or node,
            f"{subject(path)} is decorative and has {other}; it can only be one of them.",
            advice="Remove decorative, and describe the picture with alt.",
            check="pictures",
        )
        return False
    return True


def _words(value: Value) -> str | None:
    return value.source if isinstance(value, Text) else None
