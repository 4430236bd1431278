"""Run benchmarks, each in a process of its own: `python -m benchmarks [--quick] [NAME…]`."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.reporting import console

_FOLDER = Path(__file__).parent
NAMES = {
    "smtp": "messages a second by SMTP, against smtp-source, smtplib and nodemailer",
    "sendgrid_calls": "recipients a second to SendGrid, against bare HTTP posting of the same bytes",
    "lanes": "batches a second of the lanes, against a bare loop writing the same rows",
    "importing": "the import of a file of readers, against `sqlite3 .import` and COPY",
    "snapshot": "the writing down of an audience, against a bare INSERT … SELECT",
    "kill": "the time from a kill -9 of a sender to the verdict",
    "whole": "the whole embedded send, against the making of its messages alone",
    "visits": "tracked links and pixels a second, against nginx's empty_gif and a bare ASGI answer",
    "webhook": "events a second through the signed webhook, against a bare ASGI answer",
    "verdicts": "what verdicts make of a made-up crowd of people and machines, whose every request is known",
    "status": "`trax status` in the middle of a large mailing, against a bare count",
    "report": "`trax report` over a large mailing, against a bare count of the same rows",
}


def main() -> None:
    """Run the benchmarks that are named, or all; exit with 1 where one of them fails."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure, each figure as a ratio to a yardstick of the same run.",
        epilog="; ".join(f"{name}: {words}" for name, words in NAMES.items()),
    )
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"one of {', '.join(NAMES)} (all)")
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that they work")
    chosen = parser.parse_args()
    if unknown := sorted(set(chosen.names) - set(NAMES)):
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}")
    failed = []
    for name in chosen.names or [name for name in NAMES if _is_there(name)]:
        start = time.monotonic()
        command = [sys.executable, "-m", f"benchmarks.{name}", *(["--quick"] if chosen.quick else [])]
        if subprocess.run(command, check=False).returncode != 0:  # noqa: S603 - our own arguments
            failed.append(name)
        console.print(f"{name} took {time.monotonic() - start:.0f} s.", markup=False)
    if failed:
        console.print(f"Failed: {', '.join(failed)}.", markup=False)
        sys.exit(1)


def _is_there(name: str) -> bool:
    return (_FOLDER / f"{name}.py").exists() or (_FOLDER / name / "__main__.py").exists()


if __name__ == "__main__":
    main()
