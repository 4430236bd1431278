"""Finding the reader whom a person means by an address, and saying no more than they typed."""

from __future__ import annotations

from sqlalchemy import Connection

from trax_mailer.audience.addresses import Address, BadAddress, parse_address
from trax_mailer.errors import Refused
from trax_mailer.storage import Ledger
from trax_mailer.storage.roster import Filter, count_readers
from trax_mailer.storage.subscribers import StoredReader, stored_reader, subscribers_among
from trax_mailer.storage.suppressions import find_suppression


def address_in(words: str) -> Address:
    """The address that was typed. Raises Refused where it is none."""
    try:
        return parse_address(words)
    except BadAddress as problem:
        raise Refused(f"{problem}.", advice="Give the address alone, like ana@example.org.") from None


def find_reader(ledger: Ledger, words: str) -> int:
    """The id of the reader with that address, whatever its spelling. Raises Refused where there is none."""
    with ledger.read() as connection:
        return reader_in(connection, words).reader.id or 0


def reader_in(connection: Connection, words: str) -> StoredReader:
    """The reader with that address. Raises Refused where there is none.

    Where the address is suppressed, that is said. Else what stands before the @ is looked for at other
    domains, exactly; how many have it is said, not who.
    """
    address = address_in(words)
    found = subscribers_among(connection, [address.key]).get(address.key)
    stored = stored_reader(connection, found.id) if found is not None and found.id is not None else None
    if stored is not None:
        return stored
    start = f"{address.key.partition('@')[0]}@"
    others = count_readers(connection, Filter(start=start))
    suppression = find_suppression(connection, address.key)
    advice = "Look for them with: trax subscribers list --search WORDS"
    if suppression is not None:
        advice = f"The address alone is known: it is suppressed ({suppression.reason})."
    elif others:
        how = "1 reader has" if others == 1 else f"{others:,} readers have"
        advice = f"{how} “{start}” at another domain: trax subscribers list --search {start}"
    raise Refused(f"There is no reader {address.email}.", advice=advice)
