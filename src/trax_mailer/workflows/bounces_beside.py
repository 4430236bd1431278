"""Looking into the mailbox of bounces every few minutes, beside whatever else this process does."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

from trax_mailer.settings import Settings
from trax_mailer.storage import Ledger
from trax_mailer.workflows.beside import Beside, Round
from trax_mailer.workflows.bounces import Found, read_imap
from trax_mailer.workflows.engines.telling import Teller


def bounces_beside(settings: Settings, ledger: Ledger, *, say: Callable[[str], None]) -> Beside:
    """Reads in a thread; does nothing where no mailbox is named.

    Several processes may do so at once: what one has kept says nothing new to another.
    """
    bounces = settings.bounces
    teller = Teller(say)

    def named() -> bool:
        if bounces.host:
            teller.say(f"Bounces are read from {bounces.host}, minutes between: {bounces.every_minutes}.")
        return bool(bounces.host)

    def read(stop: Event) -> None:
        if words := in_short(read_imap(settings, ledger, stop=stop.is_set)):
            teller.say(words)

    reading = Round(
        about="bounces",
        step=read,
        every=bounces.every_minutes * 60,
        over="The mailbox of bounces can be read again.",
    )
    return Beside([reading], teller=teller, before=named)


def in_short(found: Found) -> str:
    """One line on what was new, or nothing where nothing was."""
    if not found.new and not found.consequences and not found.left:
        return ""
    moved = len(found.consequences) + len(found.left)
    return f"Bounces: new reports: {found.new:,}; readers not mailed any more: {moved:,}."
