"""How well verdicts tell people from machines, on a crowd that we made up and whose every request we know.

Requests go through the real application for tracked links, the real queue, the real writer and the real
rules, into a ledger; only the clock is made up. What a verdict says is then held against who it was.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from starlette.types import Message, Receive, Scope, Send

from benchmarks import crowd
from benchmarks.letter import SENT_AT, real_edition
from benchmarks.mailings import new_mailing
from benchmarks.nothing import NoTransport
from benchmarks.places import places
from benchmarks.reporting import Row, report, row, say
from trax_mailer.model.visit import Verdict, VisitKind
from trax_mailer.storage import Ledger, open_ring, schema
from trax_mailer.tokens import tracking_token_mint
from trax_mailer.web.tracking import TrackedLinks
from trax_mailer.workflows.tracking.arrivals import Arrivals
from trax_mailer.workflows.tracking.judging import PATIENCE, judge_new
from trax_mailer.workflows.tracking.targets import Targets
from trax_mailer.workflows.tracking.writing import VisitWriter

_AT_ONCE = 10_000
HUMAN, MACHINE, UNSURE = Verdict.HUMAN, Verdict.MACHINE, Verdict.UNSURE


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A visit of the crowd: whose it was, what it was, and what it was taken for."""

    who: str
    kind: VisitKind
    verdict: Verdict
    why: str


class _Clocked(Arrivals):
    """A queue in which visits come at the time of the crowd."""

    now = 0.0

    def note(self, at: float, *rest: object) -> None:  # noqa: ARG002
        """Take one in, at that time."""
        super().note(self.now, *rest)


def main(arguments: Sequence[str] | None = None) -> None:
    """Play the crowd and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small crowd, once")
    parser.add_argument("--copies", type=int, default=0, help="how many copies of the mail (10,000)")
    parser.add_argument("--seed", type=int, default=58, help="which crowd; the same seed plays the same")
    parser.add_argument("--why", action="store_true", help="also print the reasons of wrong verdicts")
    chosen = parser.parse_args(arguments)
    rounds, copies = (1, chosen.copies or 1_500) if chosen.quick else (5, chosen.copies or 10_000)
    with places("sqlite") as [place]:
        place.fill(1)
        with place.open() as ledger:
            played = [play(ledger, copies=copies, seed=chosen.seed + number) for number in range(rounds)]
    rows = [*scores(played), *by_actor(played)]
    words = f"{copies:,} copies of No 58, {rounds} crowds from seed {chosen.seed}; counts are of the first."
    report("verdicts", rows, title="Verdicts on a made-up crowd", words=words)
    if chosen.why:
        _say_why(played[0])


def play(ledger: Ledger, *, copies: int, seed: int) -> list[Judged]:
    """The crowd of that seed, through everything that a request goes through, and judged."""
    links = len(real_edition().links)
    mailing = new_mailing(ledger, NoTransport(), issue_number=seed)
    mint = tracking_token_mint(open_ring(ledger), mailing_id=mailing.id)
    tokens = [mint(copy) for copy in range(copies)]
    requests = crowd.crowd(copies=copies, links=links, seed=seed)
    say(f"seed {seed}: {len(requests):,} requests")
    with ledger.write() as connection:
        connection.execute(delete(schema.visit))
    asyncio.run(_ask(ledger, requests, tokens, journal=f"crowd {seed}"))
    end = SENT_AT + dt.timedelta(seconds=requests[-1].at) + PATIENCE + dt.timedelta(minutes=2)
    judge_new(ledger, now=end)
    with ledger.read() as connection:
        table = schema.visit
        found = connection.execute(select(table.c.kind, table.c.verdict, table.c.why).order_by(table.c.id))
        rows = found.all()
    return [
        Judged(who=request.who, kind=kind, verdict=verdict, why=why)
        for request, (kind, verdict, why) in zip(requests, rows, strict=True)
    ]


async def _ask(
    ledger: Ledger, requests: Sequence[crowd.Request], tokens: Sequence[str], *, journal: str
) -> None:
    arrivals, targets = _Clocked(), Targets(ledger)
    targets.refresh()
    app = TrackedLinks(
        _nobody, ring=open_ring(ledger), targets=targets, arrivals=arrivals, base="https://a.example", home=""
    )
    writer = VisitWriter(ledger, targets, journal=journal)
    for start in range(0, len(requests), _AT_ONCE):
        for one in requests[start : start + _AT_ONCE]:
            token = tokens[one.copy]
            arrivals.now = SENT_AT.timestamp() + one.at
            path = f"/o/{token}" if one.link == crowd.OPEN else f"/c/{token}/{one.link}"
            headers = [(b"user-agent", one.agent.encode()), *one.headers] if one.agent else [*one.headers]
            scope = {"type": "http", "method": one.method, "path": path, "headers": headers}
            await app(scope, _nothing, _ignore)
        writer.write(arrivals.take(_AT_ONCE)[0])
        arrivals.done()


def scores(played: Sequence[Sequence[Judged]]) -> Iterator[Row]:
    """Precision and recall of both verdicts, for clicks and for opens, in per cent."""
    for kind in (VisitKind.CLICK, VisitKind.OPEN):
        for verdict in (HUMAN, MACHINE):
            precision, recall = [], []
            for judged in played:
                of_kind = [one for one in judged if one.kind is kind]
                said = [one for one in of_kind if one.verdict is verdict]
                were = [one for one in of_kind if (one.who == crowd.PERSON) is (verdict is HUMAN)]
                right = sum((one.who == crowd.PERSON) is (verdict is HUMAN) for one in said)
                precision.append(100 * right / len(said))
                recall.append(100 * right / len(were))
            yield row(f"{kind.value}s, {verdict.value}: precision", precision, unit="%")
            yield row(f"{kind.value}s, {verdict.value}: recall", recall, unit="%")


def by_actor(played: Sequence[Sequence[Judged]]) -> Iterator[Row]:
    """For each actor the share of visits that were told right, and how many were taken for what."""
    for who in crowd.ACTORS:
        for kind in (VisitKind.CLICK, VisitKind.OPEN):
            counts = [
                Counter(one.verdict for one in judged if (one.who, one.kind) == (who, kind))
                for judged in played
            ]
            if not all(counts):
                continue
            wanted = HUMAN if who == crowd.PERSON else MACHINE
            right = [100 * count[wanted] / count.total() for count in counts]
            extra = {verdict.value: f"{counts[0][verdict]:,}" for verdict in (HUMAN, MACHINE, UNSURE)}
            yield row(f"{who}: {kind.value}s told right", right, unit="%", extra=extra)


def _say_why(judged: Sequence[Judged]) -> None:
    wrong = Counter(
        (one.who, one.kind.value, one.verdict.value, one.why)
        for one in judged
        if one.verdict is not (HUMAN if one.who == crowd.PERSON else MACHINE)
    )
    for (who, kind, verdict, why), count in wrong.most_common():
        say(f"{count:6,}  {who}, {kind}: {verdict} ({why})")


async def _nobody(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise SystemExit("a request of the crowd led nowhere")


async def _nothing() -> Message:
    return {}


async def _ignore(_message: Message) -> None:
    pass


if __name__ == "__main__":
    main()
