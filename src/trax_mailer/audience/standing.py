"""The one rule about where readers stand: nobody is brought back except by their own act."""

from __future__ import annotations

import datetime as dt

from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage import Ledger
from trax_mailer.storage.subscriptions import Standing, change_standings, standings_among

_WEIGHT = {
    SubscriptionState.SUBSCRIBED: 0,
    SubscriptionState.BOUNCED: 1,
    SubscriptionState.UNSUBSCRIBED: 2,
    SubscriptionState.COMPLAINED: 3,
}


def heavier(present: SubscriptionState, said: SubscriptionState) -> SubscriptionState:
    """Where a reader stands after somebody else says `said`: the one that weighs more.

    Applied in any order and any number of times, it comes to the same, and never back to subscribed.
    """
    return max(present, said, key=lambda state: _WEIGHT[state])


def leave(ledger: Ledger, *, list_id: int, subscriber_id: int, cause: str, now: dt.datetime) -> bool:
    """Take the reader off the list, by their own act.

    True where this call took them off; False where they had left before or were never on it, and
    then nothing changes.
    """
    with ledger.write() as connection:
        present = standings_among(connection, list_id, [subscriber_id]).get(subscriber_id)
        if present is None:
            return False
        state = heavier(present.state, SubscriptionState.UNSUBSCRIBED)
        if state is present.state:
            return False
        entry = {"state": state.value, "how": cause, "at": now.isoformat()}
        change_standings(
            connection,
            list_id,
            [
                Standing(
                    subscriber_id=subscriber_id,
                    state=state,
                    cause=cause,
                    evidence=(*present.evidence, entry),
                )
            ],
            now=now,
        )
    return True
