"""What stands for events and for those who made a visit that a provider tells of: hashes, keyed.

Readers' ids and the times of a day are few: without a key, whoever holds the ledger could try them all.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from trax_mailer.tokens.keyring import KeyRing

_EVENT, _READER = b"trax posted 1", b"trax visitor 1"
_HOUR = 3600
_LAST_SECOND = 2**32 - 1


class Stranger(NamedTuple):
    """Whoever has one copy of a mailing: a pseudonym of 8 bytes, and a number of seconds below 3,600."""

    pseudonym: bytes
    offset: int


class PostedMarks:
    """Makes the hashes, with the oldest key of the ring: they stay the same when a key is added."""

    def __init__(self, ring: KeyRing) -> None:
        oldest = ring.find(min(ring.fingerprints))
        secret = oldest.secret if oldest is not None else ring.current.secret
        self._event = hashlib.blake2b(key=secret[:64], digest_size=12, person=_EVENT)
        self._reader = hashlib.blake2b(key=secret[:64], digest_size=16, person=_READER)

    def event(self, words: str, *, second: int) -> bytes:
        """16 bytes that stand for the event which these words tell from all others.

        They begin with the second that it names, in four bytes: what comes together lies together in an
        index, and costs a ledger with many events half as much to write.
        """
        begun = self._event.copy()
        begun.update(words.encode("utf-8", "replace"))
        return min(max(second, 0), _LAST_SECOND).to_bytes(4, "big") + begun.digest()

    def stranger(self, mailing_id: int, subscriber_id: int) -> Stranger:
        """Who stands for that reader's copy. Without the key ring, nobody finds one from the other."""
        begun = self._reader.copy()
        begun.update(b"%d.%d" % (mailing_id, subscriber_id))
        mark = begun.digest()
        return Stranger(mark[:8], int.from_bytes(mark[8:], "big") % _HOUR)
