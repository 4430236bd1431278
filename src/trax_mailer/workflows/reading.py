"""An edition as it is read outside any mailing: in a file, in the preview, in a browser."""

from __future__ import annotations

from dataclasses import dataclass, field

from trax_mailer.model.edition import EdgedPart, Edition, Slot, SlotKind
from trax_mailer.model.filling import fill_part, reader_value


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the slots lead to: the folder of the pictures with its slash, the browser view, the way out.

    `merge` holds the reader's values; without any, content shows the writer's default words.
    """

    pictures: str
    browser: str
    leave: str
    merge: dict[str, str] = field(default_factory=dict)


def read_part(edition: Edition, part: EdgedPart, reading: Reading) -> str:
    """A part of the edition with every slot filled; links lead straight to their targets."""
    targets = {str(link.number): link.target for link in edition.links}
    names = {asset.sha256: asset.name for asset in edition.assets}

    def resolve(slot: Slot) -> str:
        match slot.kind:
            case SlotKind.READER:
                return reader_value(slot, reading.merge)
            case SlotKind.LINK:
                return targets[slot.key]
            case SlotKind.ASSET:
                return f"{reading.pictures}{names[slot.key]}"
            case SlotKind.BROWSER:
                return reading.browser
            case SlotKind.UNSUBSCRIBE:
                return reading.leave
            case SlotKind.TRACKING:
                raise ValueError("a token belongs to a letter, not to an edition")

    return fill_part(part, resolve)
