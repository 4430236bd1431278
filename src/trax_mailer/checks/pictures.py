"""Pictures: too heavy, not shown everywhere, fetched from elsewhere, described by a file name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from trax_mailer.checks.subject import Subject
from trax_mailer.model.edition import Asset
from trax_mailer.model.finding import Finding, Place, Severity
from trax_mailer.model.values import Picture

HEAVY = 500 * 1024
"""Bytes of one picture: some seconds on a slow connection."""
LONG_ALT = 150

_FETCHED = re.compile(r"""\ssrc="(https?://[^"]+)\"""", re.IGNORECASE)
_FILE_NAME = re.compile(
    r"\S+\.(?:png|jpe?g|gif|webp)|(?:IMG|DSC|image|picture|photo)[\s_-]?\d*", re.IGNORECASE
)


def check_pictures(subject: Subject) -> Iterator[Finding]:
    """Every picture of the edition, and what the issue says about its own."""
    for asset in subject.edition.assets:
        if len(asset.data) > HEAVY:
            yield subject.finding(
                "pictures",
                Severity.WARNING,
                f"This picture weighs {len(asset.data) // 1024} KB ({asset.width} × {asset.height} pixels).",
                place=_place(subject, asset),
                advice="Save a photograph as JPEG, at most 1200 pixels wide: that is 100 to 200 KB.",
            )
        if asset.extension == "webp":
            yield subject.finding(
                "pictures",
                Severity.WARNING,
                "Outlook on Windows does not show WebP pictures.",
                place=_place(subject, asset),
                advice="Save it as PNG or JPEG.",
            )
    yield from _descriptions(subject)
    yield from _fetched(subject)


def _descriptions(subject: Subject) -> Iterator[Finding]:
    for spot in subject.spots:
        if not isinstance(spot.value, Picture) or spot.value.decorative:
            continue
        alt = spot.value.alt.strip()
        if _FILE_NAME.fullmatch(alt):
            message = f"“{alt}” does not describe the picture."
            advice = "Say in a few words what it shows, for readers who do not see it."
            yield subject.finding("pictures", Severity.WARNING, message, place=spot.place, advice=advice)
        elif len(alt) > LONG_ALT:
            message = f"The description of {spot.value.file} is {len(alt)} characters long."
            advice = "It is read aloud in one go: put the details into the text."
            yield subject.finding("pictures", Severity.NOTE, message, place=spot.place, advice=advice)


def _fetched(subject: Subject) -> Iterator[Finding]:
    html = "".join(segment for segment in subject.edition.html if isinstance(segment, str))
    for address in dict.fromkeys(_FETCHED.findall(html)):
        yield Finding(
            check="pictures",
            severity=Severity.WARNING,
            message=f"A template shows a picture of another host: {address}",
            advice="That host learns who reads the mail. Put the picture beside the template's theme.yaml.",
        )


def _place(subject: Subject, asset: Asset) -> Place | None:
    """Where the issue names the file that became the asset; None for the theme's pictures."""
    for spot in subject.spots:
        if isinstance(spot.value, Picture):
            try:
                data = (subject.issue.folder / spot.value.file).read_bytes()
            except OSError:
                continue
            if hashlib.sha256(data).hexdigest() == asset.sha256:
                return spot.place
    return None
