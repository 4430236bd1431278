"""Applying a provider's entries to readers: subscriptions and suppressions, by the rules of each list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from trax_mailer.audience.standing import bring_to, state_after
from trax_mailer.audience.syncing.recognising import Known
from trax_mailer.audience.syncing.rules import RULES, Rule
from trax_mailer.model.act import OWN_ACTS, Act, ActKind
from trax_mailer.model.provider_list import ProviderList, shown_name
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage.acts import add_act, last_of_kinds
from trax_mailer.storage.subscribers import SubscriberRow, add_subscribers, subscribers_among
from trax_mailer.storage.subscriptions import Standing, standings_among, standings_anywhere
from trax_mailer.storage.suppressions import add_suppressions, suppressed_among

_KIND = ActKind.PROVIDER


@dataclass(slots=True, kw_only=True)
class _Effect:
    """What the entries of one list come to, before it is written."""

    moves: dict[int, set[int]] = field(default_factory=dict)
    suppressed: set[str] = field(default_factory=set)
    strangers: list[Known] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    back: set[str] = field(default_factory=set)


class Applier:
    """Applies entries, each list under one act. Without `writes` it only counts.

    `groups` gives the list that an unsubscribe group stands for; other groups are noted alone.
    """

    def __init__(self, groups: Mapping[int, int], *, by: str, now: dt.datetime, writes: bool) -> None:
        self._groups = groups
        self._by = by
        self._now = now
        self._writes = writes
        self._acts: dict[str, int] = {}

    def apply(
        self, connection: Connection, which: ProviderList, entries: Sequence[Known]
    ) -> tuple[set[str], set[str]]:
        """The addresses of which something changes, and those of readers who came back since."""
        rule = RULES.get(which)
        changed: set[str] = set()
        back: set[str] = set()
        for name, some in _by_name(entries).items() if rule else ():
            list_id = self._groups.get(some[0].group) if which is ProviderList.GROUPS else None
            if which is ProviderList.GROUPS and list_id is None:
                continue
            effect = _effect(connection, rule, some, list_id=list_id) if rule else _Effect()
            if self._writes and rule and effect.changed:
                self._write(connection, name, rule, effect, list_id=list_id)
            changed |= effect.changed
            back |= effect.back
        return changed, back

    def _write(
        self, connection: Connection, name: str, rule: Rule, effect: _Effect, *, list_id: int | None
    ) -> None:
        source = f"sendgrid: {shown_name(name)}"
        if name not in self._acts:
            act = Act(kind=_KIND, at=self._now, by=self._by, source=source, list_id=list_id)
            self._acts[name] = add_act(connection, act)
        if list_id is not None and effect.strangers:
            rows = [_row(one) for one in effect.strangers]
            ids = add_subscribers(connection, rows, now=self._now)
            effect.moves.setdefault(list_id, set()).update(ids.values())
        for of_list, ids_of_list in effect.moves.items():
            bring_to(
                connection,
                ids_of_list,
                rule.state,
                list_id=of_list,
                kind=_KIND,
                act_id=self._acts[name],
                now=self._now,
            )
        if rule.suppression:
            add_suppressions(
                connection, effect.suppressed, reason=rule.suppression, source=source, now=self._now
            )


def _effect(connection: Connection, rule: Rule, entries: Sequence[Known], *, list_id: int | None) -> _Effect:
    """What the entries come to: on that list, or, without one, wherever their readers stand."""
    by_address = {one.address: one for one in entries}
    readers = subscribers_among(connection, list(by_address))
    by_id = {one.id: by_address[address] for address, one in readers.items() if one.id is not None}
    effect = _Effect()
    standings = _standings(connection, list(by_id), list_id=list_id)
    back = came_back(connection, standings, by_id)
    effect.back = {by_id[reader_id].address for _, reader_id in back}
    for of_list, of_readers in standings.items():
        for standing in of_readers:
            if (of_list, standing.subscriber_id) not in back and _moves(standing.state, rule):
                effect.moves.setdefault(of_list, set()).add(standing.subscriber_id)
    if list_id is not None:
        on_list = {one.subscriber_id for one in standings.get(list_id, ())}
        effect.moves.setdefault(list_id, set()).update(by_id.keys() - on_list)
        effect.strangers = [one for one in entries if one.address not in readers]
    if rule.suppression:
        already = suppressed_among(connection, list(by_address))
        effect.suppressed = by_address.keys() - already - effect.back
    effect.changed = {by_id[one].address for ids in effect.moves.values() for one in ids}
    effect.changed |= effect.suppressed | {one.address for one in effect.strangers}
    return effect


def _standings(
    connection: Connection, ids: Sequence[int], *, list_id: int | None
) -> dict[int, list[Standing]]:
    if list_id is None:
        return standings_anywhere(connection, ids)
    return {list_id: list(standings_among(connection, list_id, ids).values())}


def came_back(
    connection: Connection, standings: Mapping[int, Iterable[Standing]], by_id: Mapping[int, Known]
) -> set[tuple[int, int]]:
    """The lists and readers where the reader's own act is younger than what the provider says.

    `by_id` are the provider's entries by the ids of their readers.
    """
    acts = last_of_kinds(connection, OWN_ACTS, by_id)
    return {
        (list_id, one.subscriber_id)
        for list_id, some in standings.items()
        for one in some
        if one.state is SubscriptionState.SUBSCRIBED
        and (at := acts.get((list_id, one.subscriber_id))) is not None
        and at > by_id[one.subscriber_id].since
    }


def _moves(present: SubscriptionState, rule: Rule) -> bool:
    return state_after(present, rule.state, kind=_KIND) is not present


def _by_name(entries: Collection[Known]) -> dict[str, list[Known]]:
    found: dict[str, list[Known]] = {}
    for one in entries:
        found.setdefault(one.name, []).append(one)
    return found


def _row(one: Known) -> SubscriberRow:
    return SubscriberRow(address=one.address, email=one.email, name="", language="", fields={})
