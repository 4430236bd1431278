"""Progress bars on standard error, so that standard output stays clean for scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

    from trax_mailer.workflows.status import Look


@contextmanager
def progress_bar(words: str, *, shown: bool = True) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that takes what is done and what there is in all.

    A bar on which nothing was done leaves no line behind: what was refused had no progress.
    """
    if not shown:
        yield lambda _done, _total: None
        return
    from rich.progress import TimeRemainingColumn

    bar = _bar()
    bar.columns = (*bar.columns, TimeRemainingColumn())
    task = bar.add_task(words, total=None)
    bar.live.transient = True

    def advance(done: int, total: int) -> None:
        bar.update(task, completed=done, total=total)
        if done:
            bar.live.transient = False
            bar.start()

    if bar.console.is_interactive:
        bar.start()
    try:
        yield advance
    finally:
        if bar.live.is_started:
            bar.stop()


@contextmanager
def watching(show: Callable[[Look], None] | None = None) -> Iterator[Callable[[Look], None]]:
    """Yield a function that shows a mailing: a bar on a terminal, else a line whenever something changed.

    `show` takes every look instead.
    """
    from trax_mailer.cli.output import stderr

    if show is not None:
        yield show
    elif stderr.is_interactive:
        with _bar() as bar:
            task = bar.add_task("", total=None)

            def draw(look: Look) -> None:
                proof = look.pace.proof
                done = proof.audience - proof.waiting
                bar.update(task, description=_heading(look), completed=done, total=proof.audience or None)

            yield draw
    else:
        yield _line_when_changed()


def _line_when_changed() -> Callable[[Look], None]:
    shown: list[tuple[object, ...]] = []

    def line(look: Look) -> None:
        from trax_mailer.cli.output import console

        proof = look.pace.proof
        what = (look.mailing.state, proof, look.pace.working)
        if shown[-1:] != [what]:
            shown[:] = [what]
            console.print(
                f"{_heading(look)}: {proof.audience - proof.waiting:,} of {proof.audience:,}, "
                f"{proof.failed:,} failed, {proof.uncertain:,} uncertain",
                markup=False,
            )

    return line


def _heading(look: Look) -> str:
    from trax_mailer.cli.account import duration

    mailing, pace = look.mailing, look.pace
    words = f"Mailing {mailing.id} {mailing.state}"
    if mailing.state.value != "sending":
        return words
    words += f", {pace.working} of {mailing.lanes} lanes at work"
    if pace.seconds_left is not None:
        words += f", {pace.per_second:,.1f}/s, {duration(pace.seconds_left)} left"
    return words


def _bar() -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from trax_mailer.cli.output import stderr

    return Progress(
        TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), console=stderr
    )
