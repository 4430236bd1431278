"""Running the sender of a rehearsal to its end: start it, kill it when told, resume what paused."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from trax_mailer.delivery import find_mailing, proof, resume
from trax_mailer.errors import ProviderError
from trax_mailer.model.mailing import Handover, MailingState
from trax_mailer.rehearsal import standings
from trax_mailer.rehearsal.record import RecordTail
from trax_mailer.storage import Ledger

MOST_PAUSES = 50
_LOOK_SECONDS = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where the rehearsal plays: the copied ledger, and the sink on `port` with its `record`."""

    root: Path
    ledger: Ledger
    kind: str
    port: int
    record: Path
    folder: Path


@dataclass(frozen=True, slots=True, order=True)
class Kill:
    """The end of a sender: once so many messages are in the sink's record, and so many seconds later."""

    after: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What happened. `breaks` are the moments between two senders, as seconds since the epoch from and to.

    `cut_off` are the deliveries that were in a call when a kill came.
    """

    kills: int
    pauses: tuple[str, ...]
    breaks: tuple[tuple[float, float], ...]
    cut_off: frozenset[str]


def perform(stage: Stage, mailing_id: int, *, kills: list[Kill], progress: Callable[[int, int], None]) -> Run:
    """Send until the mailing is done, killing the sender (-9) at each of the kills that comes in time.

    A mailing that paused is resumed, as a person would. Raises ProviderError where the sender ends without
    having come further, with its words.
    """
    tail, total = RecordTail(stage.record), proof(stage.ledger, mailing_id).audience
    left, done_kills = sorted(kills), 0
    pauses: list[str] = []
    breaks: list[tuple[float, float]] = []
    cut_off: set[str] = set()
    while True:
        began = time.time()
        if breaks:
            breaks[-1] = (breaks[-1][0], began)
        killed = _one_sender(stage, mailing_id, left, tail, progress=lambda done: progress(done, total))
        breaks.append((time.time(), time.time()))
        if killed:
            done_kills += 1
            cut_off |= _in_a_call(stage.ledger, mailing_id)
            continue
        mailing = find_mailing(stage.ledger, mailing_id)
        if mailing is None or mailing.state is not MailingState.PAUSED:
            break
        pauses.append(mailing.reason)
        if len(pauses) > MOST_PAUSES:
            raise ProviderError(f"The rehearsal paused {MOST_PAUSES} times. The last: {mailing.reason}")
        resume(stage.ledger, mailing_id, now=dt.datetime.now(dt.UTC))
    return Run(kills=done_kills, pauses=tuple(pauses), breaks=tuple(breaks), cut_off=frozenset(cut_off))


def _one_sender(
    stage: Stage,
    mailing_id: int,
    kills: list[Kill],
    tail: RecordTail,
    *,
    progress: Callable[[int], None],
) -> bool:
    """Run a sender to its end or to the next kill, which is taken off `kills`. Whether it was killed."""
    said = stage.folder / "sender.log"
    with _sender(stage, mailing_id, said) as process:
        while process.poll() is None:
            accepted = tail.accepted()
            progress(accepted)
            if kills and accepted >= kills[0].after:
                time.sleep(kills[0].seconds)
                if process.poll() is None:
                    process.kill()
                    process.wait()
                    # Those that fell due in the same moment are one kill.
                    kills[:] = [one for one in kills[1:] if one.after > accepted]
                    return True
            time.sleep(_LOOK_SECONDS)
        progress(tail.accepted())
    if process.returncode:
        words = said.read_text(encoding="utf-8", errors="replace").strip()
        raise ProviderError(f"The sender of the rehearsal gave up: {words or process.returncode}")
    return False


@contextmanager
def _sender(stage: Stage, mailing_id: int, said: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "trax_mailer.workflows.rehearsal_sender", str(stage.root)]
    command += [str(stage.ledger.state), stage.kind, str(stage.port), str(mailing_id)]
    with said.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program
            command, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdin:
            process.stdin.close()


def _in_a_call(ledger: Ledger, mailing_id: int) -> set[str]:
    with ledger.read() as connection:
        stands = standings(connection, mailing_id)
    return {delivery for delivery, handover in stands.items() if handover is Handover.CALLING}
