"""Rows a second of importing a file of readers, against the database's own way of taking the same file in.

The yardsticks are `sqlite3 .import` and PostgreSQL's COPY into a table without keys or checks: no address
is looked at, nobody is looked up. Ours is the whole of `trax subscribers import` but for starting Python,
into an empty ledger, in a process of its own, by default a million readers in no order. “again” imports
the file a second time, when nothing changes. CPU is that of client and server together.
"""

from __future__ import annotations

import argparse
import datetime as dt
import multiprocessing
import random
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.places import KINDS, Place, places
from benchmarks.processes import peak_memory
from benchmarks.reporting import Row, alternate, report, row, say
from trax_mailer.audience import import_subscribers
from trax_mailer.audience.intake.merging import PART_ROWS
from trax_mailer.model.act import Act, ActKind
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.arrivals import Arrival, add_strangers
from trax_mailer.storage.backends.base import as_json
from trax_mailer.storage.lists import make_list

_CONTEXT = multiprocessing.get_context("spawn")
_HEAD = "Email Address,First Name,Last Name,Organisation,Country,Language\n"
_SAME = "Number", "Some Organisation", "Switzerland", "en"
_FIELDS = "first_name", "last_name", "organisation", "country"
_COLUMNS = "a text, b text, c text, d text, e text, f text"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it works")
    parser.add_argument("--readers", type=int, default=0, help="how many there are (1,000,000)")
    parser.add_argument("--rounds", type=int, default=0, help="how often each is run (3)")
    parser.add_argument("--database", choices=KINDS, nargs="+", default=KINDS)
    chosen = parser.parse_args(arguments)
    readers = chosen.readers or (5_000 if chosen.quick else 1_000_000)
    rounds = chosen.rounds or (1 if chosen.quick else 3)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="trax-bench-") as folder, places(*chosen.database) as found:
        file = Path(folder) / "readers.csv"
        _write(file, readers)
        for place in found:
            rows += measure(place, file, readers=readers, rounds=rounds)
    words = f"{readers:,} readers; {rounds} rounds. Memory is that of the process that imports."
    report("importing", rows, title="Import: rows a second", words=words)


def measure(place: Place, file: Path, *, readers: int, rounds: int) -> list[Row]:
    """The rows on that kind of database."""
    place.open().close()
    bare = "COPY" if place.server else "sqlite3 .import"
    peaks: dict[str, list[int]] = {"import": [], "again": []}
    cpu: dict[str, list[float]] = {bare: [], "ready": [], "import": [], "again": []}
    if not place.server and shutil.which("sqlite3") is None:
        say("Left out: there is no program sqlite3.")
        return []

    def server_seconds() -> float:
        return place.server.processor_seconds() if place.server else 0.0

    def noted(name: str, seconds: float, busy: float) -> float:
        cpu[name].append(busy / readers * 1e6)
        say(f"{place.kind}, {name}: {readers / seconds:,.0f} rows/s, {cpu[name][-1]:.1f} µs CPU a row")
        return readers / seconds

    def ours(name: str, target: Place) -> float:
        before = server_seconds()
        with _CONTEXT.Pool(1) as pool:
            seconds, busy, peak = pool.apply(_import, (target, file))
        peaks[name].append(peak)
        return noted(name, seconds, busy + server_seconds() - before)

    def once() -> float:
        with place.copy() as target:
            speed = ours("import", target)
            again.append(ours("again", target))
            return speed

    def ready() -> float:
        before = server_seconds()
        with place.copy() as target, _CONTEXT.Pool(1) as pool:
            seconds, busy = pool.apply(_store, (target, readers))
            return noted("ready", seconds, busy + server_seconds() - before)

    def yardstick() -> float:
        before = server_seconds()
        seconds, busy = _copy(place, file) if place.server else _dot_import(file)
        return noted(bare, seconds, busy + server_seconds() - before)

    again: list[float] = []
    figures = alternate(rounds, {bare: yardstick, "ready": ready, "import": once})
    figures["again"] = again
    names = {
        bare: bare,
        "ready": "storing the rows alone",
        "import": "import into an empty ledger",
        "again": "the same file again",
    }
    return [
        row(
            f"{place.kind}: {words}",
            figures[name],
            unit="rows/s",
            yardstick=None if name == bare else figures[bare],
            extra={"CPU": f"{statistics.median(cpu[name]):.1f} µs a row"}
            | ({"peak memory": _memory(peaks[name])} if name in peaks else {}),
        )
        for name, words in names.items()
    ]


