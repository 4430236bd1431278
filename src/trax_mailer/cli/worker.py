"""`trax worker`."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event

import click


@click.command("worker", short_help="Send what is scheduled or under way, on this host or on many.")
@click.option(
    "--lanes",
    type=click.IntRange(1, 64),
    default=8,
    show_default=True,
    help="How many calls this worker may have under way at once.",
)
@click.option("--name", default=None, help="What to call this worker. Default: the host's name.")
@click.option("--once", is_flag=True, help="Do what is due now, then end; for cron.")
@click.pass_context
def worker_command(ctx: click.Context, *, lanes: int, name: str | None, once: bool) -> None:
    """Start scheduled mailings when they are due, and go on with those that are under way.

    “trax serve” does the same beside the public pages. With a PostgreSQL database, any number of workers on
    any number of hosts share the work: docs/many-machines.md. Ctrl-C or SIGTERM ends it after the calls
    under way; nothing is lost.
    """
    import socket

    from trax_mailer.cli.opening import workspace_of
    from trax_mailer.cli.output import console
    from trax_mailer.workflows.working import work

    def say(words: str) -> None:
        console.print(words, markup=False)

    workspace = workspace_of(ctx)
    with _stopping() as stop:
        work(workspace, lanes=lanes, name=name or socket.gethostname(), once=once, say=say, stop=stop)


@contextmanager
def _stopping() -> Iterator[Event]:
    """Turn SIGINT, SIGTERM and the end of the terminal into a request to end after the calls under way."""
    stop = Event()

    def ask_to_stop(_number: int, _frame: object) -> None:
        again, words = stop.is_set(), "Stopping after the calls under way …\n"
        if again:
            words = "Still waiting for the calls under way: whoever is cut off now may have got it or not.\n"
        stop.set()
        # Past all buffers: the signal may have come in the midst of a line being printed.
        with suppress(OSError):
            os.write(2, words.encode())

    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as under nohup
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, ask_to_stop) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
