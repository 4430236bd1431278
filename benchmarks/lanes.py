"""Batches/s of our lanes with a transport that does nothing, against a bare loop writing the same rows.

A transport that looks at nobody leaves the readers unloaded, so both kinds are shown: one that looks at
nobody, beside the loop that only writes, and one that looks at each of them, beside the loop that reads too.

Every worker is a process with one lane of its own; every run starts from a fresh copy of the same ledger.
The clock runs from the moment when all workers are ready until the last one has come to its end.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier

from benchmarks import letter as letters
from benchmarks.bare import run_bare
from benchmarks.mailings import new_mailing
from benchmarks.nothing import NoTransport
from benchmarks.places import KINDS, Place, places
from benchmarks.reporting import Row, alternate, report, row, say
from trax_mailer.delivery import begin, proof, run_lane
from trax_mailer.storage.keys import open_ring

BATCH = 500
_CONTEXT = multiprocessing.get_context("spawn")
_CONTESTANTS = (
    ("bare", "bare loop", ""),
    ("lanes", "lanes, transport looks at nobody", "bare"),
    ("reading", "bare loop that reads its readers", ""),
    ("looking", "lanes, transport looks at every reader", "reading"),
)
"""Each with its words and its yardstick: like is compared with like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a worker does: which contestant it is, at which place, on which lane of which mailing."""

    contestant: str
    place: Place
    mailing_id: int
    lane: int
    lanes: int


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it works")
    parser.add_argument("--readers", type=int, default=0, help="how many there are (1,000,000)")
    parser.add_argument("--rounds", type=int, default=0, help="how often each is run (3)")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4], help="processes, one lane each")
    parser.add_argument("--database", choices=KINDS, nargs="+", default=KINDS)
    chosen = parser.parse_args(arguments)
    readers = chosen.readers or (4_000 if chosen.quick else 1_000_000)
    rounds = chosen.rounds or (1 if chosen.quick else 3)
    rows: list[Row] = []
    with places(*chosen.database) as found:
        for place in found:
            place.fill(readers)
            for workers in chosen.workers:
                rows += measure(place, workers=workers, readers=readers, rounds=rounds)
            place.remove()
    words = f"{readers:,} readers in batches of {BATCH}; {rounds} rounds; a worker is a process with a lane."
    report("lanes", rows, title="Lanes: batches a second with a transport that does nothing", words=words)


def measure(base: Place, *, workers: int, readers: int, rounds: int) -> list[Row]:
    """The rows of so many workers on that kind of database."""
    batches = -(-readers // BATCH)
    cpu: dict[str, list[float]] = {name: [] for name, _, _ in _CONTESTANTS}
    with base.copy() as with_mailing:
        with with_mailing.open() as ledger:
            transport = NoTransport(batch_size=BATCH, lanes=workers)
            mailing = new_mailing(ledger, transport, edition=letters.real_edition())
            begin(ledger, mailing.id, now=mailing.created_at)
            open_ring(ledger)
        with_mailing.settle()

        def timed(contestant: str) -> float:
            with with_mailing.copy() as place:
                works = [
                    Work(contestant=contestant, place=place, mailing_id=mailing.id, lane=lane, lanes=workers)
                    for lane in range(workers)
                ]
                seconds, busy = _together(works)
                _verify(place, mailing.id, readers=readers)
            cpu[contestant].append(busy / readers * 1e6)
            say(f"{base.kind}, {workers} workers, {contestant}: {batches / seconds:,.0f} batches/s")
            return batches / seconds

        figures = alternate(rounds, {name: _bound(timed, name) for name in cpu})
    title = f"{base.kind}, {workers} worker{'s' if workers > 1 else ''}"
    return [
        row(
            f"{title}: {words}",
            figures[name],
            unit="batches/s",
            yardstick=figures[yardstick] if yardstick else None,
            extra={"CPU": f"{statistics.median(cpu[name]):.1f} µs a reader"},
        )
        for name, words, yardstick in _CONTESTANTS
    ]


def _bound(timed: Callable[[str], float], name: str) -> Callable[[], float]:
    return lambda: timed(name)


def _together(works: Sequence[Work]) -> tuple[float, float]:
    """Let every worker do its work; the seconds until the last was done, and their CPU in seconds."""
    barrier = _CONTEXT.Barrier(len(works) + 1)
    answers: multiprocessing.Queue[tuple[float, float]] = _CONTEXT.Queue()
    processes = [_CONTEXT.Process(target=_do, args=(work, barrier, answers)) for work in works]
    for process in processes:
        process.start()
    barrier.wait(timeout=120)
    start = time.perf_counter()
    ends = [answers.get(timeout=3600) for _ in works]
    seconds = time.perf_counter() - start
    for process in processes:
        process.join(timeout=60)
    return seconds, sum(busy for _, busy in ends)


def _do(work: Work, barrier: Barrier, answers: multiprocessing.Queue[tuple[float, float]]) -> None:
    """One worker, in a process of its own."""
    if work.contestant in {"lanes", "looking"}:
        looking = work.contestant == "looking"
        transport = NoTransport(batch_size=BATCH, lanes=work.lanes, looking=looking)
        with work.place.open() as ledger, transport:
            ring = open_ring(ledger)
            barrier.wait(timeout=120)
            start, busy = time.perf_counter(), time.process_time()
            run_lane(ledger, work.mailing_id, lane=work.lane, transport=transport, ring=ring)
            answers.put((time.perf_counter() - start, time.process_time() - busy))
        return
    barrier.wait(timeout=120)
    start, busy = time.perf_counter(), time.process_time()
    run_bare(work.place, work.mailing_id, lane=work.lane, reading=work.contestant == "reading")
    answers.put((time.perf_counter() - start, time.process_time() - busy))


def _verify(place: Place, mailing_id: int, *, readers: int) -> None:
    """Nobody may have been left out by whoever was quick."""
    with place.open() as ledger:
        accepted = proof(ledger, mailing_id).accepted
    if accepted != readers:
        raise RuntimeError(f"process {os.getpid()}: {accepted:,} of {readers:,} readers were accepted")


if __name__ == "__main__":
    main()
