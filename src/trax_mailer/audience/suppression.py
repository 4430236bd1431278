"""Keeping an address from ever being mailed again."""

from __future__ import annotations

import datetime as dt

from trax_mailer.audience.addresses import BadAddress, parse_address
from trax_mailer.errors import Refused
from trax_mailer.model.subscriber import SuppressionReason
from trax_mailer.storage import Ledger
from trax_mailer.storage.suppressions import add_suppression


def suppress(ledger: Ledger, email: str, *, reason: SuppressionReason, source: str, now: dt.datetime) -> bool:
    """Suppress the address, of a reader or not. False where it was already, which stays as it was.

    `source` says who or what asked for it. Raises Refused where the words are no address.
    """
    try:
        key = parse_address(email).key
    except BadAddress as problem:
        raise Refused(f"{problem}.", advice="Give the address alone, like ana@example.org.") from None
    with ledger.write() as connection:
        return add_suppression(connection, key, reason=reason, source=source, now=now)
