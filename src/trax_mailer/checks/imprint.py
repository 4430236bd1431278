"""The way out and the sender's address: what every mail must hold, whatever its layout."""

from __future__ import annotations

from collections.abc import Iterator

from trax_mailer.checks.subject import Subject
from trax_mailer.model.edition import EdgedPart, Slot, SlotKind
from trax_mailer.model.finding import Finding, Severity
from trax_mailer.model.topics import kept_by_all


def check_imprint(subject: Subject) -> Iterator[Finding]:
    """The unsubscribe address in both parts; the postal address in both where one is set.

    They must stand outside of sections that readers may leave out.
    """
    edition = kept_by_all(subject.edition)
    for name, template, part in (
        ("HTML", "layout.mjml", edition.html),
        ("plain text", "layout.txt", edition.text),
    ):
        if not _has(part, SlotKind.UNSUBSCRIBE):
            yield Finding(
                check="imprint",
                severity=Severity.ERROR,
                message=f"The {name} part has no address to unsubscribe.",
                advice=f"Put {{{{ unsubscribe_url }}}} into templates/email/{template}.",
            )
        if not _shows(part, subject.settings.postal_address):
            yield Finding(
                check="imprint",
                severity=Severity.WARNING,
                message=f"The {name} part does not show the organisation's postal address.",
                advice=f"Put {{{{ newsletter.postal_address }}}} into templates/email/{template}.",
            )


def _has(part: EdgedPart, kind: SlotKind) -> bool:
    return any(isinstance(segment, Slot) and segment.kind is kind for segment in part)


def _shows(part: EdgedPart, address: str) -> bool:
    """Whether the words of `address` stand there one after the other, however they are broken."""
    if not address:
        return True
    words = "".join(segment for segment in part if isinstance(segment, str))
    here = 0
    for word in address.replace(",", " ").replace("&", "&amp;" if "<html" in words else "&").split():
        here = words.find(word, here)
        if here < 0:
            return False
    return True
