"""Small and capital letters made alike, one sign for one sign, so that every database can do the same."""

from __future__ import annotations

from functools import lru_cache


def fold(words: str) -> str:
    """The words in small letters. A sign without a small one of its own stays as it is."""
    return "".join(map(_small, words))


def capital_of(sign: str) -> str:
    """The capital that `fold` turns into this sign, or nothing."""
    capital = sign.upper()
    return capital if capital != sign and len(capital) == 1 and _small(capital) == sign else ""


def field_name(words: str) -> str:
    """A field's name as names are compared: `First_Name` is `first name`."""
    return fold(words).replace("_", " ")


@lru_cache(maxsize=4096)
def _small(sign: str) -> str:
    # Only pairs: K (Kelvin) is no capital of k, and İ has no single small sign.
    small = sign.lower()
    return small if len(small) == 1 and small.upper() == sign else sign
