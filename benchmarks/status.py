"""Seconds of `trax status` in the middle of a large mailing, against a bare count of its deliveries.

Ours is the whole command, from the start of Python to the last line; the yardstick is the one statement
that counts the deliveries by where they stand, with the bare driver.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from collections.abc import Sequence

from benchmarks.mailings import new_mailing
from benchmarks.nothing import NoTransport
from benchmarks.office import open_office
from benchmarks.places import KINDS, Place, places
from benchmarks.reporting import Row, alternate, report, row, say
from trax_mailer.delivery import begin

_COUNT = "SELECT handover, count(*) FROM delivery WHERE mailing_id = 1 GROUP BY handover"
_HALFWAY = "UPDATE delivery SET handover = 'accepted' WHERE mailing_id = 1 AND subscriber_id % 2 = 0"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it works")
    parser.add_argument("--readers", type=int, default=0, help="how many there are (1,000,000)")
    parser.add_argument("--database", choices=KINDS, nargs="+", default=KINDS)
    chosen = parser.parse_args(arguments)
    readers = chosen.readers or (2_000 if chosen.quick else 1_000_000)
    rounds = 1 if chosen.quick else 5
    rows: list[Row] = []
    with places(*chosen.database) as found:
        for place in found:
            rows += measure(place, readers=readers, rounds=rounds)
            place.remove()
    words = f"{readers:,} deliveries, half of them accepted; {rounds} rounds."
    report("status", rows, title="`trax status`: seconds", words=words)


def measure(place: Place, *, readers: int, rounds: int) -> list[Row]:
    """The rows on that kind of database."""
    place.fill(readers)
    with place.open() as ledger:
        mailing = new_mailing(ledger, NoTransport(batch_size=1000))
        begin(ledger, mailing.id, now=dt.datetime.now(dt.UTC))
    place.execute(_HALFWAY)
    place.settle()
    office = open_office(place)

    def timed(*arguments: str) -> float:
        start = time.perf_counter()
        if arguments:
            office.trax(*arguments)
        else:
            place.execute(_COUNT)
        seconds = time.perf_counter() - start
        say(f"{place.kind}, {' '.join(('trax', *arguments)) if arguments else 'bare count'}: {seconds:.2f} s")
        return seconds

    commands = {
        "trax --version": ("--version",),
        "trax status": ("status",),
        "trax status 1": ("status", "1"),
    }
    contestants = {"bare count": timed} | {
        name: _bound(timed, arguments) for name, arguments in commands.items()
    }
    figures = alternate(rounds, contestants)
    return [
        row(
            f"{place.kind}: {name}",
            seconds,
            unit="s",
            yardstick=None if name == "bare count" else figures["bare count"],
        )
        for name, seconds in figures.items()
    ]


def _bound(timed: object, arguments: tuple[str, ...]) -> object:
    return lambda: timed(*arguments)  # type: ignore[operator]


if __name__ == "__main__":
    main()
