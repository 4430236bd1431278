"""Readers as lists and files, and the trail of who changed what."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from trax_mailer.audience import find_list
from trax_mailer.audience.exporting import export_readers
from trax_mailer.audience.staff import find_reader
from trax_mailer.audience.trail import trail
from trax_mailer.errors import BadOption
from trax_mailer.model.roster import RosterLine
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.model.trail import TrailLine
from trax_mailer.storage import Ledger
from trax_mailer.storage.roster import Filter, count_readers, roster
from trax_mailer.storage.safe_file import new_file
from trax_mailer.workflows.staff import ledger_of
from trax_mailer.workflows.wiring import Workspace

STATES = (*(state.value for state in SubscriptionState), "suppressed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which readers are meant, in the words of a person; what is empty says nothing."""

    list_name: str = ""
    state: str = ""
    tag: str = ""
    search: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some readers, how many are meant in all, and the id after which the next page goes on, 0 at the end."""

    lines: tuple[RosterLine, ...]
    total: int
    next_after: int


def page_of_readers(workspace: Workspace, choice: Choice, *, after: int, limit: int) -> Page:
    """The next readers of that choice, in order of their ids. Raises Refused for an unknown list."""
    with ledger_of(workspace) as ledger:
        wanted = _filter(ledger, choice)
        with ledger.read() as connection:
            found = roster(connection, wanted, after=after, limit=limit + 1)
            total = count_readers(connection, wanted)
    lines = tuple(found[:limit])
    return Page(lines=lines, total=total, next_after=lines[-1].id if len(found) > limit else 0)


def export(workspace: Workspace, choice: Choice, *, form: str, to: Path | None, force: bool) -> int:
    """Write the readers of that choice to a file, mode 0600, or to standard output. Returns how many rows.

    Raises BadOption for a workbook without a file to write it to.
    """
    if to is None and form == "xlsx":
        raise BadOption("A workbook is no text.", advice="Say where to write it with --output FILE.")
    with ledger_of(workspace) as ledger:
        wanted = _filter(ledger, choice)
        with ledger.read() as connection:
            if to is None:
                return export_readers(connection, wanted, sys.stdout.buffer, form=form)
            with new_file(to, force=force) as file:
                return export_readers(connection, wanted, file, form=form)


def write_text(to: Path, content: str, *, force: bool) -> None:
    """Write the text to a file that only its owner may read."""
    with new_file(to, force=force) as file:
        file.write(content.encode())


def trail_of(workspace: Workspace, *, about: str | None, before: int | None, limit: int) -> list[TrailLine]:
    """The last acts, the newest first; with `about`, those that concern the reader of that address."""
    with ledger_of(workspace) as ledger:
        reader_id = find_reader(ledger, about) if about else None
        return trail(ledger, about=reader_id, before=before, limit=limit)


def _filter(ledger: Ledger, choice: Choice) -> Filter:
    suppressed = choice.state == "suppressed"
    return Filter(
        list_id=find_list(ledger, choice.list_name) if choice.list_name else None,
        state=SubscriptionState(choice.state) if choice.state and not suppressed else None,
        suppressed=suppressed,
        tag=choice.tag,
        search=choice.search,
    )
