"""Lists as a person asks for them: by name, with numbers, and with readers to look at."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from difflib import get_close_matches

from sqlalchemy import Connection

from trax_mailer.audience.addresses import BadAddress, parse_address
from trax_mailer.errors import Refused
from trax_mailer.model.subscriber import Subscriber, SubscriptionState
from trax_mailer.storage import Ledger
from trax_mailer.storage.lists import count_by_state, find_list_id, list_ids, make_list
from trax_mailer.storage.subscribers import subscribed_readers, subscribers_among
from trax_mailer.storage.subscriptions import count_to_mail, states_among

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCount:
    """How many readers of a list stand where."""

    name: str
    pending: int
    subscribed: int
    unsubscribed: int
    bounced: int
    complained: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who a mailing to the list would reach now: readers to mail, and subscribed ones who are suppressed."""

    to_mail: int
    kept_out: int


def lists(ledger: Ledger) -> list[ListCount]:
    """Every list with its numbers, by name."""
    with ledger.read() as connection:
        counts = count_by_state(connection)
    return [
        ListCount(name=name, **{state.value: of_list.get(state, 0) for state in SubscriptionState})
        for name, of_list in counts.items()
    ]


def find_list(ledger: Ledger, name: str) -> int:
    """The id of the list. Raises Refused, with a similar name, where there is none."""
    with ledger.read() as connection:
        return _list_id(connection, name)


def audience_of(ledger: Ledger, list_name: str) -> Audience:
    """Who a mailing to the list would reach now. Raises Refused for an unknown list."""
    with ledger.read() as connection:
        to_mail, kept_out = count_to_mail(connection, _list_id(connection, list_name))
    return Audience(to_mail=to_mail, kept_out=kept_out)


def some_readers(ledger: Ledger, list_name: str, limit: int) -> list[Subscriber]:
    """The first subscribed readers of the list. Raises Refused for an unknown list."""
    with ledger.read() as connection:
        return subscribed_readers(connection, _list_id(connection, list_name), limit=limit)


def find_subscriber(ledger: Ledger, email: str, list_name: str | None = None) -> Subscriber | None:
    """The reader with that address, whatever its spelling; with a list, only where they ever stood on it."""
    try:
        key = parse_address(email).key
    except BadAddress:
        return None
    with ledger.read() as connection:
        found = subscribers_among(connection, [key]).get(key)
        if found is None or found.id is None or list_name is None:
            return found
        list_id = _list_id(connection, list_name)
        return found if states_among(connection, list_id, [found.id]) else None


def list_for_import(connection: Connection, name: str, *, now: dt.datetime) -> int:
    """The id of the list, made where there is none; a name that differs only in case is the same list."""
    found = known_list(connection, name)
    return make_list(connection, list_name_in(name), now=now) if found is None else found


def known_list(connection: Connection, name: str) -> int | None:
    """The id of the list of that name, however its case; None where it could be made.

    Raises Refused where no list can be called so.
    """
    wanted = list_name_in(name)
    for present, list_id in list_ids(connection).items():
        if present.casefold() == wanted.casefold():
            return list_id
    return None


def list_name_in(words: str) -> str:
    """The name of a list as it is kept. Raises Refused where it cannot be one."""
    wanted = " ".join(words.split())
    if not wanted:
        raise Refused("A list needs a name.", advice="Give it with --list NAME.")
    if len(wanted) > LONGEST_NAME or not wanted.isprintable():
        raise Refused(
            f"A list's name has at most {LONGEST_NAME} characters, none of them invisible.",
            advice="Give a short one with --list NAME, such as main.",
        )
    return wanted


def _list_id(connection: Connection, name: str) -> int:
    found = find_list_id(connection, name)
    if found is not None:
        return found
    names = list(list_ids(connection))
    close = get_close_matches(name.casefold(), [one.casefold() for one in names], n=1)
    meant = next((one for one in names if close and one.casefold() == close[0]), None)
    if meant:
        advice = f"Did you mean “{meant}”?"
    elif names:
        advice = f"Lists: {', '.join(names)}."
    else:
        advice = "Make one with: trax subscribers import FILE --list NAME"
    raise Refused(f"There is no list “{name}”.", advice=advice)
