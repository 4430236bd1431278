"""What readers choose themselves: topics, language, and whether their reading may be tracked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from trax_mailer.audience.untracking import change_tracking, end_tracking
from trax_mailer.errors import Refused
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.settings import Settings
from trax_mailer.storage import Ledger
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.subscribers import (
    StoredReader,
    SubscriberRow,
    stored_reader,
    update_subscribers,
)
from trax_mailer.storage.subscriptions import choose_topics, lists_of
from trax_mailer.storage.tracking_consents import add_consent, tracked_lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What a subscribed reader chose for one list. `topics` are names; empty means all of them."""

    topics: tuple[str, ...]
    language: str
    tracked: bool
    """Whether their consent to individual tracking stands."""
    untracked: bool
    """Whether nothing at all is counted of them."""


def topics_to_choose(settings: Settings, language: str) -> tuple[tuple[str, str], ...]:
    """The name of every topic that readers may choose, and its title in that language."""
    return tuple((topic.name, topic.title_in(language)) for topic in settings.topics)


def preferences_of(ledger: Ledger, *, list_id: int, subscriber_id: int) -> Preferences | None:
    """What the reader chose; None where they are not subscribed to the list."""
    with ledger.read() as connection:
        return _preferences(connection, list_id=list_id, subscriber_id=subscriber_id)


def choose(
    ledger: Ledger, *, topics: Collection[str] | None = None, language: str | None = None, act: Act
) -> bool:
    """Note the topics that the act's reader wants from its list, all where there are none, and the language.

    What is None stays. Holds for mailings whose audience is written down from now on. False, and nothing
    changed, where it was so already. Raises Refused where they were never on the list.
    """
    list_id, reader_id = act.list_id or 0, act.subscriber_id or 0
    with ledger.write() as connection:
        standing = lists_of(connection, reader_id).get(list_id)
        stored = stored_reader(connection, reader_id)
        if standing is None or stored is None:
            raise Refused("This reader is not on that list.")
        said: list[str] = []
        details: dict[str, object] = {}
        wanted = sorted(set(topics or ()))
        if topics is not None and wanted != sorted(standing.topics):
            choose_topics(connection, list_id, reader_id, topics=wanted)
            said.append(f"wants {', '.join(wanted) or 'everything'}")
            details["topics"] = wanted
        if language is not None and language != stored.reader.language:
            _speak(connection, stored, language)
            said.append(f"chose the language {language}" if language else "chose no language")
            details["language"] = language
        if said:
            add_act(connection, replace(act, words="; ".join(said), details=details))
    return bool(said)


def wanted_topics(ledger: Ledger, *, list_id: int, subscriber_id: int) -> tuple[str, ...]:
    """The topics that the reader wants from the list; everything where there are none."""
    with ledger.read() as connection:
        standing = lists_of(connection, subscriber_id).get(list_id)
    return standing.topics if standing else ()


def give_tracking(
    ledger: Ledger, *, list_id: int, subscriber_id: int, wording_id: int, now: dt.datetime
) -> bool:
    """Note the reader's consent to being tracked on that list. False where it stands, or they are not on it.

    Only ever for a reader who came by a link that was mailed to their address. It ends an earlier wish not to
    be tracked at all.
    """
    with ledger.write() as connection:
        present = _preferences(connection, list_id=list_id, subscriber_id=subscriber_id)
        if present is None or present.tracked:
            return False
        act = _act(list_id=list_id, subscriber_id=subscriber_id, now=now)
        change_tracking(connection, untracked=False, act=act)
        act = replace(act, words="gave consent to tracking", wording_id=wording_id)
        act_id = add_act(connection, act)
        add_consent(connection, subscriber_id=subscriber_id, list_id=list_id, act_id=act_id, now=now)
    return True


def withdraw_tracking(ledger: Ledger, *, list_id: int, subscriber_id: int, now: dt.datetime) -> bool:
    """Note that the reader withdrew it, whether they are on the list or not. False where none stands.

    What was kept of their reading is deleted with it, and mails that they have are silenced.
    """
    with ledger.write() as connection:
        if list_id not in tracked_lists(connection, subscriber_id):
            return False
        act = _act(list_id=list_id, subscriber_id=subscriber_id, now=now)
        act_id = add_act(connection, replace(act, words="withdrew consent to tracking"))
        end_tracking(connection, subscriber_id=subscriber_id, list_id=list_id, act_id=act_id, act=act)
    return True


def _preferences(connection: Connection, *, list_id: int, subscriber_id: int) -> Preferences | None:
    standing = lists_of(connection, subscriber_id).get(list_id)
    stored = stored_reader(connection, subscriber_id)
    if standing is None or stored is None or standing.state is not SubscriptionState.SUBSCRIBED:
        return None
    return Preferences(
        topics=standing.topics,
        language=stored.reader.language,
        tracked=list_id in tracked_lists(connection, subscriber_id),
        untracked=standing.untracked,
    )


def _speak(connection: Connection, stored: StoredReader, language: str) -> None:
    reader = stored.reader
    row = SubscriberRow(
        address=stored.address, email=reader.email, name=reader.name, language=language, fields=reader.fields
    )
    update_subscribers(connection, {reader.id or 0: row})


def _act(*, list_id: int, subscriber_id: int, now: dt.datetime) -> Act:
    return Act(kind=ActKind.PAGE, at=now, source="preferences", subscriber_id=subscriber_id, list_id=list_id)
