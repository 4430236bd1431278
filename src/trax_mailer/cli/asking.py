"""Asking the person at the terminal, and what holds where nobody is there to answer."""

from __future__ import annotations

import sys

import click

from trax_mailer.errors import Refused

INTERRUPTED = 130
"""The exit code of what a person interrupted (128 + SIGINT, as shells count)."""


def ask_twice(doubt: str, question: str, *, again: bool, yes: bool, refused: str) -> None:
    """Like `ask`, where something speaks against it: `yes` is not enough without `again`."""
    if yes and not again:
        raise Refused(f"{refused}. {doubt}", advice="If it is meant, say so with: --again --yes")
    ask(f"{doubt}\n{question}", yes=yes, refused=refused)


def ask(question: str, *, yes: bool, refused: str) -> None:
    """Go on only where the person says so, now or by `yes`. Raises Refused, with that word, if not.

    Ctrl-C at the question ends the command with 130, and says that word too.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused(
            f"{refused}: nobody is here to confirm it.", advice="Add --yes to do it without asking."
        )
    try:
        agreed = click.confirm(question, default=False, err=True)
    except click.Abort:
        click.echo(f"\n{refused}: stopped at the question.", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None
    if not agreed:
        raise Refused(f"{refused}.")
