"""The pages that readers see, as HTML. One sheet, no script; nothing is loaded from anywhere."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from importlib.resources import files

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from trax_mailer.colours import COLOURS
from trax_mailer.settings import Settings
from trax_mailer.workflows.public import PublicLedger
from trax_mailer.workflows.public_words import Words

_CSS = COLOURS + (files(__package__) / "page.css").read_text(encoding="utf-8")
_TEMPLATES = Environment(
    loader=PackageLoader(__package__),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_CSS_HASH = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()

POLICY = (
    f"default-src 'none'; style-src 'sha256-{_CSS_HASH}'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The one style sheet by its hash, an empty icon, and the form: nothing else."""

EMBEDDED_POLICY = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
"""The same for the subscribe form inside another site's page."""


class Pages:
    """The pages of one newsletter."""

    def __init__(self, public: PublicLedger) -> None:
        self._public = public

    @property
    def settings(self) -> Settings:
        """The settings of the newsletter."""
        return self._public.settings

    def words_for(self, request: Request) -> Words:
        """The words in the language that the address, or the browser, asks for."""
        return self._public.catalogues.choose(
            asked=request.query_params.get("lang", "")[:35],
            accepted=request.headers.get("accept-language", ""),
            fallback=self.settings.language,
        )

    def show(  # noqa: PLR0913 - each is a part of a page
        self,
        words: Words,
        title: str,
        paragraphs: Sequence[str] = (),
        *,
        template: str = "page",
        status: int = 200,
        query: Mapping[str, str] | None = None,
        embedded: bool = False,
        **further: object,
    ) -> HTMLResponse:
        """One page. With `query`, it offers the other languages, at its own address with that query."""
        spoken = self._public.catalogues.languages
        html = _TEMPLATES.get_template(f"{template}.html").render(
            {"done": "", "wrong": (), "up": "../", **further},
            words=words,
            say=words.say,
            day=lambda moment: self._day(moment, words),
            title=title,
            paragraphs=paragraphs,
            css=_CSS,
            newsletter=self.settings.newsletter,
            organisation=self.settings.organisation,
            languages=list(spoken.items()) if query is not None else (),
            query=query or {},
            embedded=embedded,
        )
        headers = {
            "content-security-policy": EMBEDDED_POLICY if embedded else POLICY,
            "content-language": words.language,
            "vary": "Accept-Language",
        }
        return HTMLResponse(html, status_code=status, headers=headers)

    def unknown(self, words: Words) -> HTMLResponse:
        """For a token that was never given."""
        reasons = [words.say("unknown_reason"), words.say("unknown_advice")]
        return self.show(
            words,
            words.say("unknown_title"),
            [*reasons, *self.contact(words, "unknown_contact")],
            status=404,
        )

    def expired(self, words: Words, *, link: str = "", up: str = "../") -> HTMLResponse:
        """For a link that was good and is too old, with where a new one may be asked for."""
        return self.show(
            words,
            words.say("expired_title"),
            [words.say("expired_reason")],
            template="question",
            status=410,
            up=up,
            button="",
            link=link,
            link_words=words.say("ask_again"),
        )

    def simple(
        self, words: Words, name: str, *, status: int, headers: Mapping[str, str] | None = None
    ) -> HTMLResponse:
        """A title and a reason: `missing`, `refused`, `trouble` or `busy`."""
        page = self.show(words, words.say(f"{name}_title"), [words.say(f"{name}_reason")], status=status)
        page.headers.update(headers or {})
        return page

    def contact(self, words: Words, name: str) -> list[str]:
        """Whom to write to, where the settings name anybody."""
        reply_to = self.settings.reply_to
        return [words.say(name, address=reply_to)] if reply_to else []

    def _day(self, moment: dt.datetime, words: Words) -> str:
        # Plain English is written for the world: the day before the month.
        tag = "en_GB" if words.language == "en" else words.language.replace("-", "_")
        try:
            locale = Locale.parse(tag)
        except (UnknownLocaleError, ValueError):
            locale = Locale.parse("en_GB")
        return format_date(moment.astimezone(self.settings.timezone).date(), "long", locale=locale)
