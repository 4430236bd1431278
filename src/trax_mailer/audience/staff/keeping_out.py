"""Keeping an address out for good, and the one way in which staff may lift that."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, delete

from trax_mailer.audience.staff.finding import address_in
from trax_mailer.errors import Refused
from trax_mailer.model.act import Act
from trax_mailer.model.subscriber import Suppression, SuppressionReason
from trax_mailer.storage import Ledger, schema
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.subscribers import subscribers_among
from trax_mailer.storage.suppressions import add_suppression, find_suppression


def suppress_by(ledger: Ledger, words: str, *, act: Act) -> bool:
    """Never mail that address, of a reader or not. False where it was suppressed already."""
    address = address_in(words)
    with ledger.write() as connection:
        reason = SuppressionReason.STAFF
        new = add_suppression(connection, address.key, reason=reason, source=act.by, now=act.at)
        if new:
            said = f"suppressed: {act.words}" if act.words else "suppressed"
            add_act(connection, replace(act, words=said, subscriber_id=_reader_id(connection, address.key)))
    return new


def unsuppress_by(ledger: Ledger, words: str, *, although_complained: bool, act: Act) -> Suppression:
    """Lift the suppression; returns what it was. Where the reader stands with each list stays as it is.

    Raises Refused where the address is not suppressed, where its reader left everything or moved away from
    it (only their own act lifts that), and, unless `although_complained`, where they complained.
    """
    address = address_in(words)
    with ledger.write() as connection:
        found = find_suppression(connection, address.key)
        if found is None:
            raise Refused(
                f"{address.email} is not suppressed.",
                advice=f"See where they stand with: trax subscribers show {address.email}",
            )
        if found.reason is SuppressionReason.UNSUBSCRIBED:
            raise Refused(
                f"{address.email} is kept out: its reader left everything, or has another address now.",
                advice="Only their own confirmation lifts that: they subscribe through the form.",
            )
        if found.reason is SuppressionReason.COMPLAINED and not although_complained:
            raise Refused(
                f"The reader of {address.email} reported a mail as unwanted.",
                advice="Only lift that where it was surely a mistake, and say so with: --yes",
            )
        table = schema.suppression
        connection.execute(delete(table).where(table.c.address == address.key))
        said = f"suppression lifted ({found.reason}): {act.words}"
        add_act(connection, replace(act, words=said, subscriber_id=_reader_id(connection, address.key)))
    return found


def _reader_id(connection: Connection, key: str) -> int | None:
    reader = subscribers_among(connection, [key]).get(key)
    return reader.id if reader else None
