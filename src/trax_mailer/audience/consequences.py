"""What follows for readers from what was reported about their copies.

Every event is weighed by itself, and with the failures around it; whatever it comes to is only ever brought
on by the one rule of `standing`. So the same events in any order, repeated or not, lead to the same states.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from sqlalchemy import Connection

from trax_mailer.audience.addresses import BadAddress, parse_address
from trax_mailer.audience.in_a_row import failed_in_a_row
from trax_mailer.audience.standing import heavier, state_after
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.event import DeliveryEvent
from trax_mailer.model.refusal import Weight, group_in, weigh
from trax_mailer.model.subscriber import SubscriptionState, SuppressionReason
from trax_mailer.settings import BounceRule
from trax_mailer.storage.acts import add_acts
from trax_mailer.storage.copies import Copy, Fared, Place, copies_among, courses_among, places_among
from trax_mailer.storage.subscriptions import Standing, change_standings
from trax_mailer.storage.suppressions import raise_suppression

_KINDS = {
    SubscriptionState.BOUNCED: ActKind.BOUNCE,
    SubscriptionState.UNSUBSCRIBED: ActKind.PROVIDER,
    SubscriptionState.COMPLAINED: ActKind.COMPLAINT,
}
_SAID = {
    Weight.HARD: SubscriptionState.BOUNCED,
    Weight.SOFT: SubscriptionState.BOUNCED,
    Weight.LEFT: SubscriptionState.UNSUBSCRIBED,
    Weight.LEFT_ALL: SubscriptionState.UNSUBSCRIBED,
    Weight.COMPLAINT: SubscriptionState.COMPLAINED,
}
_OWN_WORD = {
    Weight.LEFT_ALL: SuppressionReason.UNSUBSCRIBED,
    Weight.COMPLAINT: SuppressionReason.COMPLAINED,
}
"""What suppresses the address, whatever list it was said about."""
_ABOUT_THE_ADDRESS = frozenset({Weight.HARD, Weight.SOFT})
_NO_GROUPS: Mapping[int, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """A reader was brought to a state, on these lists. `delivery` is `<mailing>.<subscriber>`."""

    delivery: str
    state: SubscriptionState
    lists: tuple[int, ...]
    suppressed: bool
    reason: str
    subscriber_id: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    """An event that something follows from, the copy it is about, what it says, and about which list."""

    event: DeliveryEvent
    copy: Copy
    weight: Weight
    list_id: int = 0


def follow(
    connection: Connection,
    events: Iterable[DeliveryEvent],
    *,
    rule: BounceRule,
    now: dt.datetime,
    groups: Mapping[int, int] = _NO_GROUPS,
) -> list[Consequence]:
    """Do what follows from these events, which are kept already. The same again changes nothing.

    `groups` says which list an unsubscribe group of the provider stands for; who leaves any other leaves the
    list of that mailing. The transaction has to be one that is alone: where readers stand must not change
    meanwhile.
    """
    weighed = [(one, weight) for one in events if (weight := weigh(one.kind, one.reason)) in _SAID]
    copies = copies_among(connection, {(one.mailing_id, one.subscriber_id) for one, _ in weighed})
    findings: dict[int, list[_Finding]] = defaultdict(list)
    for event, weight in sorted(weighed, key=lambda pair: (pair[0].occurred_at, pair[0].key)):
        copy = copies.get((event.mailing_id, event.subscriber_id))
        if copy is not None and (weight not in _ABOUT_THE_ADDRESS or _has_it_still(copy)):
            findings[event.subscriber_id].append(_Finding(event=event, copy=copy, weight=weight))
    if not findings:
        return []
    places, courses = places_among(connection, findings), _courses(connection, findings, rule=rule)
    decided: list[Consequence] = []
    for subscriber_id in sorted(findings):
        about = [
            replace(one, list_id=groups.get(group_in(one.event.reason) or 0, one.copy.list_id))
            for one in findings[subscriber_id]
        ]
        here = places.get(subscriber_id, [])
        told = _told(here, about, courses.get(subscriber_id, []), rule=rule)
        suppressed = _suppress(connection, about, here, now=now)
        decided += [_consequence(said, lists, suppressed=suppressed) for said, lists in told.items()]
    _bring(connection, decided, now=now)
    return decided


def same_address(one: str, key: str) -> bool:
    """Whether that address, however it is spelt, is the one of that key."""
    try:
        return parse_address(one).key == key
    except BadAddress:
        return one.strip().lower() == key


def _has_it_still(copy: Copy) -> bool:
    """Whether the copy went to the address that the reader has now: a new one may be fine."""
    return same_address(copy.sent_to, copy.address)


def _told(
    places: Sequence[Place], findings: Sequence[_Finding], course: Sequence[Fared], *, rule: BounceRule
) -> dict[SubscriptionState, dict[int, _Finding]]:
    """To which states the reader is to be brought, on which lists, each with the finding that says so."""
    told: dict[SubscriptionState, dict[int, _Finding]] = defaultdict(dict)
    for place in places:
        counting = [one for one in findings if _counts(one, place, course, rule=rule)]
        if not counting:
            continue
        strongest = counting[0]
        for one in counting[1:]:
            if heavier(_SAID[strongest.weight], _SAID[one.weight]) is not _SAID[strongest.weight]:
                strongest = one
        said = _SAID[strongest.weight]
        if state_after(place.state, said, kind=_KINDS[said]) is not place.state:
            told[said][place.list_id] = strongest
    return told


def _counts(finding: _Finding, place: Place, course: Sequence[Fared], *, rule: BounceRule) -> bool:
    """Whether the finding says something about that list, after what the reader last did themselves."""
    own = place.own_act_at
    if own is not None and finding.event.occurred_at <= own:
        return False
    match finding.weight:
        case Weight.LEFT:
            return place.list_id == finding.list_id
        case Weight.SOFT:
            since = [one for one in course if own is None or one.sent_at > own]
            return failed_in_a_row(since, rule=rule)
        case _:
            return True


def _courses(
    connection: Connection, findings: Mapping[int, Sequence[_Finding]], *, rule: BounceRule
) -> dict[int, list[Fared]]:
    """How readers' copies fared around the passing failures among the findings; of that address alone."""
    around = dt.timedelta(days=rule.days)
    moments = {
        who: [one.copy.sent_at for one in told if one.weight is Weight.SOFT] for who, told in findings.items()
    }
    spans = {who: (min(at) - around, max(at) + around) for who, at in moments.items() if at}
    if not spans:
        return {}
    since, until = min(one for one, _ in spans.values()), max(one for _, one in spans.values())
    found = {}
    for who, course in courses_among(connection, spans, since=since, until=until).items():
        key, (first, last) = findings[who][0].copy.address, spans[who]
        found[who] = [
            one for one in course if first <= one.sent_at <= last and same_address(one.sent_to, key)
        ]
    return found


