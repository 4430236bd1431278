"""Recipients/s of the whole embedded send with the real issue, against the making of its messages alone.

Embedded means SQLite and one process with its lanes as threads, as `trax send` runs it. The yardstick makes
the same messages from the same skeleton for readers who are in memory already: no ledger, no hand-over.
With the folder transport, the yardstick also writes them into files.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import letter as letters
from benchmarks.mailings import new_mailing
from benchmarks.nothing import NoTransport
from benchmarks.places import Place, places
from benchmarks.reporting import Row, alternate, report, row, say
from trax_mailer.delivery import Transport, build_skeleton, proof, run_mailing
from trax_mailer.delivery.transports.folder import FolderTransport
from trax_mailer.model.mailing import Recipient
from trax_mailer.storage.keys import open_ring
from trax_mailer.tokens import KeyRing


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it works")
    parser.add_argument("--readers", type=int, default=0, help="how many there are (50,000)")
    parser.add_argument("--files", type=int, default=0, help="how many are written as files (5,000)")
    chosen = parser.parse_args(arguments)
    rounds = 1 if chosen.quick else 3
    readers = chosen.readers or (500 if chosen.quick else 50_000)
    files = chosen.files or (100 if chosen.quick else 5_000)
    rows: list[Row] = []
    with places("sqlite") as [place]:
        rows += measure(place, readers=readers, rounds=rounds, writing=False)
        place.remove()
        rows += measure(place, readers=files, rounds=rounds, writing=True)
    with tempfile.TemporaryDirectory(prefix="trax-bench-") as folder:
        [reader] = letters.recipients(1, ring=KeyRing.open(Path(folder)))
    size = len(build_skeleton(letters.letter(), embedded=False).message(reader))
    words = f"A message has {size:,} bytes. SQLite, one lane; {rounds} rounds."
    report("whole", rows, title="The whole embedded send: recipients a second", words=words)


def measure(base: Place, *, readers: int, rounds: int, writing: bool) -> list[Row]:
    """The rows for so many readers, with files or without."""
    base.fill(readers)
    outbox = base.state.parent / "outbox"
    with tempfile.TemporaryDirectory(prefix="trax-bench-") as folder:
        recipients = letters.recipients(readers, ring=KeyRing.open(Path(folder)))
    cpu: dict[str, list[float]] = {"bare": [], "whole": []}

    def timed(name: str, work: Callable[[], None]) -> float:
        start, busy = time.perf_counter(), time.process_time()
        work()
        cpu[name].append((time.process_time() - busy) / readers * 1e6)
        speed = readers / (time.perf_counter() - start)
        shutil.rmtree(outbox, ignore_errors=True)
        say(f"{'files' if writing else 'no files'}, {name}: {speed:,.0f} recipients/s")
        return speed

    def whole() -> float:
        with base.copy() as place:
            return timed("whole", lambda: _send(place, readers=readers, outbox=outbox if writing else None))

    def bare() -> float:
        return timed("bare", lambda: _make(recipients, outbox=outbox if writing else None))

    figures = alternate(rounds, {"bare": bare, "whole": whole})
    kind = f"{readers:,} into files" if writing else f"{readers:,} made and let go"
    costs = {name: {"CPU": f"{statistics.median(spent):.0f} µs a recipient"} for name, spent in cpu.items()}
    unit = "recipients/s"
    return [
        row(f"{kind}: messages alone", figures["bare"], unit=unit, extra=costs["bare"]),
        row(
            f"{kind}: whole send",
            figures["whole"],
            unit=unit,
            yardstick=figures["bare"],
            extra=costs["whole"],
        ),
    ]


def _send(place: Place, *, readers: int, outbox: Path | None) -> None:
    """Everything from an audience to the proof: snapshot, lanes, messages, account."""

    def transport(_name: str = "") -> Transport:
        return FolderTransport(outbox) if outbox else NoTransport(batch_size=1000, building=True)

    with place.open() as ledger:
        with transport() as first:
            mailing = new_mailing(ledger, first)
        run_mailing(ledger, mailing.id, open_transport=transport, ring=open_ring(ledger))
        account = proof(ledger, mailing.id)
    if account.accepted != readers:
        raise RuntimeError(f"{account.accepted:,} of {readers:,} readers were accepted")


def _make(recipients: Sequence[Recipient], *, outbox: Path | None) -> None:
    skeleton = build_skeleton(letters.letter(), embedded=False)
    if outbox:
        outbox.mkdir()
    for one in recipients:
        message = skeleton.message(one)
        if outbox:
            (outbox / f"{one.delivery}.eml").write_bytes(message)


if __name__ == "__main__":
    main()
