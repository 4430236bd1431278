"""Addresses that stand in a file more than once: one reader, by a rule.

The first row counts. Later ones fill what it leaves empty, and their tags are added; where one of them says
that the reader left, bounced or complained, that holds, with its line. Every later row is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator

from trax_mailer.audience.intake.reports import Fault, RefusedRow
from trax_mailer.audience.standing import heavier
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage.arrivals import Arrival
from trax_mailer.storage.backends.base import as_json


def merge_repeats(
    pages: Iterable[list[Arrival]], refuse: Callable[[RefusedRow], None]
) -> Iterator[list[Arrival]]:
    """Leave one arrival for each key, and refuse the later ones. They come in the order of key and line."""
    last: Arrival | None = None
    last_key, first_line = "", 0
    for page in pages:
        kept: list[Arrival] = []
        for arrival in page:
            if arrival[1] == last_key and last is not None:
                last, taken = _merge(last, arrival)
                refuse(_refused(arrival, first_line, taken))
                continue
            if last is not None:
                kept.append(last)
            last, last_key, first_line = arrival, arrival[1], arrival[0]
        yield kept
    if last is not None:
        yield [last]


def _merge(first: Arrival, later: Arrival) -> tuple[Arrival, str]:
    """The first with what the later one adds, and what that is, in words."""
    line, key, email, name, language, fields, state, tags = first
    heavy = heavier(SubscriptionState(state), SubscriptionState(later[6])).value
    words = ""
    if later[6] != SubscriptionState.SUBSCRIBED:
        words = f"that it is {later[6]} was taken over"
    if heavy != state:
        line, state = later[0], heavy
    present = {key: value for key, value in json.loads(later[5]).items() if value}
    told = as_json(present | json.loads(fields)) if present else fields
    more = as_json(sorted({*json.loads(tags or "[]"), *json.loads(later[7])})) if later[7] else tags
    result = (line, key, email, name or later[3], language or later[4], _same_or(fields, told), state, more)
    if (result[3:6], more) != ((name, language, fields), tags):
        words = f"{words}; what it adds was taken over" if words else "what it adds was taken over"
    return result, words


def _same_or(before: str, after: str) -> str:
    """The JSON as it was where it says the same."""
    return before if json.loads(before) == json.loads(after) else after


def _refused(later: Arrival, first_line: int, taken: str) -> RefusedRow:
    reason = f"repeats the address of line {first_line}"
    return RefusedRow(
        line=later[0],
        email=later[2],
        reason=f"{reason}; {taken}" if taken else reason,
        fault=Fault.REPEAT,
    )
