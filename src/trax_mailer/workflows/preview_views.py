"""A previewed issue as one reader gets it: the mail, its plain text, its line in the inbox.

The edition is the one that would be sent. Tokens are inert, pictures come from the preview itself.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum

from trax_mailer.model.edition import EdgedPart, Edition
from trax_mailer.model.filling import browser_url, unsubscribe_url
from trax_mailer.model.merge import merge_values
from trax_mailer.model.subscriber import Subscriber
from trax_mailer.model.topics import edition_for
from trax_mailer.settings import Settings
from trax_mailer.tokens import INERT_TOKEN
from trax_mailer.workflows.envelope import envelope_for
from trax_mailer.workflows.reading import Reading, read_part


class Scheme(StrEnum):
    """The colours that a reader's device asks for."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxLine:
    """What a list of mails shows before one is opened."""

    sender: str
    subject: str
    preheader: str


def inbox_line(edition: Edition, settings: Settings, *, reader: Subscriber) -> InboxLine:
    """Sender, subject and preheader, as plain words."""
    return InboxLine(
        sender=settings.from_name or settings.newsletter or settings.from_email,
        subject=_fill(edition.subject, edition, settings, reader=reader),
        preheader=_fill(edition.preheader, edition, settings, reader=reader),
    )


def html_as_read(
    edition: Edition,
    settings: Settings,
    *,
    reader: Subscriber,
    scheme: Scheme | None = None,
    topics: frozenset[str] = frozenset(),
) -> str:
    """The HTML part, its pictures at `/a/<name>`; with a scheme, as devices set to it show it.

    `topics` are those that the reader chose; all where there are none.
    """
    html = _fill(edition_for(edition, topics).html, edition, settings, reader=reader)
    return html if scheme is None else force_scheme(html, scheme)


def text_as_read(
    edition: Edition, settings: Settings, *, reader: Subscriber, topics: frozenset[str] = frozenset()
) -> str:
    """The plain text part."""
    return _fill(edition_for(edition, topics).text, edition, settings, reader=reader)


_STYLE = re.compile(r"(<style\b[^>]*>)(.*?)(</style>)", re.DOTALL | re.IGNORECASE)
_META = re.compile(r"""(<meta\s[^>]*name=["'](?:supported-)?color-schemes?["'][^>]*>)""", re.IGNORECASE)
_QUERY = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.IGNORECASE)
_BOTH = re.compile(r"\b(?:light\s+dark|dark\s+light)\b", re.IGNORECASE)
_PROPERTY = re.compile(
    r"((?:supported-)?color-schemes?\s*:\s*)(?:light\s+dark|dark\s+light)\b", re.IGNORECASE
)


def force_scheme(html: str, scheme: Scheme) -> str:
    """The page with its media queries about light and dark decided, words outside of styles untouched."""

    def decide(query: re.Match[str]) -> str:
        return "(min-width: 0px)" if query[1].lower() == scheme else "(max-width: -1px)"

    def in_style(style: re.Match[str]) -> str:
        css = _PROPERTY.sub(rf"\g<1>{scheme}", _QUERY.sub(decide, style[2]))
        return f"{_QUERY.sub(decide, style[1])}{css}{style[3]}"

    return _META.sub(lambda meta: _BOTH.sub(scheme, meta[1]), _STYLE.sub(in_style, html))


def _fill(part: EdgedPart, edition: Edition, settings: Settings, *, reader: Subscriber) -> str:
    envelope = envelope_for(settings, list_name="", simulated=True, sent_at=dt.datetime.now(dt.UTC))
    reading = Reading(
        pictures="/a/",
        browser=browser_url(envelope, edition.hash),
        leave=unsubscribe_url(envelope, INERT_TOKEN),
        merge=merge_values(reader),
    )
    return read_part(edition, part, reading)
