"""Whom an issue can be previewed as: readers of a list, sample readers of the workspace, made-up ones."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import MappingProxyType

from trax_mailer.audience import find_subscriber, lists, some_readers
from trax_mailer.audience.intake.entries import Entry, Plan, read_entries
from trax_mailer.audience.intake.opening import open_table
from trax_mailer.errors import BadFile, BadState
from trax_mailer.model.subscriber import Subscriber, SubscriptionState
from trax_mailer.settings import Settings
from trax_mailer.storage import open_ledger
from trax_mailer.storage.backends.sqlite import LEDGER_NAME

SHOWN_READERS = 100
"""How many readers are offered; any other reader of a list can be asked for by address."""

NOBODY = Subscriber(id=None, email="")
"""Has no values: content shows the writer's default words, as in the browser view."""

_MADE_UP = (
    Subscriber(
        id=None,
        email="ana.popescu@example.org",
        name="Ana Popescu",
        language="en",
        fields=MappingProxyType({"first_name": "Ana", "last_name": "Popescu", "country": "Moldova"}),
    ),
    Subscriber(
        id=None,
        email="stefan@example.net",
        name='Ștefan & "Ana" <b>',
        language="fr",
        fields=MappingProxyType({"first_name": 'Ștefan & "Ana"', "last_name": "<b>"}),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderChoice:
    """The readers to choose from. `list_name` is empty where they come from no list of the ledger."""

    origin: str
    list_name: str
    readers: tuple[Subscriber, ...]


def readers_for_preview(settings: Settings, list_name: str | None) -> ReaderChoice:
    """The readers of the named list, else of the largest in the ledger, else the workspace's samples.

    Raises Refused for an unknown list, BadState where a named list cannot be looked up.
    """
    if list_name or settings.database.url or (settings.state / LEDGER_NAME).is_file():
        try:
            choice = _from_ledger(settings, list_name)
        except BadState:
            if list_name:
                raise
        else:
            if choice.readers or list_name:
                return choice
    return _from_samples(settings.root / "subscribers")


def find_reader(settings: Settings, choice: ReaderChoice, email: str) -> Subscriber | None:
    """The reader with that address among the choice, or anywhere on its list. NOBODY for an empty one."""
    if not email:
        return NOBODY
    for reader in choice.readers:
        if reader.email == email:
            return reader
    if not choice.list_name:
        return None
    with open_ledger(settings.state, settings.database) as ledger:
        return find_subscriber(ledger, email, choice.list_name)


def _from_ledger(settings: Settings, list_name: str | None) -> ReaderChoice:
    with open_ledger(settings.state, settings.database) as ledger:
        if list_name is None:
            counts = sorted(lists(ledger), key=lambda count: count.subscribed)
            list_name = counts[-1].name if counts else None
        readers = some_readers(ledger, list_name, SHOWN_READERS) if list_name else []
    return ReaderChoice(origin=f"List “{list_name}”", list_name=list_name or "", readers=tuple(readers))


def _from_samples(folder: Path) -> ReaderChoice:
    for file in sorted(folder.glob("*.csv")):
        try:
            readers = tuple(islice(_rows_of(file), SHOWN_READERS))
        except BadFile:
            continue  # `trax subscribers import` says what is wrong with it; here, the next file will do
        if readers:
            return ReaderChoice(origin=f"{folder.name}/{file.name}", list_name="", readers=readers)
    return ReaderChoice(origin="Made-up readers", list_name="", readers=_MADE_UP)


def _rows_of(file: Path) -> list[Subscriber]:
    with open_table(file) as table:
        plan = Plan(columns=table.columns, default=SubscriptionState.SUBSCRIBED)
        return [
            Subscriber(
                id=None,
                email=entry.address.email,
                name=entry.name,
                language=entry.language,
                fields=entry.fields,
            )
            for row in islice(table.rows, SHOWN_READERS)
            for entry in read_entries(row, plan)
            if isinstance(entry, Entry)
        ]
