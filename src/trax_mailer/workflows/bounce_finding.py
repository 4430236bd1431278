"""Whom a report is about that names no message of ours: by the way out it returns, or by the address."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from sqlalchemy import Connection

from trax_mailer.audience import BadAddress, parse_address, same_address
from trax_mailer.delivery import mark_of
from trax_mailer.events import Report
from trax_mailer.model.event import EventKind
from trax_mailer.storage.copies import copy_within, latest_copy
from trax_mailer.storage.mailings import load_mailing
from trax_mailer.storage.subscribers import subscribers_among
from trax_mailer.tokens import KeyRing, read_mail_token

LATELY = dt.timedelta(days=14)
"""A report is about the last copy that was accepted so long before it, at most."""

_CLOCKS_DIFFER = dt.timedelta(hours=1)
_WORTH_IT = frozenset({EventKind.BOUNCED, EventKind.BLOCKED, EventKind.COMPLAINED})


def find_message(connection: Connection, report: Report, *, ring: KeyRing) -> Report | None:
    """The same report with the Message-ID of the copy that it must be about; None where nobody knows.

    Whenever it is read, it stays the same report: the address stands for it, not the copy that was found.
    """
    if report.kind not in _WORTH_IT:
        return None
    for token in report.tokens:
        read = read_mail_token(ring, token)
        if read is not None and (found := _message_id(connection, read.mailing_id, read.subscriber_id)):
            return dataclasses.replace(report, message_id=found)
    for key, subscriber_id in _readers(connection, report.addresses):
        at = report.occurred_at
        copy = latest_copy(connection, subscriber_id, since=at - LATELY, until=at + _CLOCKS_DIFFER)
        if copy is not None and (found := _message_id(connection, copy.mailing_id, subscriber_id)):
            return dataclasses.replace(report, message_id=found, about=f"to {key}")
    return None


def find_by_address(connection: Connection, report: Report) -> tuple[Report, int, int] | None:
    """Like `find_message`, for a report that the provider signed and that names nothing but the address.

    With the mailing and the subscriber. It is about the last mailing that began in the time before it,
    whether its answer was seen or not: so it is the same whatever else was told before.
    """
    at = report.occurred_at
    for key, subscriber_id in _readers(connection, report.addresses):
        copy = copy_within(connection, subscriber_id, since=at - LATELY, until=at + _CLOCKS_DIFFER)
        if copy is not None and same_address(copy.sent_to, key):
            return dataclasses.replace(report, about=f"to {key}"), copy.mailing_id, subscriber_id
    return None


def _readers(connection: Connection, addresses: Sequence[str]) -> list[tuple[str, int]]:
    keys = []
    for address in addresses:
        try:
            keys.append(parse_address(address).key)
        except BadAddress:
            continue  # such as a local user's name, or one that was redacted
    known = subscribers_among(connection, keys) if keys else {}
    found = ((key, known[key].id) for key in dict.fromkeys(keys) if key in known)
    return [(key, subscriber_id) for key, subscriber_id in found if subscriber_id is not None]


def _message_id(connection: Connection, mailing_id: int, subscriber_id: int) -> str:
    mailing = load_mailing(connection, mailing_id)
    return f"{mailing_id}.{subscriber_id}.{mark_of(mailing.envelope)}" if mailing is not None else ""
