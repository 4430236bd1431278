"""Why a file is no valid YAML, in the words of the person who wrote it.

The parser knows where it gave up; a person wants to know what to change. The usual causes are
looked for in the line of the problem and in the one before, and the parser's own words are the
last resort.
"""

from __future__ import annotations

import re

import yaml

from trax_mailer.model.finding import Finding, Place
from trax_mailer.yamltree.decoding import CHECK
from trax_mailer.yamltree.nodes import Source
from trax_mailer.yamltree.quoting import find_misread

_STOPS = " The rest of the file is checked once this is mended."
_TAB = re.compile(r" *(?:- *)*\t")
_NO_BLANK = re.compile(r"\s*(?:- +)*(?P<key>[A-Za-z_][\w-]*):(?=[^\s/])")
_KEY = re.compile(r"(?P<indent>\s*)(?:- +)*[\w-]+:(?:\s|$)")


def explain(error: yaml.MarkedYAMLError, source: Source) -> Finding:
    """The finding for a syntax error: what is wrong, where, and how to write it."""
    line, column = _position(error.problem_mark or error.context_mark, source)
    for diagnose in (_tab, _unclosed, _misread, _missing_blank, _indentation):
        finding = diagnose(error, source, line)
        if finding is not None:
            return finding
    words = error.problem or error.context or "it cannot be read"
    return _finding(
        source,
        source.place(line, column),
        f"This is not valid YAML: {words}.",
        "Compare this line and the one above with a part of the file that works.",
    )


def _position(mark: yaml.Mark | None, source: Source) -> tuple[int, int]:
    if mark is None:
        return 1, 1
    place = source.place(mark.line + 1, mark.column + 1)
    line, column = place.line, place.column
    while line > 1 and not source.excerpt(line).strip():
        line -= 1
        column = len(source.excerpt(line)) + 1
    return line, column


def _finding(source: Source, place: Place, message: str, advice: str) -> Finding:
    return source.finding(place, message, check=CHECK, advice=advice + _STOPS)


def _tab(_error: yaml.MarkedYAMLError, source: Source, line: int) -> Finding | None:
    match = _TAB.match(source.excerpt(line))
    if match is None:
        return None
    return _finding(
        source,
        Place(source.file, line, match.end()),
        "A tab stands here; YAML indents with blanks only.",
        "Replace each tab by two blanks (many editors have a setting “insert spaces”).",
    )


def _unclosed(error: yaml.MarkedYAMLError, source: Source, line: int) -> Finding | None:
    """Quotes or brackets that were opened earlier and never closed."""
    context, mark = error.context or "", error.context_mark
    if mark is None:
        return None
    start = source.place(mark.line + 1, mark.column + 1)
    if "quoted scalar" in context and "end of stream" in (error.problem or ""):
        return _finding(
            source,
            start,
            "The quotation mark that opens here is never closed.",
            "Close it at the end of the value. Words that begin with an apostrophe go in double quotes.",
        )
    if "flow" in context and start.line < line:
        misread = find_misread(source.excerpt(start.line))
        if misread is None or misread.column != start.column:
            return _finding(source, start, "The bracket that opens here is never closed.", "Close it.")
        return _finding(
            source,
            start,
            "The bracket that opens here is never closed.",
            f"Close it, or put the value in quotes if the bracket belongs to the words: {misread.rewritten}",
        )
    return None


def _misread(error: yaml.MarkedYAMLError, source: Source, line: int) -> Finding | None:
    marks = [mark.line + 1 for mark in (error.context_mark,) if mark is not None]
    for candidate in dict.fromkeys([line, line - 1, *(mark for mark in marks if mark >= line - 1)]):
        misread = find_misread(source.excerpt(candidate))
        if misread is not None:
            return _finding(
                source,
                Place(source.file, candidate, misread.column),
                f"This value needs quotes: {misread.why}.",
                f"Quote this value: {misread.rewritten}",
            )
    return None


def _missing_blank(_error: yaml.MarkedYAMLError, source: Source, line: int) -> Finding | None:
    for candidate in (line, line - 1):
        match = _NO_BLANK.match(source.excerpt(candidate))
        if match is not None:
            return _finding(
                source,
                Place(source.file, candidate, match.end()),
                f"A blank is missing after “{match['key']}:”.",
                f"Write “{match['key']}: …”, with a blank between the colon and the value.",
            )
    return None


def _indentation(error: yaml.MarkedYAMLError, source: Source, line: int) -> Finding | None:
    text = source.excerpt(line)
    if not (_KEY.match(text) or text.lstrip().startswith("- ")):
        return None
    if not any(words in (error.problem or "") for words in ("not allowed", "expected")):
        return None
    column = len(text) - len(text.lstrip()) + 1
    return _finding(
        source,
        Place(source.file, line, column),
        f"This line is indented by {column - 1} blanks, which fits nothing above it.",
        "Fields that belong together start in one column, what belongs to a field two blanks further in.",
    )
