"""A change of address: the same reader, mailed at another address from now on."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from trax_mailer.audience.addresses import Address, BadAddress, parse_address
from trax_mailer.audience.erasing import erased_among
from trax_mailer.errors import Conflict, Refused
from trax_mailer.model.act import Act
from trax_mailer.storage import Ledger
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.blanking import ERASED
from trax_mailer.storage.moves import MOVED, keep_former, put_address, reclaim_former
from trax_mailer.storage.subscribers import StoredReader, stored_reader, subscribers_among
from trax_mailer.storage.suppressions import find_suppression
from trax_mailer.tokens import KeyRing


def move_address(ledger: Ledger, ring: KeyRing, subscriber_id: int, email: str, *, act: Act) -> bool:
    """Give the reader another address. False, and nothing changes, where they have it already.

    Where they stand with each list, and every link in their mails, stays as it is; deliveries that wait
    go to the new address. The old address is suppressed, so that no old file brings it back. Raises
    Refused where `email` is no address, is suppressed or that of an erased person, where the reader is
    suppressed or unknown; Conflict where another reader has it. The words name the new address only.
    """
    wanted = _address(email)
    with ledger.write() as connection:
        stored = stored_reader(connection, subscriber_id)
        if stored is None or stored.address.startswith(ERASED):
            raise Refused("There is no such reader.", advice="They may have been erased.")
        if stored.reader.email == wanted.email:
            return False
        if stored.address != wanted.key:
            _refuse_taken(connection, ring, wanted, stored)
            keep_former(connection, subscriber_id, address=stored.address, now=act.at)
        put_address(connection, subscriber_id, address=wanted.key, email=wanted.email)
        details = {**act.details, MOVED: True}
        add_act(connection, replace(act, subscriber_id=subscriber_id, details=details))
    return True


def _address(email: str) -> Address:
    try:
        return parse_address(email)
    except BadAddress as problem:
        raise Refused(f"{problem}.", advice="Give the address alone, like ana@example.org.") from None


def _refuse_taken(connection: Connection, ring: KeyRing, wanted: Address, stored: StoredReader) -> None:
    if find_suppression(connection, stored.address) is not None:
        raise Refused(
            "The address that the reader has is suppressed: another one would be mailed in its place.",
            advice="Where the reason is gone, lift it first with: trax subscribers unsuppress",
        )
    if subscribers_among(connection, [wanted.key]):
        raise Conflict(
            f"{wanted.email} is another reader's address already.",
            advice="Where both are one person, unsubscribe or erase one of the two.",
        )
    if reclaim_former(connection, stored.reader.id or 0, address=wanted.key):
        return
    if find_suppression(connection, wanted.key) is not None:
        raise Refused(
            f"{wanted.email} is suppressed: it must never be mailed.", advice="Choose another address."
        )
    if erased_among(connection, ring, [wanted.key]):
        raise Refused(
            f"{wanted.email} belongs to somebody who had themselves erased.",
            advice="Only their own confirmation brings it back: they subscribe through the form.",
        )
