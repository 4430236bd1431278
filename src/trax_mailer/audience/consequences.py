"""What follows for readers from what was reported about their copies.

Every event is weighed by itself, and with the failures around it; whatever it comes to is only ever brought
on by the one rule of `standing`. So the same events in any order, repeated or not, lead to the same states.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

from sqlalchemy import Connection

from trax_mailer.audience.addresses import BadAddress, parse_address
from trax_mailer.audience.in_a_row import failed_in_a_row
from trax_mailer.audience.standing import bring_to, heavier, state_after
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.event import DeliveryEvent
from trax_mailer.model.refusal import Weight, group_in, weigh
from trax_mailer.model.subscriber import SubscriptionState, SuppressionReason
from trax_mailer.settings import BounceRule
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.copies import Copy, Fared, Place, copies_among, course_of, places_of
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
    found: list[Consequence] = []
    for subscriber_id in sorted(findings):
        about = [
            replace(one, list_id=groups.get(group_in(one.event.reason) or 0, one.copy.list_id))
            for one in findings[subscriber_id]
        ]
        found += _follow_for(connection, subscriber_id, about, rule=rule, now=now)
    return found


def same_address(one: str, key: str) -> bool:
    """Whether that address, however it is spelt, is the one of that key."""
    try:
        return parse_address(one).key == key
    except BadAddress:
        return one.strip().lower() == key


def _has_it_still(copy: Copy) -> bool:
    """Whether the copy went to the address that the reader has now: a new one may be fine."""
    return same_address(copy.sent_to, copy.address)


def _follow_for(
    connection: Connection,
    subscriber_id: int,
    findings: Sequence[_Finding],
    *,
    rule: BounceRule,
    now: dt.datetime,
) -> list[Consequence]:
    places = places_of(connection, subscriber_id)
    course = _course(connection, subscriber_id, findings, rule=rule)
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
    suppressed = _suppress(connection, findings, places, now=now)
    return [
        _bring(connection, subscriber_id, said, lists, suppressed=suppressed, now=now)
        for said, lists in told.items()
    ]


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


def _course(
    connection: Connection, subscriber_id: int, findings: Sequence[_Finding], *, rule: BounceRule
) -> list[Fared]:
    """How the reader's copies fared around the passing failures among the findings; of that address alone."""
    moments = [one.copy.sent_at for one in findings if one.weight is Weight.SOFT]
    if not moments:
        return []
    around = dt.timedelta(days=rule.days)
    key = findings[0].copy.address
    course = course_of(connection, subscriber_id, since=min(moments) - around, until=max(moments) + around)
    return [one for one in course if same_address(one.sent_to, key)]


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


def _bring(
    connection: Connection,
    subscriber_id: int,
    said: SubscriptionState,
    lists: dict[int, _Finding],
    *,
    suppressed: bool,
    now: dt.datetime,
) -> Consequence:
    finding, kind = next(iter(lists.values())), _KINDS[said]
    words = finding.event.reason or str(finding.event.kind)
    if finding.weight is Weight.SOFT:
        words = f"several mailings in a row failed; the last: {words}"
    consequence = Consequence(
        delivery=f"{finding.event.mailing_id}.{subscriber_id}",
        state=said,
        lists=tuple(sorted(lists)),
        suppressed=suppressed and finding.weight in _OWN_WORD,
        reason=words,
    )
    act = Act(
        kind=kind,
        at=now,
        source=finding.event.provider,
        words=words,
        subscriber_id=subscriber_id,
        details={"delivery": consequence.delivery},
    )
    act_id = add_act(connection, act)
    bring = partial(bring_to, connection, [subscriber_id], said, kind=kind, act_id=act_id, now=now)
    for list_id in consequence.lists:
        bring(list_id=list_id, strangers=False)
    return consequence
