"""What templates see: the context of a rendering, once for HTML and once for plain text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from trax_mailer.model.edition import SlotKind
from trax_mailer.model.finding import Finding
from trax_mailer.model.issue import Issue
from trax_mailer.render.dates import date_view, direction_of, locale_of
from trax_mailer.render.edges import mark_edges
from trax_mailer.render.links import LinkTable
from trax_mailer.render.look import Look
from trax_mailer.render.markers import Markers
from trax_mailer.render.theme import theme_view
from trax_mailer.render.views import GroupView, SectionValues, Views
from trax_mailer.settings import Settings

_TOKEN_LENGTH = 44
_HASH_LENGTH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """A section in the layout: its values, and the template to include for it."""

    type: str
    anchor: str | None
    values: SectionValues
    template: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The contexts of both parts, and what was collected while they were made."""

    html: dict[str, Any]
    text: dict[str, Any]
    subject: str
    preheader: str
    language: str
    direction: str
    views: Views
    notes: tuple[Finding, ...]


def make_frame(issue: Issue, *, look: Look, settings: Settings) -> Frame:
    """The contexts of an issue. Links are numbered in the order of the issue, the frame's last."""
    markers = Markers.absent_from(repr((issue, settings.subject, settings.website, look.theme)))
    locale = locale_of(issue.language)
    views = Views(markers=markers, links=LinkTable(markers), locale=locale, timezone=settings.timezone)
    values = [
        SectionValues(views.of_group(section.values, folder=issue.folder, section=index), *edges)
        for index, (section, edges) in enumerate(zip(issue.sections, mark_edges(issue, markers), strict=True))
    ]
    title = views.text(issue.title)
    subject = _subject(settings.subject, number=issue.number, title=title)
    preheader = views.text(issue.preheader)
    words, notes = look.words.in_language(issue.language)
    direction = direction_of(issue.language)
    shared: dict[str, Any] = {
        "issue": _head(issue, views, title=title, preheader=preheader),
        "subject": subject,
        "language": issue.language,
        "direction": direction,
        "words": GroupView(dict(words)),
        "newsletter": _newsletter(settings, views),
        "theme": theme_view(look.theme, views),
        "browser_url": _address(markers, settings, SlotKind.BROWSER, ending=_HASH_LENGTH),
        "unsubscribe_url": _address(markers, settings, SlotKind.UNSUBSCRIBE, ending=_TOKEN_LENGTH),
    }
    return Frame(
        html={**shared, "sections": _sections(issue, values, look, text=False)},
        text={**shared, "sections": _sections(issue, values, look, text=True)},
        subject=subject,
        preheader=preheader,
        language=issue.language,
        direction=direction,
        views=views,
        notes=(*look.findings, *notes),
    )


def _head(issue: Issue, views: Views, *, title: str, preheader: str) -> GroupView:
    return GroupView(
        {
            "number": issue.number,
            "title": title,
            "date": date_view(issue.date, locale=views.locale, timezone=views.timezone),
            "preheader": preheader,
            "language": issue.language,
        }
    )


def _sections(issue: Issue, values: list[SectionValues], look: Look, *, text: bool) -> list[SectionView]:
    return [
        SectionView(
            type=section.type,
            anchor=anchor if isinstance(anchor := section.values.values.get("id"), str) else None,
            values=view,
            template=look.types[section.type].text if text else look.types[section.type].mjml,
        )
        for section, view in zip(issue.sections, values, strict=True)
    ]


def _subject(form: str, *, number: int, title: str) -> str:
    known = {"number": str(number), "title": title}
    return re.sub(r"\{(number|title)\}", lambda match: known[match[1]], form)


def _newsletter(settings: Settings, views: Views) -> GroupView:
    website = settings.website
    return GroupView(
        {
            "name": settings.newsletter,
            "organisation": settings.organisation,
            "postal_address": settings.postal_address,
            "website": views.links.mark(website, label=settings.organisation, section=None)
            if website
            else None,
        }
    )


def _address(markers: Markers, settings: Settings, kind: SlotKind, *, ending: int) -> str:
    length = len(settings.public_url) + len("/x/") + ending
    return markers.mark(kind, length=length, written=f"the {kind.value} address")
