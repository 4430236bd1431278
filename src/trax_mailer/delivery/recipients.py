"""Readers as a transport needs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import overload

from trax_mailer.delivery.addresses import domain_of
from trax_mailer.delivery.claiming import Claim
from trax_mailer.delivery.tracking import Consenting
from trax_mailer.model.filling import unsubscribe_url
from trax_mailer.model.mailing import Envelope, Mailing, Recipient
from trax_mailer.model.merge import merge_values
from trax_mailer.model.subscriber import Subscriber
from trax_mailer.model.visit import TrackingMode
from trax_mailer.storage.variants import split_variant
from trax_mailer.storage.windows import Called
from trax_mailer.tokens import INERT_TOKEN, KeyRing, mail_token_mint, tracking_token_mint


def recipient_for(
    reader: Subscriber, envelope: Envelope, *, delivery: str, token: str, message: str
) -> Recipient:
    """The reader's delivery; `token` stands in the address to leave, `message` begins the Message-ID.

    The time in the Message-ID keeps two ledgers of one sender apart, such as a restored one.
    """
    message_id = f"{message}.{mark_of(envelope)}"
    return _recipient(reader, envelope, delivery=delivery, token=token, message_id=message_id)


def mark_of(envelope: Envelope) -> str:
    """What every Message-ID of a mailing ends in: its time in hexadecimal seconds, the sender's domain."""
    return f"{int(envelope.sent_at.timestamp()):x}@{domain_of(envelope.from_email)}"


class Recipients(Sequence[Recipient]):
    """The readers of a claim, each with a token of their own; loaded when a transport first looks at them.

    A simulated mailing's tokens are inert. `consenting` is asked only where readers are tracked one by one.
    """

    def __init__(
        self,
        load: Callable[[], tuple[Called, ...]],
        claimed: Claim,
        mailing: Mailing,
        *,
        ring: KeyRing,
        consenting: Consenting = frozenset,
    ) -> None:
        self._load = load
        self._consenting = consenting
        self._claimed = claimed
        self._mailing = mailing
        self._ring = ring

    @overload
    def __getitem__(self, index: int) -> Recipient: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Recipient]: ...

    def __getitem__(self, index: int | slice) -> Recipient | Sequence[Recipient]:
        return self._loaded[index]

    def __len__(self) -> int:
        return self._claimed.going

    def __iter__(self) -> Iterator[Recipient]:
        return iter(self._loaded)

    @cached_property
    def called(self) -> tuple[Called, ...]:
        """The rows of the ledger behind the readers, in the same order."""
        return self._load()

    @cached_property
    def _loaded(self) -> tuple[Recipient, ...]:
        mailing, envelope = self._mailing, self._mailing.envelope
        mark = mark_of(envelope)
        token, tracking = self._mint(), self._mint_tracking()
        return tuple(
            _recipient(
                one.subscriber,
                envelope,
                delivery=f"{mailing.id}.{one.subscriber.id}",
                token=token(one.subscriber.id or 0),
                message_id=f"{mailing.id}.{one.subscriber.id}.{mark}",
                tracking_token=tracking(one.subscriber.id or 0),
            )
            for one in self.called
        )

    def _mint(self) -> Callable[[int], str]:
        if self._mailing.simulated:
            return lambda _subscriber_id: INERT_TOKEN
        return mail_token_mint(self._ring, list_id=self._claimed.list_id, mailing_id=self._mailing.id)

    def _mint_tracking(self) -> Callable[[int], str]:
        mailing = self._mailing
        if mailing.tracking is TrackingMode.NONE or split_variant(self._claimed.topics)[1]:
            return lambda _subscriber_id: ""
        one_by_one = mailing.tracking is TrackingMode.INDIVIDUAL and not mailing.simulated
        return tracking_token_mint(
            self._ring,
            mailing_id=mailing.id,
            consenting=self._consenting() if one_by_one else frozenset(),
            inert=mailing.simulated,
        )


def _recipient(
    reader: Subscriber,
    envelope: Envelope,
    *,
    delivery: str,
    token: str,
    message_id: str,
    tracking_token: str = "",
) -> Recipient:
    return Recipient(
        delivery=delivery,
        subscriber_id=reader.id or 0,
        email=reader.email,
        name=reader.name,
        merge=merge_values(reader),
        unsubscribe_url=unsubscribe_url(envelope, token),
        message_id=message_id,
        tracking_token=tracking_token,
    )
