"""One file of a segment: its title, and its rule as it is written."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trax_mailer.audience.segments.files import is_name
from trax_mailer.fields import Field, Findings, Kind, json_schema, read_fields
from trax_mailer.model.finding import Finding, Severity, has_errors
from trax_mailer.model.segments import Rule, parse_rule
from trax_mailer.model.values import Text
from trax_mailer.yamltree import Mapping, Node, Scalar, Style, read_tree_from

CHECK = "segment"
_COMMENT = re.compile(r"\s*#\S")
_HEAD = (
    Field(
        name="title",
        kind=Kind.TEXT,
        label="Title",
        required=True,
        merge=False,
        help="Who they are, in a few words.",
    ),
)
_WHERE = Field(
    name="where",
    kind=Kind.TEXT,
    label="Where",
    required=True,
    merge=False,
    help="Who is meant, such as: role is diplomat and language is fr and not tag is press",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a file says. `rule` may name other segments, and is None where it cannot be understood."""

    name: str
    file: str
    title: str
    where: str
    node: Scalar | None
    rule: Rule | None
    findings: tuple[Finding, ...]

    @property
    def usable(self) -> bool:
        """Whether nothing is wrong with the file by itself."""
        return self.rule is not None and not has_errors(self.findings)


def segment_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of a segment's file."""
    schema = json_schema((*_HEAD, _WHERE), title="A segment: some of the readers of a list")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def read_segment(path: Path, *, shown_as: str, zone: dt.tzinfo) -> Written:
    """Read the file of a segment."""
    tree = read_tree_from(path, shown_as=shown_as)
    findings = Findings(check=CHECK)
    findings.extend(tree.findings)
    title, where, rule = "", None, None
    if tree.root is not None:
        head = read_fields(tree.root, _HEAD, check=CHECK, whose="a segment", skip=("where",))
        findings.extend(head.findings)
        title = head.group["title"].source if isinstance(head.group["title"], Text) else ""
        where = _where(tree.root, findings) if isinstance(tree.root, Mapping) else None
        if not is_name(path.stem):
            findings.at(
                tree.root,
                f"“{path.stem}” is no name for a segment.",
                advice="Call the file by letters, digits, hyphens and underscores: diplomats-fr.yaml.",
            )
    if where is not None:
        rule = _rule(where, findings, zone=zone)
    return Written(
        name=path.stem,
        file=shown_as,
        title=title,
        where=" ".join(where.text.split()) if where else "",
        node=where,
        rule=rule,
        findings=findings.all(),
    )


def _where(root: Mapping, findings: Findings) -> Scalar | None:
    entry = root.entry("where")
    if entry is None:
        findings.at(root, "“where” is missing: a segment says who is meant.", advice=_WHERE.help)
        return None
    node: Node = entry.value
    if not isinstance(node, Scalar):
        findings.at(
            node,
            "“where” takes words, not a list or a group of fields.",
            advice="Write the condition in one piece; begin with a field: country in [CH, FR].",
        )
        return None
    if node.is_null or not node.text.strip():
        if node.style is not Style.REFUSED:
            findings.at(entry.key, "“where” is empty: a segment says who is meant.", advice=_WHERE.help)
        return None
    if node.style is Style.PLAIN and _COMMENT.match(node.rest_of_line):
        findings.at(
            node,
            "“where” ends before “#”: what follows is a comment.",
            advice="Put all of it in quotes if the # belongs to it; begin a comment with “# ”.",
        )
    return node


def _rule(where: Scalar, findings: Findings, *, zone: dt.tzinfo) -> Rule | None:
    parsed = parse_rule(where.text, zone=zone)
    for problem in parsed.problems:
        place = where.place_in(problem.offset, problem.written) if problem.written else where.place
        findings.at(where, problem.message, advice=problem.advice, severity=Severity.ERROR, place=place)
    return parsed.rule
