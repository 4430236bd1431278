"""Inlining the look's own rules with premailer, made safe.

premailer 3.10.0 drops a lower-case doctype, strips `!important`, overwrites `width`, and fetches
`@import`ed files even with `allow_network=False`. The compiler's own `<style>` is left alone.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

_DOCTYPE = re.compile(r"^\s*<!doctype html\s*>", re.IGNORECASE)
_STYLE_TAG = re.compile(r"<!--.*?-->|<style\b", re.DOTALL | re.IGNORECASE)
_CONDITIONAL = re.compile(r"<!--\[if\b.*?<!\[endif\]-->", re.DOTALL)
_KEPT_SHEETS = 16
_OPTIONS: dict[str, Any] = {
    "keep_style_tags": True,
    "strip_important": False,
    "remove_classes": False,
    "disable_validation": True,
    "allow_network": False,
    "allow_loading_external_files": False,
    "disable_leftover_css": True,
    "disable_basic_attributes": ["width", "height", "align", "valign", "bgcolor"],
    "align_floating_images": False,
    "disable_link_rewrites": True,
    "cssutils_logging_level": 50,
    "method": "html",
}


class InlinerFailed(Exception):
    """The inliner lost something that it had to leave alone; the message says what."""


def inline_css(html: str, *, css: str, head: str) -> str:
    """`html` with the rules of `css` in style attributes and `head` in a `<style>` of its own.

    Raises InlinerFailed where the doctype or a conditional comment does not come out as it went in.
    """
    html = _DOCTYPE.sub("<!DOCTYPE html>", html, count=1)
    if head:
        html = html.replace("</head>", f'<style type="text/css">\n{head}\n</style></head>', 1)
    ignored = _STYLE_TAG.sub(_ignored, html)
    inlined: str = _premailer()(css_text=[css] if css else None, **_OPTIONS).transform(
        ignored, pretty_print=False
    )
    if not inlined.startswith("<!DOCTYPE html>"):
        raise InlinerFailed("the doctype is gone")
    if _CONDITIONAL.findall(inlined) != _CONDITIONAL.findall(html):
        raise InlinerFailed("a conditional comment has changed")
    return inlined


def _ignored(match: re.Match[str]) -> str:
    found = match.group()
    return found if found.startswith("<!--") else f'{found} data-premailer="ignore"'


@cache
def _premailer() -> Any:  # noqa: ANN401 - premailer has no types
    """The inliner's class with the holes closed. Imported here: it costs a quarter of a second."""
    import cssutils
    from premailer import Premailer

    cssutils.ser.prefs.minimizeColorHash = False  # keep colours as they are written

    parsed: dict[str, Any] = {}

    class SafePremailer(Premailer):  # type: ignore[misc]
        def _parse_style_rules(self, css_body: str, ruleset_index: int) -> Any:  # noqa: ANN401
            """Parsed once: the style sheet hardly ever changes, and this is half the inliner's time."""
            if css_body not in parsed:
                if len(parsed) >= _KEPT_SHEETS:
                    parsed.clear()
                parsed[css_body] = super()._parse_style_rules(css_body, ruleset_index)
            return parsed[css_body]

        def _parse_css_string(self, css_body: str, validate: bool = True) -> Any:  # noqa: ANN401, ARG002, FBT001, FBT002
            nothing_fetched = cssutils.CSSParser(
                loglevel=50, validate=False, fetcher=lambda _address: (None, b"")
            )
            return nothing_fetched.parseString(css_body)

        def _load_external(self, url: str) -> str:
            raise InlinerFailed(f"something asked for {url}")

    return SafePremailer
