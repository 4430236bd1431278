"""Run it: `python -m benchmarks.smtp [--quick]`."""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from benchmarks.reporting import FOLDER, Row, alternate, report, row, say
from benchmarks.smtp import issue, senders
from benchmarks.smtp.sinks import compiled_sink, fast_sink, smtp_sink
from trax_mailer.delivery import Letter
from trax_mailer.model.mailing import Recipient

ROUND_TRIP = 10.0
"""Milliseconds."""

_Sender = Callable[[int, int], tuple[float, float]]
"""Takes a port and a count; gives the seconds, and the seconds of CPU."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report, into each sink in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it works")
    quick = parser.parse_args(arguments).quick
    if shutil.which("smtp-source") is None or shutil.which("smtp-sink") is None:
        sys.exit("smtp-source and smtp-sink are missing. On Debian and Ubuntu: apt-get install postfix")
    program = compiled_sink(FOLDER)
    letter, readers = issue.letter(), issue.readers(20_000 // (20 if quick else 1))
    bench = Bench(letter, readers, rounds=1 if quick else 5)
    bench.into_smtp_sink()
    bench.into_fast_sink(program)
    bench.far_away(program)


class Bench:
    """The contestants with their messages. Counts are of one round."""

    def __init__(self, letter: Letter, readers: list[Recipient], *, rounds: int) -> None:
        self._letter = letter
        self._readers = readers
        self._rounds = rounds
        self._left_out = senders.install_nodemailer(_NODE)

    def into_smtp_sink(self) -> None:
        """Postfix's own sink, which is slower than the senders."""
        all_ = len(self._readers)
        with smtp_sink() as port:
            rows = self._measure(
                port,
                {
                    _YARDSTICK: (senders.smtp_source, all_ // 2),
                    _OURS: (self._with(senders.ours), all_ // 2),
                    "smtplib, EmailMessage": (self._with(senders.standard_library), all_ // 80),
                    **self._nodemailer(all_ // 20),
                },
            )
        report("smtp_sink", rows, title="SMTP into smtp-sink: messages a second", words=self._words())

    def into_fast_sink(self, program: Path) -> None:
        """A faster sink, so that the senders are the limit; it also counts what it took."""
        all_ = len(self._readers)
        with fast_sink(program) as sink:
            contestants: dict[str, tuple[_Sender, int]] = {
                _YARDSTICK: (senders.smtp_source, all_),
                _OURS: (self._with(senders.ours), all_),
                "smtplib, EmailMessage": (self._with(senders.standard_library), all_ // 80),
                **self._nodemailer(all_ // 20),
            }
            rows = self._measure(sink.port, contestants)
            self._check(sink.taken(), contestants)
        title = "SMTP into a faster sink: messages a second"
        report("smtp_fast_sink", rows, title=title, words=self._words())

    def far_away(self, program: Path) -> None:
        """Round trips as to a server some 1,000 km away: what counts is how many a message needs."""
        all_ = len(self._readers)
        with fast_sink(program, delay=ROUND_TRIP) as sink:
            contestants: dict[str, tuple[_Sender, int]] = {
                "lock-step: aiosmtplib": (self._with(senders.lock_step), all_ // 20),
                _OURS: (self._with(senders.ours), all_ // 5),
            }
            rows = self._measure(sink.port, contestants)
            self._check(sink.taken(), contestants)
        title = f"SMTP with round trips of {ROUND_TRIP:.0f} ms: messages a second"
        report("smtp_far_away", rows, title=title, words=self._words())

    def _measure(self, port: int, contestants: dict[str, tuple[_Sender, int]]) -> list[Row]:
        """The rows of all contestants; the first one is the yardstick."""
        cpu: dict[str, list[float]] = {name: [] for name in contestants}

        def once(name: str, sender: _Sender, count: int) -> float:
            seconds, busy = sender(port, count)
            cpu[name].append(busy / count * 1e6)
            say(f"{name}: {count / seconds:,.0f} messages/s")
            return count / seconds

        runs = {name: partial(once, name, *given) for name, given in contestants.items()}
        figures = alternate(self._rounds, runs)
        first = next(iter(contestants))
        cost = {name: statistics.median(spent) for name, spent in cpu.items()}
        return [
            row(
                name,
                figures[name],
                unit="messages/s",
                yardstick=None if name == first else figures[first],
                extra={"CPU a message": f"{cost[name]:,.0f} µs ({cost[name] / cost[first]:.2f})"},
            )
            for name in contestants
        ]

    def _with(self, sender: Callable[..., tuple[float, float]]) -> _Sender:
        return lambda port, count: sender(self._letter, self._readers[:count], port=port)

    def _nodemailer(self, count: int) -> dict[str, tuple[_Sender, int]]:
        if self._left_out:
            return {}
        sender = partial(senders.nodemailer, folder=_NODE)
        return {"nodemailer's pool": (self._with(sender), count)}

    def _check(self, taken: int, contestants: dict[str, tuple[_Sender, int]]) -> None:
        sent = self._rounds * sum(count for _, count in contestants.values())
        if taken != sent:
            raise RuntimeError(f"{sent} messages were sent, and the sink took {taken}")

    def _words(self) -> str:
        words = (
            f"Personal messages of {issue.SIZE / 1000:.0f} kB with {issue.IN_HTML + issue.IN_TEXT} places "
            f"that differ (smtp-source: the same bytes each time); {senders.CONNECTIONS} connections; "
            f"{self._rounds} rounds."
        )
        return f"{words} {self._left_out}.".replace(" .", "") if self._left_out else words


_NODE = FOLDER / "nodemailer"
_YARDSTICK = "smtp-source"
_OURS = "SMTP transport"

if __name__ == "__main__":
    main()
