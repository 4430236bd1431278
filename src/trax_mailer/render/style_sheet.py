"""The look's style sheet, cut in two: rules to be inlined, and rules that only work in `<style>`.

Media queries, `:hover` and the like cannot be inlined and stay in the head; plain rules go into
`style` attributes, since many mail programs drop the head.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_STRING_OR_BRACE = re.compile(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{};]""", re.DOTALL)
_FETCHES = re.compile(
    r"@import\b|@font-face\b|@charset\b|url\(\s*['\"]?\s*(?:https?:|//|file:)", re.IGNORECASE
)
_STAYS = re.compile(r":{1,2}[a-z-]|^\s*\*|[\s>+~]\*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StyleSheet:
    """`inlined` goes into style attributes, `head` into a `<style>` of its own."""

    inlined: str
    head: str


class BadStyle(Exception):
    """The style sheet cannot be used; `line` counts from 1."""

    def __init__(self, message: str, *, line: int) -> None:
        super().__init__(message)
        self.line = line


def read_style(css: str) -> StyleSheet:
    """Cut a style sheet in two. Raises BadStyle for what would be fetched or is not closed."""
    bare = _COMMENT.sub(lambda comment: "\n" * comment.group().count("\n"), css)
    if "</" in bare:
        raise BadStyle("“</” would end the style sheet", line=_line(bare, bare.index("</")))
    if fetched := _FETCHES.search(bare):
        message = f"“{fetched.group().strip()}”: mail must not fetch styles, fonts or pictures this way"
        raise BadStyle(message, line=_line(bare, fetched.start()))
    inlined: list[str] = []
    head: list[str] = []
    for start, rule in _rules(bare):
        selector = rule.partition("{")[0]
        if selector.startswith("@") or _STAYS.search(selector):
            head.append(rule)
            continue
        if "!important" in rule.replace(" ", "").lower():
            message = "a rule to be inlined says !important, which nothing can override in the dark"
            raise BadStyle(message, line=_line(bare, start))
        inlined.append(rule)
    return StyleSheet("\n".join(inlined), "\n".join(head))


def _rules(css: str) -> list[tuple[int, str]]:
    """Every top-level rule, with the offset where it begins."""
    rules: list[tuple[int, str]] = []
    depth, begin = 0, 0
    for match in _STRING_OR_BRACE.finditer(css):
        sign = match.group()
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            raise BadStyle("“}” closes nothing", line=_line(css, match.start()))
        if depth == 0 and sign in "};":
            rule = css[begin : match.end()]
            if rule.strip(" \t\r\n;"):
                rules.append((begin + len(rule) - len(rule.lstrip()), rule.strip()))
            begin = match.end()
    if depth or css[begin:].strip():
        raise BadStyle(
            "a rule is not closed", line=_line(css, begin + len(css[begin:]) - len(css[begin:].lstrip()))
        )
    return rules


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
