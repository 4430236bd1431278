"""Parser events into nodes. What YAML offers beyond plain data is refused, each with its place."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from trax_mailer.model.finding import Finding, Place
from trax_mailer.yamltree.decoding import CHECK
from trax_mailer.yamltree.nodes import Entry, Mapping, Node, Scalar, Sequence, Source, Style
from trax_mailer.yamltree.quoting import find_misread

MAX_FINDINGS = 100

_STYLES = {"'": Style.SINGLE, '"': Style.DOUBLE, "|": Style.LITERAL, ">": Style.FOLDED}


class TooDeep(Exception):
    """Nodes stand inside each other deeper than allowed."""

    def __init__(self, place: Place) -> None:
        super().__init__(str(place))
        self.place = place


class Composer:
    """Builds the tree of one file. `findings` grows while `compose` runs."""

    def __init__(self, text: str, source: Source, *, max_depth: int) -> None:
        self._text = text
        self._source = source
        self._max_depth = max_depth
        self.findings: list[Finding] = []

    def compose(self, events: Iterator[yaml.Event]) -> Node:
        """The root of the first document. Raises `TooDeep` and PyYAML's own errors."""
        root: Node | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent) and root is not None:
                self._find(
                    self._place(event),
                    "A second document starts here (a line with ---).",
                    advice="Keep one document in a file; delete this line and what follows, or join them.",
                )
                break
            if isinstance(event, yaml.NodeEvent):
                root = self._node(event, events, depth=0)
        if root is None or (isinstance(root, Scalar) and root.style is Style.PLAIN and not root.text):
            return Mapping((), self._source.place(1, 1), self._source)
        return root

    def _node(self, event: yaml.NodeEvent, events: Iterator[yaml.Event], *, depth: int) -> Node:
        place = self._place(event)
        if depth > self._max_depth:
            raise TooDeep(place)
        if isinstance(event, yaml.AliasEvent):
            self._find(
                place,
                f"“*{_short(event.anchor)}” is a YAML alias, which is not used here.",
                advice="Write the value itself; put words that begin with an asterisk in quotes.",
            )
            return Scalar("", Style.REFUSED, place, self._source)
        self._refuse_anchor(event.anchor, place)
        if isinstance(event, yaml.ScalarEvent):
            self._refuse_tag(event.tag, place)
            return self._scalar(event, place)
        if isinstance(event, yaml.CollectionStartEvent):
            self._refuse_tag(event.tag, place)
        flow = isinstance(event, yaml.CollectionStartEvent) and bool(event.flow_style)
        children = self._children(events, depth=depth + 1)
        if isinstance(event, yaml.SequenceStartEvent):
            return Sequence(tuple(children), place, self._source, flow=flow)
        return self._mapping(children, place, flow=flow)

    def _scalar(self, event: yaml.ScalarEvent, place: Place) -> Scalar:
        start, end = event.start_mark, event.end_mark
        raw = self._text[start.index : end.index] if start and end else ""
        return Scalar(event.value, _STYLES.get(event.style or "", Style.PLAIN), place, self._source, raw)

    def _children(self, events: Iterator[yaml.Event], *, depth: int) -> Iterator[Node]:
        for event in events:
            if isinstance(event, yaml.CollectionEndEvent):
                return
            if isinstance(event, yaml.NodeEvent):
                yield self._node(event, events, depth=depth)

    def _mapping(self, children: Iterator[Node], place: Place, *, flow: bool) -> Mapping | Scalar:
        entries: dict[str, Entry] = {}
        refused = False
        for key in children:
            value = next(children)
            if not isinstance(key, Scalar) or key.style is Style.REFUSED:
                refused = True
                self._refuse_key(key, place)
            elif key.text == "<<" and key.style is Style.PLAIN:
                message = "“<<” is a YAML merge key, which is not used here."
                self._find(key.place, message, advice="Write the fields themselves.")
            elif key.text in entries:
                first = entries[key.text].key.place
                self._find(
                    key.place,
                    f"“{_short(key.text)}” is given twice; the first stands in line {first.line}.",
                    advice="Keep one of them.",
                )
            else:
                entries[key.text] = Entry(key, value)
        if refused and not entries:
            return Scalar("", Style.REFUSED, place, self._source)
        return Mapping(tuple(entries.values()), place, self._source, flow=flow)

    def _refuse_key(self, key: Node, place: Place) -> None:
        line = self._source.lines[place.line - 1] if place.line <= len(self._source.lines) else ""
        if line[place.column - 1 :].startswith("{{"):
            message = "A value that begins with “{{” must be in quotes, or YAML reads it as something else."
            self._find(place, message, advice=self._with_quotes(place))
        elif not isinstance(key, Scalar):
            message = "A field's name must be a word, not a list or a group."
            self._find(key.place, message, advice=self._with_quotes(key.place))

    def _refuse_anchor(self, anchor: str | None, place: Place) -> None:
        if anchor is not None:
            self._find(
                place,
                f"“&{_short(anchor)}” is a YAML anchor, which is not used here.",
                advice="Delete it; put words that begin with an ampersand in quotes.",
            )

    def _refuse_tag(self, tag: str | None, place: Place) -> None:
        if tag is not None:
            self._find(
                place,
                f"“{_short(tag.replace('tag:yaml.org,2002:', '!!'))}” is a YAML tag, which is not used here.",
                advice="Delete it; put words that begin with an exclamation mark in quotes.",
            )

    def _with_quotes(self, place: Place) -> str:
        misread = find_misread(self._source.excerpt(place.line))
        return f"Quote this value: {misread.rewritten}" if misread else "Put the value in quotes."

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        return self._source.place(mark.line + 1, mark.column + 1) if mark else self._source.place(1, 1)

    def _find(self, place: Place, message: str, *, advice: str) -> None:
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(self._source.finding(place, message, check=CHECK, advice=advice))


def _short(words: str | None) -> str:
    return words if words and len(words) <= 60 else f"{(words or '')[:60]}…"
