"""Which delivery a Message-ID belongs to.

Our Message-IDs are `<mailing>.<subscriber>.<mark>`, where the mark is the mailing's time and the domain of
its sender: another ledger has the same numbers, and hardly ever the same mark.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping

from trax_mailer.events.report import Report
from trax_mailer.model.event import DeliveryEvent, EventKind

_OURS = re.compile(r"([1-9]\d{0,9})\.([1-9]\d{0,9})\.([0-9a-f]{1,16}@[^\s<>@]{1,255})", re.ASCII)
_LARGEST_ID = 2**31 - 1


def mailing_in(message_id: str) -> int | None:
    """The mailing that the Message-ID names, or None where it has not the form of ours."""
    parts = _parts(message_id)
    return None if parts is None else parts[0]


def parts_of(message_id: str) -> tuple[int, int] | None:
    """The mailing and the subscriber that the Message-ID names, or None where it has not the form of ours."""
    parts = _parts(message_id)
    return None if parts is None else parts[:2]


def marked(message_id: str) -> tuple[int, int, str] | None:
    """The mailing, the subscriber and the mark that the Message-ID names, or None for no form of ours."""
    return _parts(message_id)


def match(reports: Iterable[Report], marks: Mapping[int, str], *, provider: str) -> Iterator[DeliveryEvent]:
    """The reports about deliveries of the mailings in `marks`, by id; every other one is left out."""
    for report in reports:
        parts = _parts(report.message_id)
        if parts is None or marks.get(parts[0]) != parts[2]:
            continue
        yield event_from(report, parts[0], parts[1], provider=provider)


def event_from(report: Report, mailing_id: int, subscriber_id: int, *, provider: str) -> DeliveryEvent:
    """The report as an event of that delivery, which it is known to be about."""
    return DeliveryEvent(
        key=_key(report, mailing_id, subscriber_id, provider=provider),
        provider=provider,
        mailing_id=mailing_id,
        subscriber_id=subscriber_id,
        kind=report.kind,
        occurred_at=report.occurred_at,
        reason=report.reason,
    )


def _key(report: Report, mailing_id: int, subscriber_id: int, *, provider: str) -> str:
    """64 characters. That a message was taken is said once: a reader's later acts must add nothing to it.

    It begins with the ids, since events come about in their order: what lies together is written together.
    Where the copy was found by the address, a later look may find another, and the key must stay.
    """
    told = [provider, report.about or report.message_id, report.kind]
    if report.kind is not EventKind.PROCESSED:
        told.append(report.apart)
    words = "\x1f".join(told).encode("utf-8", "replace")
    ids = (0, 0) if report.about else (mailing_id, subscriber_id)
    return f"{ids[0]:08x}{ids[1]:08x}{hashlib.sha256(words).hexdigest()[:48]}"


def _parts(message_id: str) -> tuple[int, int, str] | None:
    found = _OURS.fullmatch(message_id)
    if found is None:
        return None
    mailing, subscriber = int(found[1]), int(found[2])
    return (mailing, subscriber, found[3]) if max(mailing, subscriber) <= _LARGEST_ID else None
