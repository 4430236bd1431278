"""The pages that readers see, as HTML. One sheet, no script; nothing is loaded from anywhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from starlette.responses import HTMLResponse

from trax_mailer.settings import Settings
from trax_mailer.web.public.words import Words
from trax_mailer.workflows.public import Door

_HERE = files(__package__)
_CSS = (_HERE / "page.css").read_text(encoding="utf-8")
_PAGE = Environment(
    autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
).from_string((_HERE / "page.html").read_text(encoding="utf-8"))
_CSS_HASH = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()

POLICY = (
    f"default-src 'none'; style-src 'sha256-{_CSS_HASH}'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The one style sheet by its hash, an empty icon, and the form: nothing else."""


class Pages:
    """The pages of one newsletter."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def door(self, door: Door, words: Words) -> HTMLResponse:
        """The question before leaving; for an inert token, that there is nothing to leave."""
        if door.inert:
            return self._page(words, words.inert_title, [words.inert_reason, words.inert_advice])
        question = words.leave_question.format(list=door.list_name)
        return self._page(words, words.leave_title, [question, words.leave_effect], button=words.leave_button)

    def left(self, door: Door, words: Words) -> HTMLResponse:
        """What was done; for an inert token, nothing."""
        if door.inert:
            return self.door(door, words)
        effect = words.left_effect.format(list=door.list_name)
        return self._page(words, words.left_title, [effect, *self._contact(words.left_mistake)])

    def unknown(self, words: Words) -> HTMLResponse:
        """For a token that was never given."""
        reasons = [words.unknown_reason, words.unknown_advice, *self._contact(words.unknown_contact)]
        return self._page(words, words.unknown_title, reasons, status=404)

    def missing(self, words: Words) -> HTMLResponse:
        """For an address where there is nothing."""
        return self._page(words, words.missing_title, [words.missing_reason], status=404)

    def refused(self, words: Words, *, status: int, headers: Mapping[str, str] | None = None) -> HTMLResponse:
        """For a request of a kind that is not answered."""
        page = self._page(words, words.refused_title, [words.refused_reason], status=status)
        page.headers.update(headers or {})
        return page

    def trouble(self, words: Words, *, status: int) -> HTMLResponse:
        """For a failure of ours."""
        page = self._page(words, words.trouble_title, [words.trouble_reason], status=status)
        page.headers["retry-after"] = "60"
        return page

    def _contact(self, words: str) -> list[str]:
        return [words.format(address=self._settings.reply_to)] if self._settings.reply_to else []

    def _page(
        self, words: Words, title: str, paragraphs: Sequence[str], *, button: str = "", status: int = 200
    ) -> HTMLResponse:
        html = _PAGE.render(
            words=words,
            title=title,
            paragraphs=paragraphs,
            button=button,
            css=_CSS,
            newsletter=self._settings.newsletter,
            organisation=self._settings.organisation,
        )
        headers = {
            "content-security-policy": POLICY,
            "content-language": words.language,
            "vary": "Accept-Language",
        }
        return HTMLResponse(html, status_code=status, headers=headers)
