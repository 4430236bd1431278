"""What became of an import, in numbers and reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from trax_mailer.model.subscriber import SubscriptionState


class Fault(StrEnum):
    """Why a row is refused, as the numbers are added up."""

    NO_ADDRESS = "no address"
    BAD_ADDRESS = "no valid address"
    TYPO = "likely typo"
    STATUS = "status"
    ROW = "row cannot be read"
    REPEAT = "repeated address"


class Bar(StrEnum):
    """Why a row is kept out that would have subscribed somebody."""

    LEFT = "left the list"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    SUPPRESSED = "suppressed"
    ERASED = "erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A row that did not go in. `line` is where it begins in the file; `email` is empty where it has none."""

    line: int
    email: str
    reason: str
    fault: Fault = Fault.ROW


@dataclass(slots=True, kw_only=True)
class Counts:
    """What became of the entries so far."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    kept_out: dict[Bar, int] = field(default_factory=dict)

    def keep_out(self, bar: Bar, number: int = 1) -> None:
        """Count entries that were kept out."""
        self.kept_out[bar] = self.kept_out.get(bar, 0) + number


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What an import file turned out to be. `state` is that of rows without a status of their own."""

    name: str
    kind: str
    provider: str
    encoding: str
    state: SubscriptionState
    state_because: str
    meanings: tuple[tuple[str, str], ...]
    sample: str = ""
    """A word of the file with letters outside ASCII, by which a person sees whether the encoding is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of the rows of a file; of a dry run, what would.

    `kept_out` counts rows that would have subscribed somebody who left, bounced, complained, is suppressed
    or was erased. `refused` holds the first of the rows that did not go in, except that a repeated address
    which left is taken off; `refused_by` counts all of them. `offices` counts addresses of roles, such as
    info@. `refused_file` is where the refused rows were written.
    """

    facts: FileFacts
    added: int
    updated: int
    unchanged: int
    kept_out_by: Mapping[Bar, int]
    refused: tuple[RefusedRow, ...]
    refused_by: Mapping[Fault, int]
    offices: int = 0
    refused_file: Path | None = None

    @property
    def kept_out(self) -> int:
        """How many rows were kept out."""
        return sum(self.kept_out_by.values())

    @property
    def refused_count(self) -> int:
        """How many rows were refused."""
        return sum(self.refused_by.values())
