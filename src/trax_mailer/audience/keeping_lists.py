"""Making, describing and renaming lists, each time with an act."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from trax_mailer.audience.lists import find_list, list_name_in
from trax_mailer.errors import Conflict, Refused
from trax_mailer.model.act import Act
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage import Ledger
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.list_settings import ListSettings, change_list, list_settings
from trax_mailer.storage.lists import count_by_state, list_ids, make_list
from trax_mailer.storage.subscriptions import count_to_mail

_LONGEST_TITLE, _LONGEST_DESCRIPTION = 200, 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFacts:
    """A list, how many stand where, and how many of those who are subscribed are suppressed."""

    settings: ListSettings
    states: dict[SubscriptionState, int]
    suppressed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChange:
    """What is to be changed of a list; None leaves it as it is."""

    title: str | None = None
    description: str | None = None
    public: bool | None = None


def list_facts(ledger: Ledger, name: str) -> ListFacts:
    """What the list is. Raises Refused, with a similar name, where there is none."""
    list_id = find_list(ledger, name)
    with ledger.read() as connection:
        settings = _settings(connection, list_id)
        states = count_by_state(connection)[settings.name]
        _, suppressed = count_to_mail(connection, list_id)
    return ListFacts(settings=settings, states=states, suppressed=suppressed)


def new_list(ledger: Ledger, name: str, change: ListChange, *, act: Act) -> ListSettings:
    """Make a list. Raises Conflict where there is one of that name, whatever its case."""
    wanted = list_name_in(name)
    with ledger.write() as connection:
        _refuse_taken(connection, wanted, but=None)
        list_id = make_list(connection, wanted, now=act.at)
        made = _changed(_settings(connection, list_id), change)
        change_list(connection, made)
        add_act(connection, replace(act, list_id=list_id, words="made the list"))
    return made


def describe_list(ledger: Ledger, name: str, change: ListChange, *, act: Act) -> ListSettings:
    """Change what readers see of the list, and whether they may join it by themselves."""
    list_id = find_list(ledger, name)
    with ledger.write() as connection:
        before = _settings(connection, list_id)
        after = _changed(before, change)
        names = [
            one for one in ("title", "description", "public") if getattr(before, one) != getattr(after, one)
        ]
        if names:
            change_list(connection, after)
            words = f"changed the list's {', '.join(names)}"
            add_act(connection, replace(act, list_id=list_id, words=words))
    return after


def rename_list(ledger: Ledger, name: str, to: str, *, act: Act) -> ListSettings:
    """Give the list another name; its readers, its mailings and their links stay. Raises Conflict."""
    list_id, wanted = find_list(ledger, name), list_name_in(to)
    with ledger.write() as connection:
        _refuse_taken(connection, wanted, but=list_id)
        before = _settings(connection, list_id)
        after = replace(before, name=wanted)
        if after != before:
            change_list(connection, after)
            words = f"renamed the list, which was “{before.name}”"
            add_act(connection, replace(act, list_id=list_id, words=words))
    return after


def _settings(connection: Connection, list_id: int) -> ListSettings:
    found = list_settings(connection, list_id)
    if found is None:
        raise Refused("The list is gone.", advice="See the lists with: trax lists")
    return found


def _refuse_taken(connection: Connection, name: str, *, but: int | None) -> None:
    for present, list_id in list_ids(connection).items():
        if present.casefold() == name.casefold() and list_id != but:
            raise Conflict(f"There is a list “{present}” already.", advice="Choose another name.")


def _changed(settings: ListSettings, change: ListChange) -> ListSettings:
    title = settings.title if change.title is None else " ".join(change.title.split())
    description = settings.description if change.description is None else change.description.strip()
    if len(title) > _LONGEST_TITLE or len(description) > _LONGEST_DESCRIPTION or "\x00" in description:
        raise Refused(
            f"A title has at most {_LONGEST_TITLE} characters, a description {_LONGEST_DESCRIPTION:,}.",
            advice="Say it in fewer words.",
        )
    public = settings.public if change.public is None else change.public
    return replace(settings, title=title, description=description, public=public)
