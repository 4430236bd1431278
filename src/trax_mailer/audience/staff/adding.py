"""Adding one reader to a list on the word of a person, who says how the reader agreed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from sqlalchemy import Connection

from trax_mailer.audience.addresses import Address
from trax_mailer.audience.erasing import erased_among
from trax_mailer.audience.lists import find_list
from trax_mailer.audience.staff.describing import Description, change_in, cleaned
from trax_mailer.audience.staff.finding import address_in
from trax_mailer.audience.standing import bring_to
from trax_mailer.errors import Refused
from trax_mailer.model.act import Act
from trax_mailer.model.subscriber import SubscriptionState, SuppressionReason
from trax_mailer.storage import Ledger
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.lists import list_ids
from trax_mailer.storage.subscribers import SubscriberRow, add_subscribers, subscribers_among
from trax_mailer.storage.subscriptions import lists_of, unreachable_among
from trax_mailer.storage.suppressions import find_suppression
from trax_mailer.storage.tags import change_tags
from trax_mailer.tokens import KeyRing

_THEIR_ACT = "Only the reader's own confirmation brings them back: they subscribe through the form."
_GONE = {
    SubscriptionState.UNSUBSCRIBED: "left the list",
    SubscriptionState.BOUNCED: "could not be reached: mail to them bounced for good",
    SubscriptionState.COMPLAINED: "reported a mail as unwanted",
}


class Added(StrEnum):
    """What came of adding somebody."""

    JOINED = "joined"
    """They are subscribed now, on the word of the person who added them."""
    ASKED = "asked"
    """They are asked by mail whether they agree, and get nothing else until they do."""
    ALREADY = "already"
    """They were subscribed before; what was said about them is noted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Whom to add, to which list, and what is said about them. Empty words say nothing."""

    address: str
    list_name: str
    name: str = ""
    language: str = ""
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    tags: tuple[str, ...] = ()


def add_reader(ledger: Ledger, ring: KeyRing, wish: Wish, *, act: Act) -> Added:
    """Subscribe the reader to the list. `act` says in its words how they agreed.

    Raises Refused for a list that there is not, for what is no address, and for whoever is suppressed,
    erased, or left, bounced or complained: nothing changes then.
    """
    address, list_id = address_in(wish.address), find_list(ledger, wish.list_name)
    said = Description(name=wish.name or None, language=wish.language or None, fields=cleaned(wish.fields))
    with ledger.write() as connection:
        state = _state_of(connection, ring, address, list_id=list_id)
        reader_id = _reader(connection, address, act=act)
        act = replace(act, subscriber_id=reader_id, list_id=list_id)
        act_id = add_act(connection, act)
        change_in(connection, reader_id, said)
        change_tags(connection, reader_id, add=wish.tags, remove=())
        bring_to(
            connection,
            [reader_id],
            SubscriptionState.SUBSCRIBED,
            list_id=list_id,
            kind=act.kind,
            act_id=act_id,
            now=act.at,
        )
    return Added.ALREADY if state is SubscriptionState.SUBSCRIBED else Added.JOINED


def refuse_kept_out(ledger: Ledger, ring: KeyRing, wish: Wish) -> tuple[Address, str]:
    """The address and the list's name, where the reader may be asked to join. Raises Refused elsewhere."""
    address, list_id = address_in(wish.address), find_list(ledger, wish.list_name)
    with ledger.read() as connection:
        if _state_of(connection, ring, address, list_id=list_id) is SubscriptionState.SUBSCRIBED:
            raise Refused(f"{address.email} is subscribed to “{wish.list_name}” already.")
        names = {number: name for name, number in list_ids(connection).items()}
    return address, names[list_id]


def _state_of(
    connection: Connection, ring: KeyRing, address: Address, *, list_id: int
) -> SubscriptionState | None:
    """Where the reader stands with the list. Raises Refused where nobody but they may add them."""
    suppression = find_suppression(connection, address.key)
    if suppression is not None:
        left = suppression.reason is SuppressionReason.UNSUBSCRIBED
        theirs = left or suppression.reason is SuppressionReason.COMPLAINED
        raise Refused(
            f"{address.email} is kept out: its reader left everything, or has another address now."
            if left
            else f"{address.email} is suppressed ({suppression.reason}): it must never be mailed.",
            advice=_THEIR_ACT
            if theirs
            else f"Where the reason is gone, lift it first: trax subscribers unsuppress {address.email}",
        )
    if erased_among(connection, ring, [address.key]):
        raise Refused(f"{address.email} belongs to somebody who had themselves erased.", advice=_THEIR_ACT)
    reader = subscribers_among(connection, [address.key]).get(address.key)
    if reader is None or reader.id is None:
        return None
    standing = lists_of(connection, reader.id).get(list_id)
    state = standing.state if standing else None
    if state in _GONE:
        raise Refused(f"{address.email} {_GONE[state]}, and is not brought back.", advice=_THEIR_ACT)
    if unreachable_among(connection, [reader.id]):
        raise Refused(
            f"{address.email} bounced or complained on another list, and is not added to this one.",
            advice=_THEIR_ACT,
        )
    return state


def _reader(connection: Connection, address: Address, *, act: Act) -> int:
    known = subscribers_among(connection, [address.key]).get(address.key)
    if known is not None and known.id is not None:
        return known.id
    row = SubscriberRow(address=address.key, email=address.email, name="", language="", fields={})
    return add_subscribers(connection, [row], now=act.at)[address.key]
