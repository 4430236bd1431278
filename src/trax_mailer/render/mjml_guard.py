r"""The ASCII guard: what goes into the MJML compiler is pure ASCII and unambiguous.

mjml-python 1.4.2 panics at a bare `>` after a character beyond ASCII, and writes attributes with
Rust's debug escapes (`\u{a0}`). So every such character becomes a numeric reference (an escape of
its own in style sheets), bare `>` becomes `&gt;`, and attributes are double-quoted, without
backslashes and control characters. Browsers read the same words as before.
"""

from __future__ import annotations

import html.entities
import re

_TOKEN = re.compile(
    r"""(?P<comment><!--.*?-->)
      | (?P<style><(?P<styling>mj-style|style)\b[^>]*>)(?P<css>.*?)(?P<endstyle></(?P=styling)\s*>)
      | (?P<title><mj-title\b[^>]*>)(?P<words>.*?)(?P<endtitle></mj-title\s*>)
      | (?P<tag></?[^\s<>/!?](?:"[^"]*"|'[^']*'|[^'">])*>)
      | (?P<text>[^<]+|<)
    """,
    re.DOTALL | re.VERBOSE,
)
_ATTRIBUTE = re.compile(r"""([^\s=<>"'/]+)\s*=\s*("[^"]*"|'[^']*')""", re.DOTALL)
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_LINE_BREAKS = re.compile(r"[\t\n\r]+")
_UNSAFE_IN_ATTRIBUTE = re.compile(r"[^\x20-\x7e]|\\")
_OF_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})


def guard_mjml(mjml: str) -> str:
    """The same document for the compiler. `mjml` must be well-formed."""
    return _TOKEN.sub(_guarded, mjml)


def _guarded(token: re.Match[str]) -> str:
    if (text := token["text"]) is not None:
        return _text(text)
    if (tag := token["tag"]) is not None:
        return _tag(tag)
    if token["style"] is not None:
        return _tag(token["style"]) + _css(token["css"]) + token["endstyle"]
    if token["title"] is not None:
        words = (
            _text(_LINE_BREAKS.sub(" ", token["words"]).strip(" "))
            .replace('"', "&quot;")
            .replace("\\", "&#92;")
        )
        return token["title"] + words + token["endtitle"]
    return _BEYOND_ASCII.sub(_reference, token["comment"])


def _text(text: str) -> str:
    return _BEYOND_ASCII.sub(_reference, _ENTITY.sub(_numeric, text).replace(">", "&gt;"))


def _tag(tag: str) -> str:
    return _ATTRIBUTE.sub(_attribute, tag)


def _attribute(match: re.Match[str]) -> str:
    value = _ENTITY.sub(_numeric, match[2][1:-1]).replace('"', "&quot;")
    value = re.sub(r"[\t\n\r]", " ", value).replace("<", "&lt;").replace(">", "&gt;")
    return f'{match[1]}="{_UNSAFE_IN_ATTRIBUTE.sub(_reference, value)}"'


def _css(css: str) -> str:
    return _BEYOND_ASCII.sub(lambda match: f"\\{ord(match.group()):x} ", css)


def _reference(match: re.Match[str]) -> str:
    return f"&#{ord(match.group())};"


def _numeric(match: re.Match[str]) -> str:
    """HTML's own entities as numbers; XML's five as they are."""
    code = html.entities.name2codepoint.get(match[1])
    return match.group() if code is None or match[1] in _OF_XML else f"&#{code};"
