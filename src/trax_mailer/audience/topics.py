"""Which topics a reader wants from a list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from trax_mailer.errors import Refused
from trax_mailer.model.act import Act, ActKind
from trax_mailer.storage import Ledger
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.subscriptions import choose_topics, standings_among


def want_topics(  # noqa: PLR0913 - each is a fact about the act
    ledger: Ledger,
    *,
    list_id: int,
    subscriber_id: int,
    topics: Collection[str],
    kind: ActKind,
    now: dt.datetime,
    by: str = "",
) -> bool:
    """Note the topics that the reader wants from the list, everything where there are none.

    Holds for mailings whose audience is written down from now on. False, and nothing changed, where they
    wanted these already. Raises Refused where they were never on the list.
    """
    wanted = sorted(set(topics))
    with ledger.write() as connection:
        present = standings_among(connection, list_id, [subscriber_id]).get(subscriber_id)
        if present is None:
            raise Refused("This reader is not on that list.")
        if sorted(present.topics) == wanted:
            return False
        words = f"wants {', '.join(wanted) or 'everything'}"
        act = Act(
            kind=kind,
            at=now,
            by=by,
            words=words,
            subscriber_id=subscriber_id,
            list_id=list_id,
            details={"topics": wanted},
        )
        add_act(connection, act)
        choose_topics(connection, list_id, subscriber_id, topics=wanted)
    return True


def wanted_topics(ledger: Ledger, *, list_id: int, subscriber_id: int) -> tuple[str, ...]:
    """The topics that the reader wants from the list; everything where there are none."""
    with ledger.read() as connection:
        present = standings_among(connection, list_id, [subscriber_id]).get(subscriber_id)
    return present.topics if present else ()
