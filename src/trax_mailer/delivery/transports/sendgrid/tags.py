"""Substitution tags: one for each value and context, in text that no value or content can hold.

SendGrid replaces tags one after another, in values already filled in as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from trax_mailer.delivery.letter import Letter, value_for
from trax_mailer.model.edition import Part, Slot
from trax_mailer.model.filling import escape_for
from trax_mailer.model.mailing import Recipient

MOST_TAGS = 150
MOST_BYTES = 10_000


@dataclass(frozen=True, slots=True)
class Tagged:
    """The parts of a letter with tags in them; `tags` maps each open slot to its tag."""

    subject: str
    text: str
    html: str
    tags: dict[Slot, str]

    def substitutions(self, recipient: Recipient) -> dict[str, str]:
        """The values of that reader by tag, each escaped for the context it stands in."""
        return {tag: escape_for(value_for(slot, recipient), slot.context) for slot, tag in self.tags.items()}


def open_slots(letter: Letter) -> list[Slot]:
    """The slots that differ from reader to reader, each once, in order."""
    parts = (letter.subject, letter.text, letter.html)
    return list(dict.fromkeys(segment for part in parts for segment in part if isinstance(segment, Slot)))


def tag_letter(letter: Letter, recipients: Iterable[Recipient]) -> Tagged:
    """The letter with tags that occur neither in its content nor in any value of these recipients."""
    slots = open_slots(letter)
    content = [
        segment
        for part in (letter.subject, letter.text, letter.html)
        for segment in part
        if isinstance(segment, str)
    ]
    values = [value_for(slot, recipient) for recipient in recipients for slot in slots]
    stem = _unused_stem(letter.edition_hash, "\0".join(content + values))
    tags = {slot: f"-{stem}x{index:03d}-" for index, slot in enumerate(slots)}
    return Tagged(
        subject=_tagged(letter.subject, tags),
        text=_tagged(letter.text, tags),
        html=_tagged(letter.html, tags),
        tags=tags,
    )


def _unused_stem(seed: str, occupied: str) -> str:
    turn = 0
    while True:
        stem = hashlib.sha256(f"{seed}.{turn}".encode()).hexdigest()[:12]
        if stem not in occupied:
            return stem
        turn += 1


def _tagged(part: Part, tags: dict[Slot, str]) -> str:
    return "".join(segment if isinstance(segment, str) else tags[segment] for segment in part)
