"""Tracked links and pixels a second of `trax serve`, against nginx's empty_gif and a bare ASGI answer.

Every request carries another token of a mailing of the real issue. Ours checks it, looks the target up, and
keeps the visit; how many stood in the ledger when wrk ended, and when the server had ended, is told beside.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.letter import real_edition
from benchmarks.mailings import new_mailing
from benchmarks.nothing import NoTransport
from benchmarks.office import open_office
from benchmarks.places import KINDS, Place, places
from benchmarks.reporting import Row, alternate, report, row, say
from benchmarks.serving import bare_answer, serving
from benchmarks.wrk import Asked, ask, need, nginx
from trax_mailer.storage import open_ring, schema
from trax_mailer.storage.counters import DROPPED_VISITS, value_of
from trax_mailer.tokens import tracking_token_mint

NGINX, BARE = "nginx, empty_gif", "bare ASGI answer on granian"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it works")
    parser.add_argument("--seconds", type=int, default=0, help="how long wrk asks each time (5)")
    parser.add_argument("--database", choices=KINDS, nargs="+", default=KINDS)
    chosen = parser.parse_args(arguments)
    seconds = chosen.seconds or (1 if chosen.quick else 5)
    rounds, copies = (1, 500) if chosen.quick else (5, 20_000)
    need(("wrk", "wrk"), ("nginx", "nginx-light"))
    rows: list[Row] = []
    with places(*chosen.database) as found:
        for place in found:
            rows += measure(place, seconds=seconds, rounds=rounds, copies=copies)
            place.remove()
    words = f"wrk -t1 -c32 -d{seconds}, {copies:,} tokens in turn; {rounds} rounds."
    report("visits", rows, title="Tracked links and pixels: answers a second", words=words)


def measure(place: Place, *, seconds: int, rounds: int, copies: int) -> list[Row]:
    """The rows on that kind of database."""
    place.fill(10)
    clicks, opens = _paths(place, copies)
    kept: dict[str, list[str]] = {"clicks": [], "pixels": []}
    slowest: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="trax-bench-") as name:
        folder = Path(name)

        def asked(label: str, port: int, paths: Sequence[str]) -> Asked:
            found = ask(port, paths, seconds=seconds, folder=folder)
            if found.failures:
                raise SystemExit(f"{label}: {found.failures} answers failed")
            slowest[label] = found.slowest
            say(f"{place.kind}, {label}: {found.per_second:,.0f}/s")
            return found

        def ours(label: str, paths: Sequence[str]) -> float:
            with serving(open_office(place)) as (port, _process, end):
                before = _count(place)
                found = asked(label, port, paths)
                at_once = _count(place) - before
                end()
                kept[label].append(_kept(place, found, at_once=at_once, before=before))
            return found.per_second

        with nginx(folder) as other, bare_answer() as (bare, _process):
            figures = alternate(
                rounds,
                {
                    NGINX: lambda: asked(NGINX, other, opens).per_second,
                    BARE: lambda: asked(BARE, bare, opens).per_second,
                    "clicks": lambda: ours("clicks", clicks),
                    "pixels": lambda: ours("pixels", opens),
                },
            )
    return [
        row(
            f"{place.kind}: {label}",
            found,
            unit="/s",
            yardstick=None if label == NGINX else figures[NGINX],
            extra={"99% within": slowest[label]} | ({"kept": kept[label][-1]} if label in kept else {}),
        )
        for label, found in figures.items()
    ]


def _paths(place: Place, copies: int) -> tuple[list[str], list[str]]:
    with place.open() as ledger:
        mailing = new_mailing(ledger, NoTransport())
        mint = tracking_token_mint(open_ring(ledger), mailing_id=mailing.id)
    tokens = [mint(number) for number in range(copies)]
    links = len(real_edition().links)
    clicks = [f"/c/{token}/{number % links + 1}" for number, token in enumerate(tokens)]
    return clicks, [f"/o/{token}" for token in tokens]


def _count(place: Place) -> int:
    with place.open() as ledger, ledger.read() as connection:
        kept = int(connection.scalar(select(func.count()).select_from(schema.visit)) or 0)
        return kept + value_of(connection, DROPPED_VISITS)


def _kept(place: Place, asked: Asked, *, at_once: int, before: int) -> str:
    """How many visits are in the ledger, which must be every one that was answered."""
    kept = _count(place) - before
    # wrk counts no answer that comes while it ends: at most one a connection.
    if not asked.answers <= kept <= asked.answers + 64:
        raise SystemExit(f"{asked.answers} answers, and {kept} visits kept")
    return f"all; {at_once / kept:.0%} at once"


if __name__ == "__main__":
    main()
