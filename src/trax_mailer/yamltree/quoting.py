"""Values that YAML misreads unless they stand in quotes, and how to write them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINE = re.compile(
    r"(?P<lead>\s*(?:- +)*)(?:(?P<key>[^\s:#'\"\[{&*!|>%@`-][^:#]*?)\s*:[ ]+)?(?P<value>\S.*?)\s*$"
)
_OPENERS = {
    "[": "a list",
    "{": "a group of fields",
    "*": "an alias",
    "&": "an anchor",
    "!": "a tag",
    "|": "a block of text",
    ">": "a block of text",
    "%": "a directive",
    "@": "something reserved",
    "`": "something reserved",
    "}": "the end of a group",
    "]": "the end of a list",
    ",": "the end of an entry",
    "?": "a name that is no word",
    "-": "a list",
}
_BLOCK_HEADER = re.compile(r"[|>][0-9+-]{0,2}(?:\s+#.*)?$")


@dataclass(frozen=True, slots=True)
class Misread:
    """A value that needs quotes. `column` counts from 1; `rewritten` is how to write it."""

    column: int
    why: str
    rewritten: str


def quoted(words: str) -> str:
    """The words as a YAML scalar in quotes, whatever they hold."""
    if '"' in words and "\\" not in words:
        return "'" + words.replace("'", "''") + "'"
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'


def find_misread(line: str) -> Misread | None:
    """The value on this line that YAML takes for something else, if there is one."""
    match = _LINE.match(line)
    if match is None:
        return None
    value, key = match["value"], match["key"]
    why = _why(value, key)
    if why is None:
        return None
    shown = value.strip() if len(value) <= 100 else value[:60].rstrip() + "…"
    if value[0] in "\"'" and value.count(value[0]) >= 2:
        shown = value.replace(value[0], "") if len(value) <= 100 else shown
    return Misread(match.start("value") + 1, why, f"{key}: {quoted(shown)}" if key else quoted(shown))


def _why(value: str, key: str | None) -> str | None:
    first = value[0]
    if first in "\"'":
        return _why_quotes_end_early(value)
    if value.startswith("{{"):
        return "a value that begins with “{{” is read as something else"
    harmless = _BLOCK_HEADER.fullmatch(value) or (first in "-?" and not value.startswith(first + " "))
    if first in _OPENERS and not harmless:
        return f"a value that begins with “{first}” is read as {_OPENERS[first]}"
    if key is not None and not harmless and (": " in value or value.endswith(":")):
        return "a colon followed by a blank is read as the start of another field"
    return None


def _why_quotes_end_early(value: str) -> str | None:
    quote = value[0]
    end = value.find(quote, 1)
    rest = value[end + 1 :].lstrip() if end > 0 else ""
    if not rest or rest.startswith(("#", ":", ",", "]", "}", quote)) or value[:end].endswith("\\"):
        return None
    return f"the quotes end before the value does; {quote} must stand around all of it"
