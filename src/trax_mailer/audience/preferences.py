"""What readers choose themselves: topics, language, and whether their reading may be tracked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from trax_mailer.audience.untracking import change_tracking, end_tracking
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.settings import Settings
from trax_mailer.storage import Ledger
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.subscribers import SubscriberRow, stored_reader, update_subscribers
from trax_mailer.storage.subscriptions import choose_topics, join_topics, lists_of
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
    ledger: Ledger,
    *,
    list_id: int,
    subscriber_id: int,
    topics: Sequence[str],
    language: str,
    now: dt.datetime,
) -> bool:
    """Note the reader's topics of the list, and their language. False where that changes nothing.

    Who is not subscribed has nothing to choose.
    """
    with ledger.write() as connection:
        present = _preferences(connection, list_id=list_id, subscriber_id=subscriber_id)
        stored = stored_reader(connection, subscriber_id)
        if present is None or stored is None:
            return False
        chosen = join_topics(topics)
        if (chosen, language) == (join_topics(present.topics), present.language):
            return False
        choose_topics(connection, list_id, subscriber_id, topics=topics)
        reader = stored.reader
        row = SubscriberRow(
            address=stored.address,
            email=reader.email,
            name=reader.name,
            language=language,
            fields=reader.fields,
        )
        update_subscribers(connection, {subscriber_id: row})
        act = _act(list_id=list_id, subscriber_id=subscriber_id, now=now)
        details = {"topics": sorted(set(topics)), "language": language}
        add_act(connection, replace(act, words="chose topics and language", details=details))
    return True


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


def _act(*, list_id: int, subscriber_id: int, now: dt.datetime) -> Act:
    return Act(kind=ActKind.PAGE, at=now, source="preferences", subscriber_id=subscriber_id, list_id=list_id)