def _memory(peaks: Sequence[int]) -> str:
    return f"{statistics.median(peaks) / 2**20:.0f} MiB"


def _write(file: Path, readers: int) -> None:
    numbers = list(range(readers))
    random.Random(58).shuffle(numbers)  # noqa: S311 - the same order every time
    with file.open("w", encoding="utf-8") as opened:
        opened.write(_HEAD)
        opened.writelines(f"{_address(i)},Reader{i},{','.join(_SAME)}\n" for i in numbers)


def _import(place: Place, file: Path) -> tuple[float, float, int]:
    with place.open() as ledger:
        start, busy = time.perf_counter(), time.process_time()
        done = import_subscribers(
            ledger,
            file,
            list_name="everyone",
            state=None,
            imported_by="staff",
            now=dt.datetime.now(dt.UTC),
        )
        seconds, busy = time.perf_counter() - start, time.process_time() - busy
    assert not done.refused_by  # noqa: S101 - else it would not be the same work
    return seconds, busy, peak_memory()


def _store(place: Place, readers: int) -> tuple[float, float]:
    """What the statements alone take that store readers who are in memory, checked and sorted."""
    seconds = busy = 0.0
    now = dt.datetime.now(dt.UTC)
    with place.open() as ledger:
        with ledger.write() as connection:
            act = Act(kind=ActKind.IMPORT, at=now)
            ids = {"list_id": make_list(connection, "everyone", now=now), "act_id": add_act(connection, act)}
        numbers = sorted(range(readers), key=_address)
        for start in range(0, readers, PART_ROWS):
            part = [_arrival(i) for i in numbers[start : start + PART_ROWS]]
            start_seconds, start_busy = time.perf_counter(), time.process_time()
            with ledger.write() as connection:
                add_strangers(connection, part, now=now, **ids)
            seconds += time.perf_counter() - start_seconds
            busy += time.process_time() - start_busy
    return seconds, busy


def _address(i: int) -> str:
    return f"reader{i}@example{i % 100}.org"


def _arrival(i: int) -> Arrival:
    fields = as_json(dict(zip(_FIELDS, (f"Reader{i}", *_SAME[:-1]), strict=True)))
    return i, _address(i), _address(i), f"Reader{i} {_SAME[0]}", _SAME[-1], fields, "subscribed", ""


def _dot_import(file: Path) -> tuple[float, float]:
    with tempfile.TemporaryDirectory(prefix="trax-bench-") as folder:
        start, busy = time.perf_counter(), _children_seconds()
        subprocess.run(  # noqa: S603 - our own arguments
            [  # noqa: S607 - whichever sqlite3 is on the PATH
                "sqlite3",
                f"{folder}/raw.db",
                f"CREATE TABLE raw ({_COLUMNS})",
                ".mode csv",
                f".import --skip 1 {file} raw",
            ],
            check=True,
        )
        return time.perf_counter() - start, _children_seconds() - busy


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _copy(place: Place, file: Path) -> tuple[float, float]:
    import psycopg

    with psycopg.connect(place.url) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE raw ({_COLUMNS})")
        start, busy = time.perf_counter(), time.process_time()
        with file.open("rb") as opened, cursor.copy("COPY raw FROM STDIN (FORMAT csv, HEADER)") as copy:
            while piece := opened.read(1 << 16):
                copy.write(piece)
        connection.commit()
        seconds, busy = time.perf_counter() - start, time.process_time() - busy
        cursor.execute("DROP TABLE raw")
    return seconds, busy


if __name__ == "__main__":
    main()
