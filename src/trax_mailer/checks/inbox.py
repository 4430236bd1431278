"""What an inbox shows of a mail before it is opened: the subject and the preheader."""

from __future__ import annotations

from collections.abc import Iterator

from trax_mailer.checks.subject import Subject
from trax_mailer.model.edition import Part, Slot
from trax_mailer.model.finding import Finding, Severity

SUBJECT_SHOWN = 78
"""Characters: what a wide screen shows. RFC 5322 §2.1.1 asks for lines no longer than that."""
PREHEADER_SHOWN = 140
PREHEADER_LEAST = 30


def check_inbox(subject: Subject) -> Iterator[Finding]:
    """Lengths, shouting, and a preheader that adds nothing."""
    yield from _subject(subject)
    yield from _preheader(subject)


def _subject(subject: Subject) -> Iterator[Finding]:
    words = _words(subject.edition.subject)
    place = subject.issue.places.get("title")
    if len(words) > SUBJECT_SHOWN:
        yield subject.finding(
            "inbox",
            Severity.NOTE,
            f"The subject has {len(words)} characters; inboxes show {SUBJECT_SHOWN} at most, phones 40.",
            place=place,
            advice="Put what matters first, or shorten the title.",
        )
    title = subject.issue.title
    if title.upper() == title and sum(letter.isalpha() and letter.lower() != letter for letter in title) > 10:
        yield subject.finding(
            "inbox", Severity.WARNING, "The title is all capitals, which spam filters count.", place=place
        )
    if "!!" in title or "!?" in title or "?!" in title:
        yield subject.finding(
            "inbox", Severity.WARNING, "The title shouts (“!!”), which spam filters count.", place=place
        )


def _preheader(subject: Subject) -> Iterator[Finding]:
    words = _words(subject.edition.preheader)
    place = subject.issue.places.get("preheader")
    if not words:
        yield subject.finding(
            "inbox",
            Severity.WARNING,
            "There is no preheader: beside the subject, inboxes show the first words of the mail.",
            place=subject.issue.places.get("title"),
            advice="Add “preheader:” with a sentence that makes readers curious.",
        )
    elif words.casefold() == subject.issue.title.casefold():
        yield subject.finding(
            "inbox",
            Severity.NOTE,
            "The preheader repeats the title; it could say something more.",
            place=place,
        )
    elif len(words) > PREHEADER_SHOWN:
        message = f"The preheader is {len(words)} characters long; inboxes show {PREHEADER_SHOWN} at most."
        yield subject.finding("inbox", Severity.NOTE, message, place=place)
    elif len(words) < PREHEADER_LEAST:
        message = f"The preheader has only {len(words)} characters; there is room for about 90."
        yield subject.finding("inbox", Severity.NOTE, message, place=place)


def _words(part: Part) -> str:
    return "".join(
        (segment.default or segment.key) if isinstance(segment, Slot) else segment for segment in part
    )
