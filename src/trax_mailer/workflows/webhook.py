"""A provider's webhook, from a body to what is committed: who signed it, what was told, what follows."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

import orjson
from sqlalchemy import Connection

from trax_mailer.errors import TraxError
from trax_mailer.events import EventProvider, Posted, SendGridEvents, Unreadable, event_from, marked
from trax_mailer.model.event import DeliveryEvent, EventKind, PostedKind
from trax_mailer.settings import BounceRule, Settings
from trax_mailer.storage import Ledger, open_ring
from trax_mailer.storage.journal import add_entry
from trax_mailer.storage.lists import list_ids
from trax_mailer.storage.posted import RawEvent, add_raw_events
from trax_mailer.storage.visits import add_visits
from trax_mailer.tokens import PostedMarks
from trax_mailer.workflows.bounce_finding import find_by_address
from trax_mailer.workflows.ingest import keep_events, weighs
from trax_mailer.workflows.known_mailings import KnownMailing, KnownMailings
from trax_mailer.workflows.together import Together
from trax_mailer.workflows.tracking.told import Told, link_of, untracked, visits_of

_MOST_AT_ONCE = 4_000
"""So many events share a transaction, so that nobody else waits long to write."""

_BETWEEN = "\x1f"
_log = logging.getLogger(__name__)


class Intake(StrEnum):
    """What became of a body."""

    KEPT = "kept"
    """Whatever of it is about this ledger is committed."""
    FORGED = "forged"
    """It is not signed by the provider. Nothing of it was looked at."""
    UNREADABLE = "unreadable"
    """It is signed, and yet not what the provider sends."""


class _Ours(NamedTuple):
    """An event that is about this ledger. Without `raw`, nothing of it is kept but what proves acceptance."""

    posted: Posted
    raw: RawEvent | None
    event: DeliveryEvent | None
    told: Told | None


def sendgrid_events(settings: Settings) -> EventProvider | None:
    """The reader of SendGrid's events; None where no key is set. Raises BadWorkspace for a bad key."""
    key = settings.sendgrid.webhook_key
    return SendGridEvents(key) if key else None


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Webhook:
    """Takes in what a provider posts to this ledger. Safe to share between threads.

    `groups` maps the provider's unsubscribe groups to names of lists. What is older than `days` is no longer
    counted as a visit: nobody could tell whether it was before.
    """

    def __init__(
        self,
        ledger: Ledger,
        provider: EventProvider,
        *,
        rule: BounceRule,
        days: int,
        groups: Mapping[int, str],
        clock: Callable[[], dt.datetime] = _now,
    ) -> None:
        self._ledger = ledger
        self._provider = provider
        self._rule = rule
        self._days = dt.timedelta(days=days)
        self._groups = groups
        self._clock = clock
        self._mailings = KnownMailings(ledger)
        self._marks = PostedMarks(open_ring(ledger))
        self._together = Together(self._keep_now, most=_MOST_AT_ONCE)

    def take_in(self, headers: Mapping[str, str], body: bytes) -> Intake:
        """Keep and apply the events in a body, committed on return; the same body again changes nothing.

        Bodies that come at once share a transaction. Raises Conflict, Away or BadState where the ledger
        cannot be written now: nothing was kept then.
        """
        if not self._provider.is_genuine(headers, body):
            return Intake.FORGED
        try:
            posted = list(self._provider.read(body))
        except Unreadable:
            return Intake.UNREADABLE
        if posted:
            self._together.keep(posted)
        return Intake.KEPT

    def _keep_each(self, posted: Sequence[Posted], *, now: dt.datetime) -> None:
        """Keep and apply these events. One that cannot be kept costs none of the others: it is set aside."""
        try:
            self._keep(posted, now=now)
        except TraxError:
            raise
        except Exception as error:
            if len(posted) > 1:
                middle = len(posted) // 2
                self._keep_each(posted[:middle], now=now)
                self._keep_each(posted[middle:], now=now)
                return
            if posted[0].refused:
                raise
            _log.exception("An event of %s could not be kept, and is set aside", self._provider.name)
            self._keep([_set_aside(posted[0], error)], now=now)

    def _keep_now(self, posted: Sequence[Posted]) -> None:
        self._keep_each(posted, now=self._clock())

    def _keep(self, posted: Sequence[Posted], *, now: dt.datetime) -> None:
        ours = list(self._ours(posted, now=now))
        if not ours:
            return
        # Where readers stand changes alone: nobody may leave between the look and the change.
        matters = any(one.event is not None and weighs(one.event) for one in ours)
        with self._ledger.write(alone=matters) as connection:
            new = add_raw_events(connection, [one.raw for one in ours if one.raw is not None], now=now)
            fresh = [one for one in ours if one.raw is None or one.raw.key in new]
            by_reader: dict[bool, list[DeliveryEvent]] = {True: [], False: []}
            for one in fresh:
                if one.event is not None and one.posted.report is not None:
                    by_reader[one.posted.report.by_reader].append(one.event)
            self._journal(connection, fresh, now=now)
            told = [one.told for one in fresh if one.told is not None]
            add_visits(connection, visits_of(connection, told, marks=self._marks))
            keep_events(
                connection,
                by_reader[False],
                by_reader[True],
                rule=self._rule,
                now=now,
                groups=self._lists_of_groups(connection, by_reader[False]),
            )

    def _ours(self, posted: Iterable[Posted], *, now: dt.datetime) -> Iterator[_Ours]:
        """The events that are about this ledger, each once."""
        parts = [(one, marked(one.message_id) if one.message_id else None) for one in posted]
        mailings = self._mailings.among({found[0] for _, found in parts if found is not None})
        seen: set[bytes] = set()
        visited: list[_Ours] = []
        for one, found in parts:
            mailing = mailings.get(found[0]) if found is not None else None
            if found is not None and (mailing is None or mailing.mark != found[2]):
                continue  # another ledger's
            ours = self._our(one, mailing, found[1] if found else 0, now=now)
            if ours is None or (ours.raw is not None and ours.raw.key in seen):
                continue
            if ours.raw is not None:
                seen.add(ours.raw.key)
            if ours.told is not None:
                visited.append(ours)
            else:
                yield ours
        yield from self._without_untracked(visited)

    def _our(
        self, posted: Posted, mailing: KnownMailing | None, subscriber_id: int, *, now: dt.datetime
    ) -> _Ours | None:
        if mailing is None:
            return self._unmarked(posted)
        report, seen = posted.report, posted.seen
        event = None
        if report is not None and not posted.refused:
            event = event_from(report, mailing.id, subscriber_id, provider=self._provider.name)
        if seen is None:
            return _Ours(posted, self._raw(posted, posted.message_id), event, None)
        link = link_of(mailing, seen)
        if link is None or seen.second < (now - self._days).timestamp():
            return _Ours(posted, None, event, None)
        content = {**posted.content, "mailing": mailing.id, "link": link}
        raw = self._raw(posted._replace(content=content), posted.message_id)
        return _Ours(posted, raw, event, Told(mailing, subscriber_id, seen, link))

    def _unmarked(self, posted: Posted) -> _Ours | None:
        """What is about the account or about nothing at all; or about whoever has the address it names."""
        report = posted.report
        if report is None:
            return None if posted.message_id else _Ours(posted, self._raw(posted, ""), None, None)
        if posted.message_id:
            return None
        with self._ledger.read() as connection:
            found = find_by_address(connection, report)
        if found is None:
            return None
        about, mailing_id, subscriber_id = found
        event = event_from(about, mailing_id, subscriber_id, provider=self._provider.name)
        return _Ours(posted._replace(report=about), self._raw(posted, about.about), event, None)

    def _raw(self, posted: Posted, about: str) -> RawEvent:
        name, told = self._provider.name, posted.content.get("timestamp")
        second = told if isinstance(told, int) else 0
        key = self._marks.event(f"{name}{_BETWEEN}{about}{_BETWEEN}{posted.apart}", second=second)
        own_id = None
        if posted.own_id:
            called = f"{name}{_BETWEEN}{about}{_BETWEEN}called {posted.own_id}"
            own_id = self._marks.event(called, second=second)
        return RawEvent(
            key, own_id, name, posted.kind.value, orjson.dumps(posted.content).decode(), posted.refused
        )

    def _without_untracked(self, visited: Sequence[_Ours]) -> Iterator[_Ours]:
        if not visited:
            return
        with self._ledger.read() as connection:
            none = untracked(connection, [one.told for one in visited if one.told is not None])
        for one in visited:
            told = one.told
            kept = told is not None and (told.mailing.id, told.subscriber_id) not in none
            yield one if kept else one._replace(raw=None, told=None)

    def _lists_of_groups(self, connection: Connection, events: Sequence[DeliveryEvent]) -> dict[int, int]:
        if not self._groups or not any(one.kind is EventKind.LEFT for one in events):
            return {}
        ids = list_ids(connection)
        return {group: ids[name] for group, name in self._groups.items() if name in ids}

    def _journal(self, connection: Connection, fresh: Sequence[_Ours], *, now: dt.datetime) -> None:
        """What happened to the account is told to staff: it is about all mailings to come."""
        for one in fresh:
            if one.posted.kind is PostedKind.ACCOUNT:
                words = (
                    f"{self._provider.name} says of the account: {one.posted.content.get('type', 'changed')}"
                )
                _log.warning("%s", words)
                add_entry(connection, mailing_id=None, act="account", words=words, now=now)


def webhook_of(
    ledger: Ledger, settings: Settings, *, clock: Callable[[], dt.datetime] = _now
) -> Webhook | None:
    """SendGrid's webhook by the settings; None where no key is set. Raises BadWorkspace for a bad key."""
    provider = sendgrid_events(settings)
    if provider is None:
        return None
    return Webhook(
        ledger,
        provider,
        rule=settings.bounces.rule,
        days=settings.sendgrid.event_days,
        groups={group: name for name, group in settings.sendgrid.groups.items()},
        clock=clock,
    )


def _set_aside(posted: Posted, error: Exception) -> Posted:
    reason = f"it could not be kept ({type(error).__name__})"
    kept = {name: value for name, value in posted.content.items() if name in {"event", "timestamp"}}
    return posted._replace(content=kept, report=None, seen=None, refused=reason)