def _suppress(
    connection: Connection, findings: Sequence[_Finding], places: Sequence[Place], *, now: dt.datetime
) -> bool:
    """Suppress the address of who complained or left everything, unless they asked for a list since then."""
    own = [one.own_act_at for one in places if one.own_act_at is not None]
    said = [
        one
        for one in findings
        if one.weight in _OWN_WORD
        and "@" in one.copy.address
        and (not own or one.event.occurred_at > max(own))
    ]
    changed = False
    for one in said:
        reason, source = _OWN_WORD[one.weight], one.event.provider
        changed |= raise_suppression(connection, one.copy.address, reason=reason, source=source, now=now)
    return changed


def _consequence(said: SubscriptionState, lists: Mapping[int, _Finding], *, suppressed: bool) -> Consequence:
    finding = next(iter(lists.values()))
    words = finding.event.reason or str(finding.event.kind)
    if finding.weight is Weight.SOFT:
        words = f"several mailings in a row failed; the last: {words}"
    return Consequence(
        delivery=f"{finding.event.mailing_id}.{finding.event.subscriber_id}",
        state=said,
        lists=tuple(sorted(lists)),
        suppressed=suppressed and finding.weight in _OWN_WORD,
        reason=words,
        subscriber_id=finding.event.subscriber_id,
        source=finding.event.provider,
    )


def _bring(connection: Connection, decided: Sequence[Consequence], *, now: dt.datetime) -> None:
    """Bring the readers to their states, each with an act of its own behind it."""
    acts = [
        Act(
            kind=_KINDS[one.state],
            at=now,
            source=one.source,
            words=one.reason,
            subscriber_id=one.subscriber_id,
            details={"delivery": one.delivery},
        )
        for one in decided
    ]
    moved: dict[int, list[Standing]] = defaultdict(list)
    for one, act_id in zip(decided, add_acts(connection, acts), strict=True):
        for list_id in one.lists:
            standing = Standing(subscriber_id=one.subscriber_id, state=one.state, act_id=act_id)
            moved[list_id].append(standing)
    for list_id, standings in sorted(moved.items()):
        change_standings(connection, list_id, standings, now=now)
