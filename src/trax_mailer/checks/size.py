"""Size: Gmail shows the first 102 KB of a mail's HTML and hides the rest, the way out included."""

from __future__ import annotations

from collections.abc import Iterator

from trax_mailer.checks.subject import Subject
from trax_mailer.model.edition import Edge, SlotKind
from trax_mailer.model.finding import Finding, Severity
from trax_mailer.settings import Pictures

CLIPPED = 102 * 1024
"""Bytes of HTML at which Gmail clips a message. Seen from 99 KB on."""
CLOSE = 96 * 1024
HEAVY_MAIL = 4 * 1024 * 1024

_LENGTH = {SlotKind.READER: 24, SlotKind.ASSET: 72, SlotKind.BROWSER: 67, SlotKind.UNSUBSCRIBE: 47}
"""Bytes a value takes, addresses without the host."""
_TRACKED_LINK = 46
"""The same of a link that leads over the public server, as it does for most lists."""


def check_size(subject: Subject) -> Iterator[Finding]:
    """The HTML against Gmail's limit; the whole mail where pictures travel in it."""
    size = html_size(subject)
    if size > CLOSE:
        clipped = size > CLIPPED
        yield Finding(
            check="size",
            severity=Severity.WARNING if clipped else Severity.NOTE,
            message=(
                f"The HTML is {size / 1024:.0f} KB. Gmail clips a mail at 102 KB: "
                + (
                    "its end, with the way to unsubscribe, is hidden."
                    if clipped
                    else "there is little room left."
                )
            ),
            advice="Shorten texts and link to the website, or move sections to the next issue.",
        )
    pictures = sum(len(asset.data) for asset in subject.edition.assets)
    if subject.settings.pictures is Pictures.EMBEDDED and pictures > HEAVY_MAIL:
        yield Finding(
            check="size",
            severity=Severity.WARNING,
            message=f"Every mail carries {pictures / 1024 / 1024:.1f} MB of pictures.",
            advice="Save them smaller, or set “pictures: hosted” in trax.yaml.",
        )


def html_size(subject: Subject) -> int:
    """Bytes of the HTML part as a reader gets it, nearly."""
    targets = {str(link.number): len(link.target) for link in subject.edition.links}
    host = len(subject.settings.public_url)
    size = 0
    for segment in subject.edition.html:
        if isinstance(segment, Edge):
            continue
        if isinstance(segment, str):
            size += len(segment.encode())
        elif segment.kind is SlotKind.LINK:
            size += max(targets.get(segment.key, 0), host + _TRACKED_LINK)
        else:
            size += _LENGTH[segment.kind] + (host if segment.kind is not SlotKind.READER else 0)
    return size
