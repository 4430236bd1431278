"""Why readers left, where they care to say: kept once for each leaving, and never asked for twice."""

from __future__ import annotations

import datetime as dt

from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage import Ledger
from trax_mailer.storage.acts import acts_about, add_act
from trax_mailer.storage.subscriptions import lists_of

REASONS = ("too_many", "not_for_me", "never_asked", "work_changed", "other")
"""What may be chosen, by name."""

LONGEST_WORDS = 500
SOURCE = "survey"


def tell_why(
    ledger: Ledger, *, list_id: int, subscriber_id: int, reason: str, words: str, now: dt.datetime
) -> bool:
    """Keep why the reader left the list. False where they said nothing, did not leave, or said it before."""
    chosen = reason if reason in REASONS else ""
    said = " ".join(words.split())[:LONGEST_WORDS]
    if not chosen and not said:
        return False
    with ledger.write() as connection:
        standing = lists_of(connection, subscriber_id).get(list_id)
        if standing is None or standing.state is not SubscriptionState.UNSUBSCRIBED:
            return False
        since = [act for act in acts_about(connection, subscriber_id) if act.id > standing.act_id]
        if any(act.source == SOURCE and act.list_id == list_id for act in since):
            return False
        act = Act(
            kind=ActKind.PAGE,
            at=now,
            source=SOURCE,
            words=said,
            subscriber_id=subscriber_id,
            list_id=list_id,
            details={"why": chosen} if chosen else {},
        )
        add_act(connection, act)
    return True
