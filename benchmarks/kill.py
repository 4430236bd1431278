"""Seconds from a kill -9 of a sender to the verdict: its calls in flight marked uncertain, the rest going on.

The senders are real `trax worker` processes that hand over to a SendGrid on loopback, which takes its time
to answer. One of them is killed with calls in flight, and replaced at once, as systemd would. The verdict
is there when none of its calls stands as “calling” any more; it goes on when all of its lanes make calls.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from benchmarks.mailings import new_mailing
from benchmarks.nothing import NoTransport
from benchmarks.office import Office, ended, open_office
from benchmarks.places import KINDS, Place, places
from benchmarks.processes import http_sink
from benchmarks.reporting import Row, report, row, say
from trax_mailer.delivery import begin, proof
from trax_mailer.model.mailing import BatchState
from trax_mailer.storage import Ledger, schema
from trax_mailer.storage.keys import open_ring
from trax_mailer.workflows.engines.presence import NO_MAILING, PLACES

BATCH = 20
LANES = 4
ANSWER_SECONDS = 0.2
_LOOK_SECONDS = 0.005
_WITHIN = 60.0
_SETUPS = (("sqlite", 1), ("sqlite", 2), ("postgresql", 3))


class _Sending(NoTransport):
    """Stands for SendGrid where the mailing is made; the workers open the real transport."""

    name = "sendgrid"


@dataclass(frozen=True, slots=True)
class _Call:
    lane: int
    attempt: int


@dataclass(slots=True)
class Kills:
    """What was seen: seconds, one figure a kill that hit a call, and how many calls were hit."""

    verdicts: list[float] = field(default_factory=list)
    going_on: list[float] = field(default_factory=list)
    calls: int = 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it works")
    parser.add_argument("--kills", type=int, default=0, help="how many of each setup (15)")
    parser.add_argument("--database", choices=KINDS, nargs="+", default=KINDS)
    chosen = parser.parse_args(arguments)
    kills = chosen.kills or (1 if chosen.quick else 15)
    rows: list[Row] = []
    for kind, workers in _SETUPS:
        if kind not in chosen.database:
            continue
        with places(kind) as found, http_sink(delay=ANSWER_SECONDS) as port:
            for place in found:
                rows += measure(place, workers=workers, kills=kills, port=port)
    words = (
        f"{kills} kills each; {LANES} lanes, answers after {ANSWER_SECONDS} s; the killed one is replaced."
    )
    report("kill", rows, title="From a kill -9 to the verdict", words=words)


def measure(place: Place, *, workers: int, kills: int, port: int) -> list[Row]:
    """The rows of so many workers on that kind of database."""
    # Enough that the mailing outlives all kills, at LANES / ANSWER_SECONDS calls a second.
    place.fill(int(BATCH * LANES / ANSWER_SECONDS * max(90, 12 * kills)))
    office = open_office(place, port=port, lanes=LANES, batch_size=BATCH)
    with place.open() as ledger:
        mailing = new_mailing(ledger, _Sending(batch_size=BATCH, lanes=LANES))
        begin(ledger, mailing.id, now=dt.datetime.now(dt.UTC))
        open_ring(ledger)
        processes = [_worker(office, number) for number in range(workers)]
        with ended(processes):
            seen = _kill_often(ledger, office, processes, kills=kills)
        uncertain = proof(ledger, mailing.id).uncertain
    who = f"{workers} worker{'s' if workers > 1 else ''}"
    title = f"{place.kind}, {who}"
    extra = {"calls hit": str(seen.calls), "readers uncertain": str(uncertain)}
    return [
        _row(f"{title}: verdict", seen.verdicts, extra),
        _row(f"{title}: all lanes at work again", seen.going_on, {}),
    ]


def _row(name: str, seconds: list[float], extra: dict[str, str]) -> Row:
    return row(name, seconds, unit="s", extra={"mean": f"{statistics.mean(seconds):.2f} s"} | extra)


def _worker(office: Office, number: int) -> subprocess.Popen[bytes]:
    # As many lanes as there are: any worker can take over everything.
    return office.start("worker", "--lanes", str(LANES), "--name", f"benchmark-{number}")


def _kill_often(
    ledger: Ledger, office: Office, processes: list[subprocess.Popen[bytes]], *, kills: int
) -> Kills:
    seen = Kills()
    for number in range(20 + kills * 3):  # a worker may hold no lane, and is killed for nothing
        _wait_until_all_work(ledger, workers=len(processes))
        time.sleep(random.uniform(0.0, 0.5))  # noqa: S311 - no secret
        if not _kill_one(ledger, office, processes, seen, number=number):
            continue  # it held no lane
        say(f"{ledger.kind}: verdict {seen.verdicts[-1]:.2f} s, going on {seen.going_on[-1]:.2f} s")
        if len(seen.verdicts) == kills:
            break
    return seen


def _kill_one(
    ledger: Ledger, office: Office, processes: list[subprocess.Popen[bytes]], seen: Kills, *, number: int
) -> bool:
    """Kill a worker and watch what becomes of its calls. False where it had none."""
    victim = processes.pop(random.randrange(len(processes)))  # noqa: S311 - no secret
    victim.kill()
    killed = time.monotonic()
    open_calls = _calls(ledger)
    victim.wait()
    processes.append(_worker(office, 100 + number))
    orphans, verdict = _watch(ledger, open_calls, killed)
    if not orphans:
        return False
    seen.calls += len(orphans)
    seen.verdicts.append(verdict)
    lanes = {open_calls[batch_id].lane for batch_id in orphans}
    while not lanes <= {call.lane for call in _calls(ledger).values()}:
        _look_again(killed)
    seen.going_on.append(time.monotonic() - killed)
    return True


def _watch(ledger: Ledger, open_calls: dict[int, _Call], killed: float) -> tuple[set[int], float]:
    """Those of the calls that became uncertain, and the seconds until the last of them did."""
    orphans: set[int] = set()
    last = 0.0
    waiting = set(open_calls)
    while waiting:
        states = _states(ledger, waiting)
        for batch_id, state in states.items():
            if state is not BatchState.CALLING:
                waiting.discard(batch_id)
                if state is BatchState.UNCERTAIN:
                    orphans.add(batch_id)
                    last = time.monotonic() - killed
        _look_again(killed)
    return orphans, last


def _calls(ledger: Ledger) -> dict[int, _Call]:
    """The batches that are in a call at this moment."""
    table = schema.batch
    query = select(table.c.id, table.c.lane, table.c.attempt).where(
        table.c.mailing_id == 1, table.c.state == BatchState.CALLING
    )
    with ledger.read() as connection:
        return {identity: _Call(lane, attempt) for identity, lane, attempt in connection.execute(query)}


def _states(ledger: Ledger, batches: set[int]) -> dict[int, BatchState]:
    table = schema.batch
    query = select(table.c.id, table.c.state).where(table.c.id.in_(batches))
    with ledger.read() as connection:
        return {row.id: row.state for row in connection.execute(query)}


def _wait_until_all_work(ledger: Ledger, *, workers: int) -> None:
    """Until every worker has started, the replaced ones, too, and every lane is in a call."""
    start = time.monotonic()
    while sum(ledger.lane_is_held(NO_MAILING, lane=place) for place in range(PLACES)) < workers:
        _look_again(start)
    while len({call.lane for call in _calls(ledger).values()}) < LANES:
        _look_again(start)


def _look_again(since: float) -> None:
    if time.monotonic() - since > _WITHIN:
        raise TimeoutError(f"the lanes were not at work again within {_WITHIN:.0f} seconds")
    time.sleep(_LOOK_SECONDS)


if __name__ == "__main__":
    main()
