"""An address suppressed for any reason, as events, files and other ledgers do it."""

from trax_mailer.audience import parse_address
from trax_mailer.storage.suppressions import add_suppression


def put_suppression(ledger, email, *, reason, source, now):
    with ledger.write() as connection:
        return add_suppression(connection, parse_address(email).key, reason=reason, source=source, now=now)
