"""MJML to HTML through mjml-python, and what the compiler leaves undone: language, title, padding."""

from __future__ import annotations

import html
import re

import mjml

from trax_mailer.render.mjml_guard import guard_mjml

_HTML_TAG = re.compile(r"<html\b[^>]*>")
_LANGUAGE = re.compile(r'\s(?:lang|dir)="[^"]*"')
_EMPTY_TITLE = re.compile(r"<title>\s*</title>")
_ARTICLE = re.compile(r'<div\b[^>]*\brole="article"[^>]*>')
_FILLING = "&#847;&#8204;&#160;"
_FILLED_TO = 150


class CompilerFailed(Exception):
    """The compiler refused or panicked; the message is its own, shortened."""


def compile_mjml(source: str, *, language: str, direction: str, title: str) -> str:
    """The HTML of a checked MJML document. Raises CompilerFailed.

    `title` is used, already escaped for HTML, where the layout sets none.
    """
    guarded = guard_mjml(_with_filled_preview(source))
    try:
        compiled = str(mjml.mjml2html(guarded, fonts={}))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a Rust panic is no Exception
        raise CompilerFailed(str(error)[:300]) from None
    compiled = _EMPTY_TITLE.sub(lambda _: f"<title>{title}</title>", compiled, count=1)
    language = html.escape(language)
    compiled = _HTML_TAG.sub(lambda tag: _speaking(tag.group(), language, direction), compiled, count=1)
    return _ARTICLE.sub(lambda tag: _speaking(tag.group(), language, direction), compiled, count=1)


def _speaking(tag: str, language: str, direction: str) -> str:
    bare = _LANGUAGE.sub("", tag)
    name, rest = re.split(r"(?=[\s>])", bare, maxsplit=1)
    return f'{name} lang="{language}" dir="{direction}"{rest}'


def _with_filled_preview(source: str) -> str:
    """Blanks behind the preheader keep the inbox from showing the mail's first words after it."""

    def fill(match: re.Match[str]) -> str:
        words = match[1].strip()
        missing = _FILLED_TO - len(html.unescape(words))
        return f"<mj-preview>{words}{_FILLING * max(missing, 0)}</mj-preview>" if words else ""

    return re.sub(r"<mj-preview\s*>(.*?)</mj-preview\s*>", fill, source, count=1, flags=re.DOTALL)
