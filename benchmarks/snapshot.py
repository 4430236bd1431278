"""Seconds, memory and bytes a row of writing down an audience, against a bare INSERT … SELECT of its columns.

Ours is the whole of making a mailing: the edition stored, earlier mailings and suppressions looked up,
readers counted, batches made, deliveries written, committed. Each measurement is a mailing of its own in
the same database, made by a fresh process.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sqlite3
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks import letter as letters
from benchmarks.mailings import new_mailing
from benchmarks.nothing import NoTransport
from benchmarks.places import KINDS, Place, places
from benchmarks.processes import peak_memory
from benchmarks.reporting import Row, alternate, report, row, say

BATCH = 1000
_CONTEXT = multiprocessing.get_context("spawn")
_MAILING = (
    "INSERT INTO mailing (issue_number, issue_title, list_id, edition_hash, transport, state, reason, "
    "simulated, created_at, envelope) SELECT {issue}, issue_title, list_id, edition_hash, transport, state, "
    "reason, simulated, created_at, envelope FROM mailing ORDER BY id LIMIT 1"
)
_NEWEST = "SELECT max(id) FROM mailing"
_BATCHES = (
    "INSERT INTO batch (mailing_id, lane, state, attempt, provider_reference, reason, changed_at, number) "
    "SELECT {mailing}, i % 4, 'ready', 0, '', '', CURRENT_TIMESTAMP, i FROM {numbers}"
)
_FIRST = "SELECT min(id) FROM batch WHERE mailing_id = {mailing}"
_DELIVERIES = (
    "INSERT INTO delivery (mailing_id, subscriber_id, batch_id, address, handover, outcome, reason, "
    "changed_at, tries) SELECT {mailing}, s.id, {first} + (s.id - 1) / {size}, s.email, 'queued', 'unknown', "
    "'', CURRENT_TIMESTAMP, 0 FROM subscription n JOIN subscriber s ON s.id = n.subscriber_id "
    "WHERE n.list_id = 1 AND n.state = 'subscribed' ORDER BY s.id"
)
_NUMBERS_OF_SQLITE = (
    "(WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT i FROM n)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one snapshot took: seconds, and bytes of memory and of disk."""

    seconds: float
    before: int
    peak: int
    bytes_a_row: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it works")
    parser.add_argument("--readers", type=int, nargs="+", help="how many there are (1,000,000 and 5,000,000)")
    parser.add_argument("--rounds", type=int, default=0, help="how often each is run (3; above 2,000,000: 1)")
    parser.add_argument("--database", choices=KINDS, nargs="+", default=KINDS)
    chosen = parser.parse_args(arguments)
    rows: list[Row] = []
    for readers in chosen.readers or ([5_000] if chosen.quick else [1_000_000, 5_000_000]):
        rounds = chosen.rounds or (1 if chosen.quick or readers > 2_000_000 else 3)
        with places(*chosen.database) as found:
            for place in found:
                place.fill(readers)
                rows += measure(place, readers=readers, rounds=rounds)
                place.remove()
    words = f"Batches of {BATCH}. Memory is that of the process that makes the mailing."
    report("snapshot", rows, title="Snapshot: the seconds of writing down an audience", words=words)


def measure(place: Place, *, readers: int, rounds: int) -> list[Row]:
    """The rows for so many readers on that kind of database."""
    costs: dict[str, list[Cost]] = {"bare": [], "snapshot": []}
    with place.open() as ledger:
        # The bare statement copies its mailing from this one, so its edition is there.
        new_mailing(ledger, NoTransport(batch_size=BATCH), issue_number=1)

    def timed(contestant: str) -> float:
        place.settle()
        before = place.size()
        issue = 1000 + sum(map(len, costs.values()))
        with _CONTEXT.Pool(1) as pool:
            seconds, *memory = pool.apply(_ours if contestant == "snapshot" else _bare, (place, issue))
        place.settle()
        grown = (place.size() - before) / readers
        cost = Cost(seconds=seconds, before=int(memory[0]), peak=int(memory[1]), bytes_a_row=grown)
        costs[contestant].append(cost)
        say(f"{place.kind}, {readers:,} readers, {contestant}: {seconds:.2f} s")
        return seconds

    figures = alternate(rounds, {"bare": lambda: timed("bare"), "snapshot": lambda: timed("snapshot")})
    names = {"bare": "bare INSERT … SELECT", "snapshot": "our snapshot"}
    return [
        row(
            f"{place.kind}, {readers:,} readers: {words}",
            figures[name],
            unit="s",
            yardstick=None if name == "bare" else figures["bare"],
            extra=_extra(costs[name]),
        )
        for name, words in names.items()
    ]


def _extra(costs: Sequence[Cost]) -> dict[str, str]:
    peak = statistics.median(cost.peak for cost in costs) / 2**20
    before = statistics.median(cost.before for cost in costs) / 2**20
    size = statistics.median(cost.bytes_a_row for cost in costs)
    return {"peak memory": f"{peak:.0f} MiB (from {before:.0f})", "disk": f"{size:.0f} bytes a row"}


def _ours(place: Place, issue: int) -> tuple[float, int, int]:
    edition = letters.real_edition()
    with place.open() as ledger:
        before = peak_memory()
        start = time.perf_counter()
        new_mailing(ledger, NoTransport(batch_size=BATCH, lanes=4), edition=edition, issue_number=issue)
        return time.perf_counter() - start, before, peak_memory()


def _bare(place: Place, issue: int) -> tuple[float, int, int]:
    before = peak_memory()
    start = time.perf_counter()
    if place.server:
        _bare_on_server(place.url, issue)
    else:
        _bare_in_file(str(place.file), issue)
    return time.perf_counter() - start, before, peak_memory()


def _bare_in_file(file: str, issue: int) -> None:
    connection = sqlite3.connect(file, isolation_level=None, timeout=30)
    try:
        # The same guarantees as the ledger's own connections.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(_MAILING.format(issue=issue))
        mailing = connection.execute(_NEWEST).fetchone()[0]
        readers = connection.execute("SELECT count(*) FROM subscriber").fetchone()[0]
        numbers = _NUMBERS_OF_SQLITE.format(readers // BATCH)
        connection.execute(_BATCHES.format(mailing=mailing, numbers=numbers))
        first = connection.execute(_FIRST.format(mailing=mailing)).fetchone()[0]
        connection.execute(_DELIVERIES.format(mailing=mailing, first=first, size=BATCH))
        connection.execute("COMMIT")
    finally:
        connection.close()


def _bare_on_server(url: str, issue: int) -> None:
    import psycopg
    from psycopg.rows import tuple_row

    with psycopg.connect(url, row_factory=tuple_row) as connection:

        def run(statement: str) -> int:
            cursor = connection.execute(statement)  # type: ignore[call-overload]
            return int(cursor.fetchone()[0]) if cursor.description else 0

        run(_MAILING.format(issue=issue))
        mailing = run(_NEWEST)
        readers = run("SELECT count(*) FROM subscriber")
        run(_BATCHES.format(mailing=mailing, numbers=f"generate_series(0, {readers // BATCH}) AS i"))
        first = run(_FIRST.format(mailing=mailing))
        run(_DELIVERIES.format(mailing=mailing, first=first, size=BATCH))


if __name__ == "__main__":
    main()
