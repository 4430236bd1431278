"""Sending in the foreground: the bar, the keys, the closing account and the exit code."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import click

from trax_mailer.cli.asking import INTERRUPTED
from trax_mailer.errors import ProviderError, Refused

if TYPE_CHECKING:
    from trax_mailer.workflows.sending_now import Wishes
    from trax_mailer.workflows.status import Account
    from trax_mailer.workflows.wiring import Workspace


def send_in_foreground(workspace: Workspace, mailing_id: int, *, as_json: bool) -> None:
    """Send the mailing from here, and end with its account."""
    from trax_mailer.workflows.sending_now import send_now

    def run(progress: Callable[[int, int], None], say: Callable[[str], None], wishes: Wishes) -> Account:
        return send_now(workspace, mailing_id, progress=progress, say=say, wishes=wishes)

    run_and_account(run, as_json=as_json)


def run_and_account(
    run: Callable[[Callable[[int, int], None], Callable[[str], None], Wishes], Account], *, as_json: bool
) -> None:
    """Run it with a bar and with the keys minded, print the account, and end as the account says."""
    from trax_mailer.cli import output
    from trax_mailer.cli.account import print_account
    from trax_mailer.cli.account_data import account_to_data
    from trax_mailer.cli.progress import progress_bar
    from trax_mailer.workflows.sending_now import Wishes

    wishes = Wishes()
    with minding_keys(wishes), progress_bar("Sending", shown=not as_json) as advance:
        account = run(advance, lambda words: output.stderr.print(words, markup=False), wishes)
    if as_json:
        output.print_json(account_to_data(account))
    else:
        print_account(account)
    end_as(account, wishes)


def end_as(account: Account, wishes: Wishes) -> None:
    """End the command with what the account means: nothing to say, a way on, or a refusal."""
    from trax_mailer.cli.account import readers
    from trax_mailer.model.mailing import MailingState

    number, state, proof = account.mailing.id, account.mailing.state, account.proof
    if state is MailingState.DONE:
        if not proof.accepted and proof.failed:
            raise ProviderError("Nobody was reached.", advice="The reasons stand beside the readers above.")
        return
    waiting = f"{readers(proof.waiting)} still waiting"
    if state is MailingState.CANCELLED:
        raise Refused(f"Mailing {number} was cancelled: {account.mailing.reason}.")
    if wishes.pause.is_set() and state is MailingState.PAUSED:
        click.echo(f"Paused by Ctrl-C: {waiting}. Go on with: trax resume {number}", err=True)
        raise click.exceptions.Exit(INTERRUPTED)
    if wishes.leave.is_set() and state is MailingState.SENDING:
        click.echo(
            f"Stopped here: {waiting}. “trax worker” or “trax serve” goes on with them by itself; "
            f"so does: trax resume {number}",
            err=True,
        )
        raise click.exceptions.Exit(INTERRUPTED)
    if state is MailingState.PAUSED:
        raise ProviderError(
            f"{account.mailing.reason}\nMailing {number} has paused; {waiting}.",
            advice=f"Mend what it says, then go on with: trax resume {number}\n"
            "Nobody who has it, or may have it, gets it again by that.",
        )
    raise Refused(f"{waiting}.", advice=f"Go on with: trax resume {number}")


@contextmanager
def minding_keys(wishes: Wishes) -> Iterator[None]:
    """Ctrl-C pauses the mailing; SIGTERM, or the end of the terminal, stops this process's part alone."""

    def on_key(_number: int, _frame: object) -> None:
        if wishes.pause.is_set() or wishes.leave.is_set():
            click.echo(
                "\nStill waiting for the answers of the calls under way: whoever is cut off now could "
                "have got it or not.",
                err=True,
            )
            return
        click.echo("\nPausing: no call starts any more; the calls under way are still answered …", err=True)
        wishes.pause.set()

    def on_term(_number: int, _frame: object) -> None:
        wishes.leave.set()
        with suppress(OSError):  # The terminal may be gone.
            click.echo("\nStopping after the calls under way …", err=True)

    handlers = {signal.SIGINT: on_key, signal.SIGTERM: on_term}
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as under nohup
        handlers[signal.SIGHUP] = on_term
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
