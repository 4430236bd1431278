"""What SendGrid's suppression lists hold, read from its answers without trust in their form."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from trax_mailer.providers.sendgrid.asking import Unreadable
from trax_mailer.providers.sendgrid.client import Reply

_EARLIEST, _LATEST = 946_684_800, 4_102_444_800
"""The years 2000 to 2100, in seconds since the epoch."""
_BETWEEN = " \t\r\n,"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One entry. `since` is None where it says nothing usable; `group` is 0 outside unsubscribe groups."""

    email: str = field(repr=False)
    since: dt.datetime | None
    reason: str = field(default="", repr=False)
    group: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a list. `size` counts its entries, also those that are none and were left out."""

    entries: tuple[Listed, ...]
    size: int


def read_page(body: bytes) -> Page:
    """The entries of an array. Raises Unreadable where it is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("it is no JSON") from None
    if not isinstance(found, list):
        raise Unreadable("it is no array")
    entries = tuple(one for one in map(_listed, found) if one is not None)
    return Page(entries=entries, size=len(found))


def read_one_by_one(body: bytes) -> Iterator[Listed | None]:
    """The entries of an array that may be long, each taken apart when it is asked for; None for no entry.

    Raises Unreadable where the array is broken.
    """
    text = body.decode("utf-8-sig", "replace").strip()
    if not text.startswith("["):
        raise Unreadable("it is no array")
    decoder, at = json.JSONDecoder(), 1
    while True:
        while text[at : at + 1] and text[at] in _BETWEEN:
            at += 1
        if text[at : at + 1] == "]":
            return
        try:
            found, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            raise Unreadable("it is no JSON, or was cut off") from None
        yield _listed(found)


def read_recipients(reply: Reply, asked: list[str]) -> set[str]:
    """Which of the addresses SendGrid says to have taken; all where it does not say."""
    try:
        found = json.loads(reply.body)["recipient_emails"]
    except (ValueError, TypeError, LookupError):
        return set(asked)
    if not isinstance(found, list):
        return set(asked)
    taken = {one.lower() for one in found if isinstance(one, str)}
    return {one for one in asked if one.lower() in taken}


def _listed(found: object) -> Listed | None:
    if not isinstance(found, dict):
        return None
    email = found.get("email")
    if not isinstance(email, str) or not email:
        return None
    group = found.get("group_id", 0)
    return Listed(
        email=email,
        since=_moment(found.get("created", found.get("created_at"))),
        reason=_reason(found),
        group=group if isinstance(group, int) else 0,
    )


def _reason(found: dict[str, Any]) -> str:
    """The status and the words of a refusal, where there are any; never the IP address beside them."""
    status, reason = found.get("status"), found.get("reason")
    said = [words for words in (status, reason) if isinstance(words, str) and words]
    return " ".join(said if len(said) < 2 or said[0] not in said[1] else said[1:])


def _moment(seconds: object) -> dt.datetime | None:
    try:
        whole = int(seconds) if isinstance(seconds, int | float | str) else 0
    except (ValueError, OverflowError):
        return None
    return dt.datetime.fromtimestamp(whole, dt.UTC) if _EARLIEST <= whole < _LATEST else None
