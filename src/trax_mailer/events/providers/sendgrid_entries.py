"""One event of SendGrid, in our words.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from trax_mailer.events.report import (
    IN_TEXT,
    MACHINE_SAID,
    TOLD_BY_PROVIDER,
    Posted,
    Report,
    Seen,
    act_of_reader,
)
from trax_mailer.events.statuses import with_status
from trax_mailer.model.agents import agent_class
from trax_mailer.model.event import EventKind, PostedKind
from trax_mailer.model.refusal import INVALID_ADDRESS, left_group, status_in
from trax_mailer.model.server_words import MOST_CHARACTERS, clean_words
from trax_mailer.model.visit import VisitKind

_DELIVERIES = {
    "processed": EventKind.PROCESSED,
    "deferred": EventKind.DEFERRED,
    "delivered": EventKind.DELIVERED,
    "bounce": EventKind.BOUNCED,
    "dropped": EventKind.DROPPED,
    "spamreport": EventKind.COMPLAINED,
    "unsubscribe": EventKind.LEFT,
    "group_unsubscribe": EventKind.LEFT,
}
_VISITS = {
    "open": (PostedKind.OPENED, VisitKind.OPEN),
    "click": (PostedKind.CLICKED, VisitKind.CLICK),
}
_RETURNED, _ACCOUNT = "group_resubscribe", "account_status_change"
_REFUSALS = frozenset({EventKind.BOUNCED, EventKind.BLOCKED})
_POSTED = {kind: PostedKind(kind.value) for kind in EventKind}
_AS_THEY_ARE = (
    "event", "timestamp", "type", "status", "bounce_classification", "attempt", "asm_group_id",
    "sg_message_id", "delivery",
)  # fmt: skip
"""What is kept of an event besides the other side's words. Nothing else is: nobody knows what it may hold."""
_LONGEST = 120
_EARLIEST, _LATEST = 946_684_800, 4_102_444_800
"""The years 2000 to 2100, in seconds since the epoch."""


def read_entry(entry: object) -> Posted | None:
    """The event, refused where it is ours and cannot be used; None where it is another program's."""
    if not isinstance(entry, dict):
        words = json.dumps(entry)[:_LONGEST]
        return Posted(PostedKind.UNKNOWN, "", words, "", {"is": type(entry).__name__}, refused="no event")
    event, mark = entry.get("event"), entry.get("mark")
    if not isinstance(mark, str):
        return _unmarked(entry, event) if isinstance(event, str) else None
    seconds = _seconds(entry.get("timestamp"))
    if not isinstance(event, str) or seconds is None:
        return _refused(entry, "it does not say what happened, or when")
    return _marked(entry, event, mark, seconds)


def _marked(entry: dict[str, Any], event: str, mark: str, seconds: int) -> Posted:
    if (kind := _DELIVERIES.get(event)) is not None:
        return _delivery(entry, event, kind, mark, seconds)
    if (kinds := _VISITS.get(event)) is not None:
        return _visit(entry, kinds, mark, seconds)
    if event == _RETURNED:
        act = act_of_reader(mark, at=_moment(seconds))
        return Posted(
            PostedKind.RETURNED, mark, f"{event} {seconds}", _own_id(entry), _content(entry), report=act
        )
    return _refused(entry, f"events of the type “{_short(event)}” are not known")


def _unmarked(entry: dict[str, Any], event: str) -> Posted | None:
    """What is about the account, and a bounce that came so late that it carries nothing but the address."""
    seconds, email = _seconds(entry.get("timestamp")), entry.get("email")
    if seconds is None:
        return None
    if event == _ACCOUNT:
        apart = f"{event} {seconds} {_short(entry.get('type'))}"
        return Posted(PostedKind.ACCOUNT, "", apart, _own_id(entry), _content(entry))
    if event == "bounce" and isinstance(email, str) and not entry.get("sg_message_id"):
        return _delivery(entry, event, EventKind.BOUNCED, "", seconds, addresses=(email,))
    return None


