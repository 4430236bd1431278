"""Adding up the numbers of several mailings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import TypeVar

from trax_mailer.model.mailing import Proof
from trax_mailer.model.report import Tally

Key = TypeVar("Key")


def add_proofs(proofs: Iterable[Proof]) -> Proof:
    """Their sum, class by class."""
    every = list(proofs)
    return Proof(**{one.name: sum(getattr(proof, one.name) for proof in every) for one in fields(Proof)})


def add_tallies(tallies: Iterable[Tally]) -> Tally:
    """Their sum. Copies of different mailings are different copies."""
    every = list(tallies)
    return Tally(**{one.name: sum(getattr(tally, one.name) for tally in every) for one in fields(Tally)})


def add_counts(counts: Iterable[Mapping[Key, int]]) -> Counter[Key]:
    """Their sum, key by key."""
    total: Counter[Key] = Counter()
    for one in counts:
        total.update(one)
    return total
