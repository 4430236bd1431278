"""Seconds and memory of `trax report` over a large mailing, against a bare count of the same rows.

Ours is the whole command, from the start of Python to the last line. The yardstick is three statements with
the bare driver, which look at every row once: deliveries and events by what became of them, visits by kind
and verdict. A fifth of the events are what the provider reported, the rest clicks and opens.
"""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import time
from collections.abc import Sequence

from benchmarks.mailings import new_mailing
from benchmarks.nothing import NoTransport
from benchmarks.office import open_office
from benchmarks.places import KINDS, Place, places
from benchmarks.reporting import Row, alternate, report, row, say
from trax_mailer.delivery import begin

_COUNTS = (
    "SELECT handover, outcome, count(*) FROM delivery WHERE mailing_id = 1 GROUP BY handover, outcome",
    "SELECT kind, count(*) FROM event WHERE mailing_id = 1 GROUP BY kind",
    "SELECT kind, verdict, count(*) FROM visit WHERE mailing_id = 1 GROUP BY kind, verdict",
)
_MIXED = "(i * 2654435761 % 4294967296)"
_OTHER = "(i * 2246822519 % 4294967291)"
"""Two numbers without order for each `i`, the same in both databases (multiplicative hashing)."""
_ACCEPT = (
    "UPDATE delivery SET handover = 'accepted', changed_at = {hour}, outcome = CASE "
    "WHEN subscriber_id % 40 = 0 THEN 'bounced' WHEN subscriber_id % 500 = 1 THEN 'complained' "
    "WHEN subscriber_id % 20 = 3 THEN 'unknown' ELSE 'delivered' END WHERE mailing_id = 1"
)
_DONE = "UPDATE mailing SET state = 'done', tracking = 'aggregate' WHERE id = 1"
_EVENTS = (
    "INSERT INTO event (key, provider, mailing_id, subscriber_id, kind, occurred_at, received_at, reason) "
    "SELECT 'key' || subscriber_id, 'sendgrid', 1, subscriber_id, outcome, changed_at, changed_at, "
    "CASE WHEN outcome = 'bounced' THEN '550 5.1.1 no such user' ELSE '' END "
    "FROM delivery WHERE outcome <> 'unknown'"
)
_COLUMNS = "mailing_id, kind, link, pseudonym, language, at, after, method, agent, hints, verdict, why"
_VISITS = (
    f"INSERT INTO visit ({_COLUMNS}) "  # noqa: S608 - our own columns
    "SELECT 1, CASE WHEN i % 3 = 0 THEN 'click' ELSE 'open' END, "
    "CASE WHEN i % 3 = 0 THEN 1 + {other} / 7 % 16 ELSE 0 END, {pseudonym}, 'en', {at}, i % 3600, 'GET', "
    "'browser', '', CASE {other} / 64 % 5 WHEN 0 THEN 'machine' WHEN 1 THEN 'unsure' ELSE 'human' END, "
    "CASE {other} / 64 % 5 WHEN 0 THEN 'fetched by a proxy' ELSE 'one link at a time' END FROM {numbers}"
)
_COPY = "({mixed} % {copies})"
_SQLITE = {
    "pseudonym": "CAST(printf('%08x', {copy} * 2654435761 % 4294967296) AS BLOB)",
    "at": "strftime('%Y-%m-%d %H:%M:00.000000', '2026-03-03 09:30', ({other} / 256 % 4320) || ' minutes')",
    "hour": "strftime('%Y-%m-%d %H:%M:00.000000', '2026-03-03 09:30', (subscriber_id % 180) || ' minutes')",
    "numbers": "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {visits}) "
    "SELECT i FROM n)",
}
_POSTGRESQL = {
    "pseudonym": "int8send({copy} * 2654435761 % 4294967296)",
    "at": "TIMESTAMPTZ '2026-03-03 09:30Z' + ({other} / 256 % 4320) * INTERVAL '1 minute'",
    "hour": "TIMESTAMPTZ '2026-03-03 09:30Z' + (subscriber_id % 180) * INTERVAL '1 minute'",
    "numbers": "generate_series(1::bigint, {visits}) AS i",
}
_SPLIT = 0.8
"""The part of the events that are clicks and opens."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it works")
    parser.add_argument("--readers", type=int, default=0, help="how many there are (1,000,000)")
    parser.add_argument("--events", type=int, default=0, help="five for each reader, if not said")
    parser.add_argument("--database", choices=KINDS, nargs="+", default=KINDS)
    chosen = parser.parse_args(arguments)
    readers = chosen.readers or (2_000 if chosen.quick else 1_000_000)
    events = chosen.events or 5 * readers
    rounds = 1 if chosen.quick else 3
    rows: list[Row] = []
    with places(*chosen.database) as found:
        for place in found:
            rows += measure(place, readers=readers, visits=int(events * _SPLIT), rounds=rounds)
            place.remove()
    words = f"{readers:,} deliveries and {events:,} events; {rounds} rounds."
    report("report", rows, title="`trax report`: seconds", words=words)


def measure(place: Place, *, readers: int, visits: int, rounds: int) -> list[Row]:
    """The rows on that kind of database."""
    place.fill(readers)
    with place.open() as ledger:
        mailing = new_mailing(ledger, NoTransport(batch_size=1000))
        begin(ledger, mailing.id, now=dt.datetime.now(dt.UTC))
    say(f"{place.kind}: writing what became of it …")
    place.execute(*_statements(place, readers=readers, visits=visits))
    place.settle()
    office = open_office(place)
    peaks: list[int] = []

    def bare() -> float:
        start = time.perf_counter()
        place.execute(*_COUNTS)
        return _said(place, "bare counts", time.perf_counter() - start)

    def ours() -> float:
        seconds, peak = office.measured("report", "58", "--json")
        peaks.append(peak)
        return _said(place, "trax report 58", seconds)

    figures = alternate(rounds, {"bare counts": bare, "trax report 58": ours})
    memory = {"peak memory": f"{statistics.median(peaks) / 2**20:.0f} MiB"}
    yardstick = figures["bare counts"]
    return [
        row(f"{place.kind}: bare counts", yardstick, unit="s"),
        row(
            f"{place.kind}: trax report 58",
            figures["trax report 58"],
            unit="s",
            yardstick=yardstick,
            extra=memory,
        ),
    ]


def _statements(place: Place, *, readers: int, visits: int) -> tuple[str, ...]:
    """What fills the ledger: two thirds of the copies are seen again, each several times."""
    own = _POSTGRESQL if place.server else _SQLITE
    copy = _COPY.format(mixed=_MIXED, copies=max(readers * 2 // 3, 1))
    words = {name: text.format(copy=copy, other=_OTHER, visits=visits) for name, text in own.items()}
    # Pseudonyms do not come in the order of their index: a small cache would write its pages many times.
    room = () if place.server else ("PRAGMA cache_size = -500000",)
    return *room, _ACCEPT.format(**words), _DONE, _EVENTS, _VISITS.format(other=_OTHER, **words)


def _said(place: Place, name: str, seconds: float) -> float:
    say(f"{place.kind}, {name}: {seconds:.2f} s")
    return seconds


if __name__ == "__main__":
    main()
