"""A letter: an edition bound to the envelope of one mailing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from trax_mailer.delivery.addresses import domain_of
from trax_mailer.delivery.tracking import tracked
from trax_mailer.model.edition import Asset, EdgedPart, Edition, Part, Slot, SlotKind
from trax_mailer.model.filling import asset_url, bind_part, browser_url, fill_part, reader_value
from trax_mailer.model.mailing import Envelope, Recipient
from trax_mailer.model.visit import TrackingMode
from trax_mailer.settings import Pictures


@dataclass(frozen=True)
class Letter:
    """What a transport hands over: only what differs from reader to reader is still open in it.

    `edition_hash` is the hash of the whole edition, which the browser view shows; `edition` may be what is
    left of it for readers who chose topics. `tracking` is None outside any mailing: links are the plain
    targets, and pictures come from where the envelope says. `requested` is a letter that its reader asked
    for just now, such as one to confirm: that they left a list does not keep it away.
    """

    edition: Edition
    envelope: Envelope
    edition_hash: str
    tracking: TrackingMode | None = None
    requested: bool = False

    @property
    def embedded(self) -> bool:
        """Whether the pictures travel inside the message: also where nothing may be fetched from us."""
        return self.tracking is TrackingMode.NONE or self.envelope.pictures == Pictures.EMBEDDED

    @property
    def domain(self) -> str:
        """The domain of the sender."""
        return domain_of(self.envelope.from_email)

    @cached_property
    def subject(self) -> Part:
        """The subject."""
        return self.bind(self.edition.subject, embedded=self.embedded)

    @cached_property
    def text(self) -> Part:
        """The plain text part."""
        return self.bind(self.edition.text, embedded=self.embedded)

    @cached_property
    def html(self) -> Part:
        """The HTML part."""
        return self.bind_html(embedded=self.embedded)

    def bind_html(self, *, embedded: bool) -> Part:
        """The HTML part, with tracked links where the mailing has them."""
        part = self.edition.html
        if self.tracking not in {None, TrackingMode.NONE}:
            part = tracked(part, self.envelope)
        return self.bind(part, embedded=embedded)

    def bind(self, part: EdgedPart, *, embedded: bool) -> Part:
        """`part` with everything filled that is the same for all readers of the mailing."""
        links = {str(link.number): link.target for link in self.edition.links}
        assets = {asset.sha256: asset for asset in self.edition.assets}

        def resolve(slot: Slot) -> str:
            match slot.kind:
                case SlotKind.LINK:
                    return links[slot.key]
                case SlotKind.ASSET if embedded:
                    return f"cid:{self.content_id(assets[slot.key])}"
                case SlotKind.ASSET:
                    return asset_url(self.envelope, assets[slot.key].name)
                case SlotKind.BROWSER:
                    return browser_url(self.envelope, self.edition_hash)
            raise ValueError(f"{slot.kind} differs from reader to reader")

        return bind_part(part, resolve)

    def content_id(self, asset: Asset) -> str:
        """The name of an embedded picture inside the message (RFC 2392), without brackets."""
        return f"{asset.sha256[:32]}@{self.domain}"


def value_for(slot: Slot, recipient: Recipient) -> str:
    """The plain value that fills a reader's own slot."""
    if slot.kind is SlotKind.UNSUBSCRIBE:
        return recipient.unsubscribe_url
    if slot.kind is SlotKind.TRACKING:
        return recipient.tracking_token
    return reader_value(slot, recipient.merge)


def filled(part: Part, recipient: Recipient) -> str:
    """A bound part as that reader gets it."""
    return fill_part(part, lambda slot: value_for(slot, recipient))
