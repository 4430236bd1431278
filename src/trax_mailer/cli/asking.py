"""Asking the person at the terminal, and what holds where nobody is there to answer."""

from __future__ import annotations

import sys

import click

from trax_mailer.errors import Refused


def ask_twice(doubt: str, question: str, *, again: bool, yes: bool, refused: str) -> None:
    """Like `ask`, where something speaks against it: `yes` is not enough without `again`."""
    if yes and not again:
        raise Refused(f"{refused}. {doubt}", advice="If it is meant, say so with: --again --yes")
    ask(f"{doubt}\n{question}", yes=yes, refused=refused)


def ask(question: str, *, yes: bool, refused: str) -> None:
    """Go on only where the person says so, now or by `yes`. Raises Refused, with that word, if not."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused(
            f"{refused}: nobody is here to confirm it.", advice="Add --yes to do it without asking."
        )
    if not click.confirm(question, default=False, err=True):
        raise Refused(f"{refused}.")
