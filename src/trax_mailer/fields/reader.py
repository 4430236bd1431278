"""The reader behind `read_fields`: goes through nodes and declarations side by side."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from trax_mailer.fields import addresses, moments, words
from trax_mailer.fields.collecting import Fault, Findings, Wrong, listed, named, nearest, shortened, subject
from trax_mailer.fields.composed import read_link, read_picture, read_range
from trax_mailer.fields.faults import markdown_faults, merge_faults
from trax_mailer.fields.field import Field, Kind
from trax_mailer.model.finding import Place, Severity
from trax_mailer.model.values import Group, Markdown, Text, Value
from trax_mailer.yamltree import Mapping, Node, Scalar, Sequence, Style

_COMMENT = re.compile(r"\s*#\S")
_PARSERS: dict[Kind, Callable[[str, Field], Value]] = {
    Kind.TEXT: words.parse_text,
    Kind.URL: addresses.parse_url,
    Kind.EMAIL: addresses.parse_email,
    Kind.DATE: moments.parse_date,
    Kind.TIME: moments.parse_time,
    Kind.DATE_RANGE: moments.parse_date_range,
    Kind.NUMBER: words.parse_number,
    Kind.BOOLEAN: words.parse_boolean,
    Kind.CHOICE: words.parse_choice,
    Kind.LANGUAGE: words.parse_language,
    Kind.COLOUR: words.parse_colour,
}
_EXPECTED = {
    Kind.TEXT: "one line of words",
    Kind.MARKDOWN: "text",
    Kind.URL: "a web address",
    Kind.EMAIL: "an e-mail address",
    Kind.DATETIME: "a date and a time",
    Kind.DATE_RANGE: "a date or a range of dates",
    Kind.BOOLEAN: "true or false",
    Kind.CHOICE: "one word",
}


class Reader:
    """Reads nodes of one file; `places` (by dotted path) and the findings grow as it goes."""

    def __init__(self, findings: Findings, *, folder: Path | None, timezone: ZoneInfo) -> None:
        self._findings = findings
        self._folder = folder
        self._timezone = timezone
        self.places: dict[str, Place] = {}

    def group(
        self,
        node: Node,
        fields: tuple[Field, ...],
        *,
        path: str = "",
        whose: str = "",
        skip: tuple[str, ...] = (),
    ) -> Group | None:
        """The values of a mapping; None, after a finding, when the node is none."""
        if not isinstance(node, Mapping):
            self._no_group(node, fields, subject(path) if path else whose or "This file")
            return None
        whose = whose or (named(path) if path else "this file")
        misspelt = self._unknown(node, [*skip, *(field.name for field in fields)], whose=whose)
        values: dict[str, Value] = {}
        for field in fields:
            entry = node.entry(field.name)
            if entry is not None:
                inner = f"{path}.{field.name}" if path else field.name
                values[field.name] = self._value(entry.value, field, inner, key=entry.key)
                continue
            values[field.name] = None
            if field.required and field.name not in misspelt:
                self._findings.at(node, f"“{field.name}” is missing: {whose} needs one.", advice=field.help)
        return Group(MappingProxyType(values))

    def _no_group(self, node: Node, fields: tuple[Field, ...], subject: str) -> None:
        if isinstance(node, Scalar) and node.style is Style.REFUSED:
            return
        names = [field.name for field in fields]
        first = next((field.name for field in fields if field.required), names[0] if names else "name")
        self._findings.at(
            node,
            f"{subject} takes fields of its own ({listed(names, most=6)}); {_described(node)} stands here.",
            advice=f"Write the fields below it, indented by two blanks: “{first}: …”.",
        )

    def _unknown(self, node: Mapping, known: list[str], *, whose: str) -> set[str]:
        """Report the names that nobody declared; the declared ones that were probably meant."""
        names = set(node.names())
        free = [candidate for candidate in known if candidate not in names]
        misspelt: set[str] = set()
        for entry in node.entries:
            name = entry.key.text
            if name in known:
                continue
            if self._findings.full:
                self._findings.stop_looking()
                break
            meant = nearest(name, free) or nearest(name, known)
            if meant:
                misspelt.add(meant)
            advice = f"Did you mean “{meant}”?" if meant else f"Its fields are {listed(known)}."
            self._findings.at(entry.key, f"“{shortened(name)}” is no field of {whose}.", advice=advice)
        return misspelt

    def _value(self, node: Node, field: Field, path: str, *, key: Scalar | None) -> Value:
        self.places[path] = node.place
        if self._findings.full:
            self._findings.stop_looking()
            return None
        if isinstance(node, Scalar) and node.style is Style.REFUSED:
            return None
        try:
            if isinstance(node, Scalar) and (node.is_null or not node.text.strip()):
                if key is None:
                    return self._empty_item(node, field)
                self._empty(node, field, path, key=key)
                return None
            return self._by_kind(node, field, path)
        except Wrong as problem:
            self._findings.at(node, f"{subject(path)} {problem.message}", advice=problem.advice)
            return None

    def _empty_item(self, node: Scalar, field: Field) -> Text:
        """An entry of a list that says nothing; a cell of a table may, when it is written as ""."""
        if field.kind is Kind.TEXT and not node.is_null:
            return Text("")
        raise Wrong("is empty.", advice="Fill it in, or delete the line.")

    def _empty(self, node: Scalar, field: Field, path: str, *, key: Scalar) -> None:
        if node.style is Style.PLAIN and _COMMENT.match(key.rest_of_line.removeprefix(":")):
            self._findings.at(
                key,
                f"{subject(path)} is empty: everything after “#” is a comment.",
                advice="Put the value in quotes if the # belongs to it.",
            )
        elif field.required:
            self._findings.at(key, f"{subject(path)} is empty and must be filled in.", advice=field.help)

    def _by_kind(self, node: Node, field: Field, path: str) -> Value:
        read_group = partial(self.group, path=path)
        match field.kind:
            case Kind.LIST:
                return self._list(node, field, path)
            case Kind.GROUP:
                return self._by_language(node, field.of, path) if field.of else read_group(node, field.fields)
            case Kind.LINK:
                return read_link(node, read_group)
            case Kind.PICTURE:
                return read_picture(node, read_group, self._findings, path=path, folder=self._folder)
            case Kind.DATE_RANGE if isinstance(node, Mapping):
                return read_range(node, read_group)
        if isinstance(node, Scalar):
            return self._scalar(node, field, path)
        expected = _EXPECTED.get(field.kind, f"a {field.kind}")
        quotes = "Put the value in quotes if the brackets belong to the words."
        raise Wrong(
            f"takes {expected}; {_described(node)} stands here.", advice=quotes if node.flow else field.help
        )

    def _by_language(self, node: Node, item: Field, path: str) -> Group:
        if not isinstance(node, Mapping):
            raise Wrong(
                f"takes values by language; {_described(node)} stands here.", advice="Write {fr: …, es: …}."
            )
        values: dict[str, Value] = {}
        for entry in node.entries:
            try:
                tag = words.parse_language(entry.key.text.strip(), item)
            except Wrong as problem:
                self._findings.at(entry.key, f"{subject(path)} {problem.message}", advice=problem.advice)
                continue
            values[tag] = self._value(entry.value, item, f"{path}.{tag}", key=entry.key)
        return Group(MappingProxyType(values))

    def _list(self, node: Node, field: Field, path: str) -> tuple[Value, ...]:
        if field.of is None:
            raise TypeError(f"the list {field.name!r} declares no items")
        if not isinstance(node, Sequence):
            raise Wrong(
                f"takes a list; {_described(node)} stands here.",
                advice="Start each entry on a line of its own with “- ”.",
            )
        if field.required and not node.items:
            raise Wrong("is an empty list; at least one entry is needed.")
        values = (
            self._value(item, field.of, f"{path}.{index}", key=None) for index, item in enumerate(node.items)
        )
        return tuple(value for value in values if value is not None)

    def _scalar(self, node: Scalar, field: Field, path: str) -> Value:
        self._cut_by_comment(node, path)
        if field.kind is Kind.MARKDOWN:
            words.check_words(node.text, longest=words.LONGEST_MARKDOWN)
            self._faults(node, merge_faults(node.text, allowed=field.merge), path)
            self._faults(node, markdown_faults(node.text), path)
            return Markdown(node.text.strip("\n").rstrip())
        if field.kind is Kind.DATETIME:
            return moments.parse_datetime(node.text.strip(), field, self._timezone)
        value = _PARSERS[field.kind](node.text.strip(), field)
        if isinstance(value, Text):
            self._faults(node, merge_faults(node.text, allowed=field.merge), path)
        return value

    def _cut_by_comment(self, node: Scalar, path: str) -> None:
        if node.style is Style.PLAIN and _COMMENT.match(node.rest_of_line):
            self._findings.at(
                node,
                f"{subject(path)} ends before “#”: what follows is a comment.",
                advice="Put the value in quotes if the # belongs to it; begin a comment with “# ”.",
                severity=Severity.WARNING,
            )

    def _faults(self, node: Scalar, faults: Iterable[Fault], path: str) -> None:
        for fault in faults:
            if self._findings.full:
                self._findings.stop_looking()
                return
            self._findings.at(
                node,
                f"{subject(path)} {fault.message}",
                advice=fault.advice,
                check=fault.check,
                severity=fault.severity,
                place=node.place_in(fault.offset, fault.written),
            )


def _described(node: Node) -> str:
    if isinstance(node, Sequence):
        return "a list"
    if isinstance(node, Mapping):
        return "a group of fields"
    return f"“{shortened(node.text, most=30)}”" if node.text.strip() else "nothing"
