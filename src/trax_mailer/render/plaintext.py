"""Plain text: wrapping at 72 columns, with markers as long as what replaces them."""

from __future__ import annotations

import re

from trax_mailer.render.markers import shown_length

WIDTH = 72
"""RFC 5322 §2.1.1 asks for at most 78; quoting needs a few more."""

_HANGING = re.compile(r"(?:[-*•] |\d{1,3}[.)] )")
_QUOTED = re.compile(r"(?:> ?)+")
_BLANKS = re.compile(r"[ \t]+")
_GAPS = re.compile(r"\n{3,}")


class MarkdownText(str):
    """Plain text made from Markdown, in which a `>` at the start of a line marks a quotation."""

    __slots__ = ()


def wrap(text: object, indent: int = 0, width: int = WIDTH) -> str:
    """Every line of `text` broken at blanks to fit `width`; longer words stay whole.

    Bullets hang, quotation marks of Markdown are repeated, and every line is indented by `indent` blanks.
    """
    margin, quotes = " " * indent, isinstance(text, MarkdownText)
    lines: list[str] = []
    for line in str(text).split("\n"):
        lines.extend(_wrapped(line, margin=margin, width=width, quotes=quotes))
    return "\n".join(lines)


def _wrapped(line: str, *, margin: str, width: int, quotes: bool) -> list[str]:
    words = [word for word in _BLANKS.split(line) if word]
    if not words:
        return [""]
    first = margin + line[: len(line) - len(line.lstrip(" \t"))].replace("\t", "    ")
    rest = first
    content = line.lstrip(" \t")
    if quotes and (quoted := _QUOTED.match(content)):
        quotation = quoted.group().rstrip() + " "
        first, rest = first + quotation, rest + quotation
        content = content[quoted.end() :]
    if bullet := _HANGING.match(content):
        first, rest = first + bullet.group(), rest + " " * len(bullet.group())
        content = content[bullet.end() :]
    return _filled(content, first=first, rest=rest, width=width)


def _filled(content: str, *, first: str, rest: str, width: int) -> list[str]:
    lines: list[str] = []
    line, length = first, len(first)
    started = False
    for word in _BLANKS.split(content.strip(" \t")):
        needed = shown_length(word)
        if started and length + 1 + needed > width:
            lines.append(line)
            line, length, started = rest, len(rest), False
        line += f" {word}" if started else word
        length += needed + started
        started = True
    lines.append(line)
    return [line.rstrip() for line in lines]


def heading(text: object, underline: str = "=") -> str:
    """A heading: wrapped, and underlined as long as its longest line."""
    wrapped = wrap(text)
    longest = max(shown_length(line) for line in wrapped.split("\n"))
    return f"{wrapped}\n{underline * min(longest, WIDTH)}"


def tidied(text: str) -> str:
    """No blanks at the ends of lines, at most one empty line in a row, one line break at the end."""
    lines = "\n".join(line.rstrip(" \t") for line in text.split("\n"))
    return _GAPS.sub("\n\n", lines).strip("\n") + "\n"
