"""The one rule about where readers stand: nobody who left is brought back except by their own act."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy import Connection

from trax_mailer.model.act import OWN_ACTS, Act, ActKind
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage import Ledger
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.subscriptions import Standing, add_standings, change_standings, states_among

_WEIGHT = {
    SubscriptionState.PENDING: -1,
    SubscriptionState.SUBSCRIBED: 0,
    SubscriptionState.BOUNCED: 1,
    SubscriptionState.UNSUBSCRIBED: 2,
    SubscriptionState.COMPLAINED: 3,
}


def heavier(present: SubscriptionState, said: SubscriptionState) -> SubscriptionState:
    """Where a reader stands after somebody else says `said`: the one that weighs more.

    Applied in any order and any number of times, it comes to the same, and never back to subscribed for
    who left, bounced or complained.
    """
    return max(present, said, key=lambda state: _WEIGHT[state])


def state_after(
    present: SubscriptionState | None, said: SubscriptionState, *, kind: ActKind
) -> SubscriptionState:
    """Where a reader stands after an act of that kind says `said`; `present` is None for a stranger."""
    if present is None or (kind in OWN_ACTS and said is SubscriptionState.SUBSCRIBED):
        return said
    return heavier(present, said)


def bring_to(  # noqa: PLR0913 - each is a fact about the act
    connection: Connection,
    subscriber_ids: Collection[int],
    said: SubscriptionState,
    *,
    list_id: int,
    kind: ActKind,
    act_id: int,
    now: dt.datetime,
    strangers: bool = True,
) -> set[int]:
    """Bring the readers to that state on the list, as far as the rule lets them. Returns whom it moved.

    `kind` is that of the act `act_id`. Without `strangers`, who was never on the list stays off it.
    """
    ids = sorted(set(subscriber_ids))
    present = states_among(connection, list_id, ids)
    joined: list[Standing] = []
    moved: list[Standing] = []
    for one in ids:
        before = present.get(one)
        if before is None and not strangers:
            continue
        state = state_after(before, said, kind=kind)
        if state is not before:
            (joined if before is None else moved).append(
                Standing(subscriber_id=one, state=state, act_id=act_id)
            )
    add_standings(connection, list_id, joined, now=now)
    change_standings(connection, list_id, moved, now=now)
    return {one.subscriber_id for one in (*joined, *moved)}


def leave(  # noqa: PLR0913 - each is a fact about the act
    ledger: Ledger,
    *,
    list_id: int,
    subscriber_id: int,
    kind: ActKind,
    now: dt.datetime,
    by: str = "",
    words: str = "",
) -> bool:
    """Take the reader off the list. Deliveries that wait for them are skipped when they are claimed.

    True where this call took them off; False where they had left before or were never on it, and
    then nothing changes.
    """
    said = SubscriptionState.UNSUBSCRIBED
    with ledger.write() as connection:
        present = states_among(connection, list_id, [subscriber_id]).get(subscriber_id)
        if present is None or state_after(present, said, kind=kind) is present:
            return False
        act = Act(kind=kind, at=now, by=by, words=words, subscriber_id=subscriber_id, list_id=list_id)
        act_id = add_act(connection, act)
        bring_to(connection, [subscriber_id], said, list_id=list_id, kind=kind, act_id=act_id, now=now)
    return True
