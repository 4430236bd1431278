"""Comparing words that people typed: case, accents, blanks and punctuation make no difference."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_BETWEEN = re.compile(r"[\W_]+")


@lru_cache(maxsize=4096)
def plain(words: str) -> str:
    """`words` in lower case, without accents, with nothing between letters and digits."""
    apart = unicodedata.normalize("NFKD", words.casefold())
    letters = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return _BETWEEN.sub("", letters)
