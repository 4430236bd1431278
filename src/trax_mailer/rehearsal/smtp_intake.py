"""What the pretend mail server takes: by the faults, recipient by recipient, written into the record."""

from __future__ import annotations

import itertools
import re
from collections import Counter

from trax_mailer.rehearsal.faults import TAKEN, UNCLEAR, Fate, Faults
from trax_mailer.rehearsal.record import Record, Took

_MESSAGE_ID = re.compile(rb"\r\nMessage-ID: <(\d+\.\d+)\.")


class Intake:
    """What all sessions share: the faults, the record, and how often each address was tried."""

    def __init__(self, record: Record, faults: Faults) -> None:
        self.seconds = faults.seconds
        """How long the answer to a message takes."""
        self._record = record
        self._faults = faults
        self._calls = itertools.count(1)
        self._tries: Counter[str] = Counter()
        self._throttled = 0

    def hear_of(self, address: str) -> Fate:
        """What becomes of the next message to that address; noted at once where it is turned away."""
        fate = self._fate_of(address)
        if fate is Fate.REFUSED:
            self._record.add(Took.REFUSED, [("", address)], call=next(self._calls), size=0)
        elif fate is Fate.PUT_OFF:
            self._record.add(Took.PUT_OFF, [("", address)], call=next(self._calls), size=0)
        return fate

    def take(self, message: bytes, readers: list[tuple[str, Fate]]) -> tuple[int, Fate]:
        """Keep the message where the fate of its readers says so. Returns its number and that fate."""
        head = message.find(b"\r\n\r\n")
        found = _MESSAGE_ID.search(b"\r\n" + message[: head + 2] if head >= 0 else b"")
        delivery = found[1].decode() if found else ""
        fate = next((fate for _, fate in readers if fate is not Fate.FINE), Fate.FINE)
        call = next(self._calls)
        those = [(delivery, address) for address, _ in readers]
        if fate in TAKEN:
            self._record.add(Took.ACCEPTED, those, call=call, size=len(message))
        if fate in UNCLEAR:
            self._record.add(Took.UNCLEAR, those, call=call, size=len(message))
        return call, fate

    def _fate_of(self, address: str) -> Fate:
        self._tries[address] += 1
        domain = address.rpartition("@")[2]
        if domain == self._faults.throttled_domain and self._throttled < self._faults.throttled_tries:
            self._throttled += 1
            return Fate.PUT_OFF
        return self._faults.fate_of(address, attempt=self._tries[address])
