"""Keeping an address from ever being mailed again, at the word of staff. Lifting it: see `lifting`."""

from __future__ import annotations

from dataclasses import replace

from trax_mailer.audience.staff.finding import address_in
from trax_mailer.model.act import Act
from trax_mailer.model.subscriber import SuppressionReason
from trax_mailer.storage import Ledger
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.subscribers import subscribers_among
from trax_mailer.storage.suppressions import add_suppression


def suppress(ledger: Ledger, words: str, *, act: Act) -> bool:
    """Never mail that address, of a reader or not. False where it was suppressed already, which stays so.

    `act` says who wants it and why; it is kept, without the address. Raises Refused for what is no address.
    """
    key = address_in(words).key
    with ledger.write() as connection:
        new = add_suppression(
            connection, key, reason=SuppressionReason.STAFF, source=act.by or act.source, now=act.at
        )
        if new:
            reader = subscribers_among(connection, [key]).get(key)
            said = f"suppressed: {act.words}" if act.words else "suppressed"
            add_act(connection, replace(act, words=said, subscriber_id=reader.id if reader else None))
    return new
