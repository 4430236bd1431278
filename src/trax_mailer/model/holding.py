"""A holding: everything that the ledger holds on one reader, to show, to export, and to answer for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Set
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING

from trax_mailer.model.act import ActKind
from trax_mailer.model.mailing import Handover, Outcome
from trax_mailer.model.subscriber import SubscriptionState, SuppressionReason

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSubscription:
    """Where they stand with a list, and since when. `topics` are those they chose, all where it is empty.

    `untracked`: they get mails without any tracking.
    """

    list_name: str
    list_title: str
    state: SubscriptionState
    since: dt.datetime
    topics: tuple[str, ...]
    untracked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAct:
    """An act about them; `by` is a person of the staff. `wording` is the text that was agreed to."""

    kind: ActKind
    at: dt.datetime
    by: str
    source: str
    words: str
    wording: str
    details: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldStep:
    """A state they were brought to, and by what. `line` stands in the file of an import, 0 elsewhere."""

    list_name: str
    list_title: str
    state: SubscriptionState
    at: dt.datetime
    line: int
    act: HeldAct


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldConsent:
    """A consent to individual tracking; without `withdrawn_at` it holds."""

    list_title: str
    given_at: dt.datetime
    withdrawn_at: dt.datetime | None
    wording: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldEvent:
    """Something that was reported about a delivery."""

    kind: str
    at: dt.datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldDelivery:
    """One mailing to them. `date` is when it came to stand where it does; `simulated` ones never left."""

    mailing: int
    issue: int
    title: str
    list_title: str
    address: str
    date: dt.datetime
    handover: Handover
    outcome: Outcome
    reason: str
    simulated: bool
    events: tuple[HeldEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSuppression:
    """Why they are never to be mailed. `by` says who or what asked for it."""

    reason: SuppressionReason
    since: dt.datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldProviderEntry:
    """A list of the provider's own that their address was seen on."""

    provider: str
    list_name: str
    since: dt.datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldNotice:
    """A mail to them alone, such as to confirm: asked for, waiting or sent."""

    kind: str
    state: str
    made_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldVisit:
    """A click or an open that is tied to them, by their consent. `link` is its number, 0 for an open."""

    kind: str
    issue: int
    link: int
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Everything held on a reader. `since` is when they were first stored."""

    id: int
    address: str
    former_addresses: tuple[str, ...]
    name: str
    language: str
    since: dt.datetime
    fields: Mapping[str, str]
    tags: tuple[str, ...]
    suppression: HeldSuppression | None
    subscriptions: tuple[HeldSubscription, ...]
    tracking: tuple[HeldConsent, ...]
    steps: tuple[HeldStep, ...]
    acts: tuple[HeldAct, ...]
    deliveries: tuple[HeldDelivery, ...]
    visits: tuple[HeldVisit, ...]
    notices: tuple[HeldNotice, ...]
    provider_lists: tuple[HeldProviderEntry, ...]

    def as_data(self, *, names_staff: bool = False) -> dict[str, object]:
        """All of it as plain JSON, times in ISO 8601. With `names_staff`, who of the staff did what, too."""
        return _record(self, hidden=frozenset() if names_staff else _STAFF)


_STAFF = frozenset({"by"})


def _record(value: DataclassInstance, *, hidden: Set[str]) -> dict[str, object]:
    return {
        one.name: _plain(getattr(value, one.name), hidden=hidden)
        for one in fields(value)
        if one.name not in hidden
    }


def _plain(value: object, *, hidden: Set[str]) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return _record(value, hidden=hidden)
    if isinstance(value, Mapping):
        return {str(name): _plain(part, hidden=hidden) for name, part in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(part, hidden=hidden) for part in value]
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value
