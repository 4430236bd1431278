"""The log of a mail server: Postfix (syslog, journalctl, plain or gzip) and Exim (main log).

Postfix names the Message-ID before it has the whole message; only once its queue manager has taken the
message over (`queue active`), or somebody tried to deliver it, was it accepted. Times without a zone are
those of this machine, times without a year are in the last twelve months.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator

from trax_mailer.errors import BadFile
from trax_mailer.events.report import Report
from trax_mailer.events.statuses import refusal_of, status_of, with_status
from trax_mailer.model.event import EventKind
from trax_mailer.model.server_words import clean_words

_POSTFIX = re.compile(
    r"(?P<stamp>\w{3} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+) .*?"
    r"/(?P<daemon>[a-z]+)\[\d+\]: (?P<queue>[0-9A-Za-z]{5,40}): (?P<rest>.*)",
    re.DOTALL,
)
_STAMP = re.compile(r"\b\w{3} [ \d]\d \d\d:\d\d:\d\d|\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")
_JOURNAL_SAYS = "-- "  # such as “-- No entries --”
_MESSAGE_ID = re.compile(r"message-id=<([^<>]*)>")
_STATUS = re.compile(r"to=<(?P<to>[^>]*)>.*?\bstatus=(?P<status>\w+)(?: \((?P<words>.*)\))?", re.DOTALL)
_RELAY = re.compile(r"\brelay=(?:127\.\d+\.\d+\.\d+|localhost|\[?::1)[\[\],:\d]", re.ASCII)
_DSN = re.compile(r"\bdsn=(\d\.\d+\.\d+)")

_EXIM = re.compile(
    r"(?P<stamp>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?(?: [+-]\d{4})?) (?:\[\d+\] )?"
    r"(?P<queue>\w{6}-\w{6,11}-\w{2,4}) (?P<what><=|=>|->|>>|==|\*\*|Completed)(?: (?P<rest>.*))?",
    re.ASCII | re.DOTALL,
)
_EXIM_ID = re.compile(r" id=(\S+)")
_EXIM_KINDS = {
    "=>": EventKind.DELIVERED,
    "->": EventKind.DELIVERED,
    "==": EventKind.DEFERRED,
    "**": EventKind.BOUNCED,
}
_CODE = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def read_smtp_log(lines: Iterable[str], *, mark: str, now: dt.datetime) -> Iterator[Report]:
    """The reports about messages whose Message-ID ends in `mark`, in the order of the log.

    Holds in memory which queue ids are such messages now, and no more: a queue id is used again for
    others. A line that cannot be read is passed over. Raises BadFile where none of them has a time.
    """
    ours: dict[str, str] = {}
    for line in _lines_of_a_log(lines):
        if found := _EXIM.search(line):
            yield from _exim(found, ours, mark=mark, now=now)
        elif found := _POSTFIX.match(line):
            yield from _postfix(found, ours, mark=mark, now=now)


def _lines_of_a_log(lines: Iterable[str]) -> Iterator[str]:
    """Pass the lines on. Raises BadFile at their end where they are something else than a log."""
    written = timed = False
    for line in lines:
        written = written or not line.isspace()
        timed = timed or _STAMP.search(line) is not None or line.startswith(_JOURNAL_SAYS)
        yield line
    if written and not timed:
        raise BadFile(
            "This is no log that can be read: no line of it has a time, as those of Postfix and Exim do.",
            advice="Give the mail server's own log, such as /var/log/mail.log; see docs/evidence.md.",
        )


def _postfix(found: re.Match[str], ours: dict[str, str], *, mark: str, now: dt.datetime) -> Iterator[Report]:
    queue, rest = found["queue"], found["rest"].rstrip()
    if rest.startswith("message-id="):
        named = _MESSAGE_ID.match(rest)
        _note(ours, queue, named[1] if named else "", mark=mark)
        return
    message_id = ours.get(queue)
    if message_id is None:
        return
    if rest == "removed" or rest.startswith("client="):
        del ours[queue]
        return
    said = _STATUS.match(rest)
    if said:
        report = _postfix_report(found, said, message_id, now=now)
    elif found["daemon"] == "qmgr":
        expired = "status=expired" in rest
        kind = EventKind.BLOCKED if expired else EventKind.PROCESSED
        reason = "expired, returned to sender" if expired else ""
        report = _report(found, message_id, kind=kind, now=now, reason=reason)
    else:
        return
    if report:
        yield report


def _postfix_report(
    found: re.Match[str], said: re.Match[str], message_id: str, *, now: dt.datetime
) -> Report | None:
    code, words = _DSN.search(found["rest"]), said["words"] or ""
    status = status_of(code[1] if code else "", words)
    match said["status"]:
        case "sent" if found["daemon"] == "smtp" and _RELAY.search(found["rest"]):
            kind = EventKind.PROCESSED  # a filter on the same machine gives it back in a moment
        case "sent":
            kind = EventKind.DELIVERED
        case "deferred" | "SOFTBOUNCE":
            kind = EventKind.DEFERRED
        case "bounced":
            kind = refusal_of(status)
        case "expired":
            kind = EventKind.BLOCKED
        case _:
            return None  # such as the probes of address verification
    reason = clean_words(words, address=said["to"])
    if kind in {EventKind.BOUNCED, EventKind.BLOCKED}:
        reason = with_status(status, reason)
    return _report(found, message_id, kind=kind, now=now, reason=reason, to=said["to"])


def _exim(found: re.Match[str], ours: dict[str, str], *, mark: str, now: dt.datetime) -> Iterator[Report]:
    queue, what, rest = found["queue"], found["what"], (found["rest"] or "").rstrip()
    if what == "<=":
        named = _EXIM_ID.search(rest)
        _note(ours, queue, named[1].strip("<>") if named else "", mark=mark)
    message_id = ours.get(queue)
    if message_id is None:
        return
    if what == "Completed":
        del ours[queue]
        return
    kind = _EXIM_KINDS.get(what, EventKind.PROCESSED)
    address, _, words = rest.partition(" ")
    if kind in {EventKind.DEFERRED, EventKind.BOUNCED}:
        code = _CODE.search(words)
        kind = refusal_of(code[1] if code else "") if kind is EventKind.BOUNCED else kind
        words = words.partition(": ")[2] if what == "**" else words
    else:
        words = ""
    reason = clean_words(words, address=address)
    report = _report(found, message_id, kind=kind, now=now, reason=reason, to=address)
    if report:
        yield report


def _note(ours: dict[str, str], queue: str, message_id: str, *, mark: str) -> None:
    if message_id.endswith(f".{mark}"):
        ours[queue] = message_id
    else:
        ours.pop(queue, None)


def _report(
    found: re.Match[str],
    message_id: str,
    *,
    kind: EventKind,
    now: dt.datetime,
    reason: str = "",
    to: str = "",
) -> Report | None:
    moment = _moment(found["stamp"], now=now)
    if moment is None:
        return None
    return Report(
        message_id=message_id,
        kind=kind,
        occurred_at=moment,
        apart=f"{found['stamp']} {found['queue']}",
        reason=reason,
        addresses=(to,) if "@" in to else (),
    )


def _moment(stamp: str, *, now: dt.datetime) -> dt.datetime | None:
    """An aware time; None where the stamp is none."""
    if stamp[0].isdigit():
        try:
            return dt.datetime.fromisoformat(stamp.replace(" +", "+").replace(" -", "-")).astimezone(dt.UTC)
        except (ValueError, OverflowError):
            return None
    month, day, time = stamp.split(maxsplit=2)
    if month not in _MONTHS:
        return None
    hour, minute, second = map(int, time.split(":"))
    for year in range(now.year + 1, now.year - 8, -1):  # eight years hold a 29 February
        try:
            local = dt.datetime(year, _MONTHS.index(month) + 1, int(day), hour, minute, second)  # noqa: DTZ001
            moment = local.astimezone(dt.UTC)
        except (ValueError, OverflowError):
            continue
        if moment <= now + dt.timedelta(days=1):
            return moment
    return None
