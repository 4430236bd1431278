"""The tags in a cell, however the other system joined them."""

from __future__ import annotations

import csv
import json
from functools import lru_cache

LONGEST_TAG = 80
_OF_GOOGLE = {"mycontacts", "starred"}
"""Groups that Google Contacts puts everybody into."""


@lru_cache(maxsize=4096)
def split_tags(cell: str) -> tuple[str, ...]:
    """The tags, sorted, each once: a JSON array, “a ::: b”, “a; b”, or “"a","b, c"” as Mailchimp has it."""
    text = cell.strip()
    if text.startswith("[") and (words := _from_json(text)) is not None:
        parts = words
    elif ":::" in text:
        parts = text.split(":::")
    elif ";" in text:
        parts = text.split(";")
    else:
        parts = next(csv.reader([text.replace("\n", ",")], skipinitialspace=True), [])
    tags = {_tidy(part) for part in parts}
    return tuple(sorted(tag for tag in tags if tag))


def _from_json(text: str) -> list[str] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    # listmonk names its lists as words, or as objects with a name.
    return [str(one.get("name", "")) if isinstance(one, dict) else str(one) for one in found]


def _tidy(part: str) -> str:
    words = " ".join("".join(sign if sign.isprintable() else " " for sign in part).split())
    is_googles = words.startswith("*")
    words = words.removeprefix("*").strip()
    if is_googles and words.replace(" ", "").lower() in _OF_GOOGLE:
        return ""
    return words[:LONGEST_TAG].rstrip()
