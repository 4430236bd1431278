"""Links: labels that say nothing, one label for two places, targets that will not work."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from urllib.parse import urlsplit

from trax_mailer.checks.subject import Subject
from trax_mailer.model.edition import NumberedLink
from trax_mailer.model.finding import Finding, Place, Severity

_VAGUE = frozenset(
    {
        *("click here", "here", "this", "this link", "link", "click", "this page"),
        *("cliquez ici", "ici", "ce lien", "lien", "cette page"),
        *("haga clic aquí", "haz clic aquí", "aquí", "este enlace", "enlace", "esta página"),
        *("اضغط هنا", "انقر هنا", "هنا"),
    }
)
_NOWHERE = re.compile(r"localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0|.*\.(?:local|localhost|invalid|test)")
_ANCHOR = re.compile(r'\bhref="#([^"]+)"')
_ID = re.compile(r'\s(?:id|name)="([^"]+)"')


def check_links(subject: Subject) -> Iterator[Finding]:
    """Every numbered link, and anchors inside the mail."""
    for link in subject.edition.links:
        yield from _label(subject, link)
        yield from _target(subject, link)
    yield from _ambiguous(subject)
    yield from _anchors(subject)


def _label(subject: Subject, link: NumberedLink) -> Iterator[Finding]:
    words = link.label.strip(" .:…→›»").casefold()
    if not words and link.section is not None:
        yield _finding(
            subject, link, Severity.WARNING, f"The link to {link.target} has no words.", "Give it a label."
        )
    elif words in _VAGUE:
        message = f"“{link.label}” does not say where the link leads."
        yield _finding(subject, link, Severity.NOTE, message, "Link the words that name what it leads to.")


def _target(subject: Subject, link: NumberedLink) -> Iterator[Finding]:
    parts = urlsplit(link.target)
    if _NOWHERE.fullmatch(parts.hostname or ""):
        message = f"{link.target} works on no reader's machine."
        yield _finding(subject, link, Severity.WARNING, message, "Use the public address.")
    elif parts.scheme == "http":
        message = f"{link.target} is not encrypted (http instead of https)."
        yield _finding(subject, link, Severity.NOTE, message, "Try whether https:// works.")


def _ambiguous(subject: Subject) -> Iterator[Finding]:
    by_label: dict[str, list[NumberedLink]] = defaultdict(list)
    for link in subject.edition.links:
        if link.section is not None and link.label:
            by_label[link.label.casefold()].append(link)
    for links in by_label.values():
        targets = {link.target for link in links}
        if len(targets) > 1 and links[0].label.casefold() not in _VAGUE:
            message = f"{len(targets)} links with different targets all say “{links[0].label}”."
            advice = "People who hear a list of links cannot tell them apart; name what each leads to."
            yield _finding(subject, links[1], Severity.NOTE, message, advice)


def _anchors(subject: Subject) -> Iterator[Finding]:
    html = "".join(segment for segment in subject.edition.html if isinstance(segment, str))
    present = set(_ID.findall(html))
    for name in dict.fromkeys(_ANCHOR.findall(html)):
        if name not in present:
            place = next((section.place for section in subject.issue.sections), None)
            yield subject.finding(
                "links",
                Severity.WARNING,
                f"A link leads to “#{name}”, but no section has “id: {name}”.",
                place=place,
                written=f"#{name}",
            )


def _finding(subject: Subject, link: NumberedLink, severity: Severity, message: str, advice: str) -> Finding:
    place: Place | None = None
    if link.section is not None:
        place = subject.issue.sections[link.section].place
    return subject.finding("links", severity, message, place=place, written=link.target, advice=advice)