def _delivery(
    entry: dict[str, Any],
    event: str,
    kind: EventKind,
    mark: str,
    seconds: int,
    addresses: tuple[str, ...] = (),
) -> Posted:
    if kind is EventKind.BOUNCED and entry.get("type") not in ("bounce", None):
        kind = EventKind.BLOCKED
    content = _content(entry)
    said = _words(entry)
    reason = said
    if said:
        content["said"] = said
    if kind in _REFUSALS:
        reason = _refusal(entry, kind, said)
    elif kind is EventKind.LEFT:
        group = entry.get("asm_group_id")
        reason = left_group(group if isinstance(group, int) else 0) if event == "group_unsubscribe" else ""
    apart = f"{seconds} {entry.get('attempt', '')}"
    report = Report(
        message_id=mark,
        kind=kind,
        occurred_at=_moment(seconds),
        apart=apart,
        reason=reason,
        addresses=addresses,
    )
    return Posted(_POSTED[kind], mark, f"{event} {apart}", _own_id(entry), content, report)


def _visit(entry: dict[str, Any], kinds: tuple[PostedKind, VisitKind], mark: str, seconds: int) -> Posted:
    """What is kept of it names no message: it must not be found out from it whose it is."""
    posted, kind = kinds
    url, agent, offset = entry.get("url"), entry.get("useragent"), entry.get("url_offset")
    link = url if isinstance(url, str) and kind is VisitKind.CLICK else ""
    program = agent_class(agent if isinstance(agent, str) else "")
    hints = TOLD_BY_PROVIDER
    content: dict[str, object] = {
        "event": entry["event"],
        "timestamp": seconds - seconds % 60,
        "agent": program,
    }
    if entry.get("sg_machine_open") is True:
        hints, content["sg_machine_open"] = f"{hints} {MACHINE_SAID}", True
    if isinstance(offset, dict) and offset.get("type") == "text":
        hints, content["part"] = f"{hints} {IN_TEXT}", "text"
    return Posted(
        posted,
        mark,
        f"{entry['event']} {seconds} {link}",
        _own_id(entry),
        content,
        act_of_reader(mark, at=_moment(seconds)),
        Seen(kind, seconds, link, program, hints),
    )


def _refused(entry: dict[str, Any], reason: str) -> Posted:
    own_id, content = _own_id(entry), _content(entry)
    apart = f"refused {own_id or json.dumps(content, sort_keys=True)}"
    return Posted(PostedKind.UNKNOWN, entry["mark"], apart, own_id, content, refused=reason)


def _content(entry: dict[str, Any]) -> dict[str, object]:
    kept: dict[str, object] = {}
    for name in _AS_THEY_ARE:
        value = entry.get(name)
        if isinstance(value, str):
            plain = value.isascii() and value.isprintable() and "@" not in value and len(value) <= _LONGEST
            kept[name] = value if plain else _short(value)
        elif isinstance(value, int):
            kept[name] = value
    return kept


def _short(value: object) -> str:
    """A word of SendGrid's own, without the people that should not be in it."""
    return clean_words(value)[:_LONGEST] if isinstance(value, str) else ""


def _own_id(entry: dict[str, Any]) -> str:
    own_id = entry.get("sg_event_id")
    return own_id if isinstance(own_id, str) else ""


def _refusal(entry: dict[str, Any], kind: EventKind, words: str) -> str:
    """The server's words behind its code, or behind SendGrid's classification, where it gave none."""
    status = entry.get("status")
    told = with_status(status if isinstance(status, str) else "", words)
    code = status_in(told)
    unclear = not code or code.endswith(".0.0")
    if unclear and kind is EventKind.BOUNCED and entry.get("bounce_classification") == INVALID_ADDRESS:
        told = f"{INVALID_ADDRESS}: {told}"
    return told[:MOST_CHARACTERS]


def _words(entry: dict[str, Any]) -> str:
    said = entry.get("reason") or entry.get("response")
    email = entry.get("email")
    return clean_words(said, address=email if isinstance(email, str) else "") if isinstance(said, str) else ""


def _seconds(timestamp: object) -> int | None:
    """Whole seconds since the epoch, in a year that makes sense. Some events give them as a string."""
    try:
        seconds = int(timestamp) if isinstance(timestamp, int | float | str) else 0
    except (ValueError, OverflowError):
        return None
    return seconds if _EARLIEST <= seconds < _LATEST else None


def _moment(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
