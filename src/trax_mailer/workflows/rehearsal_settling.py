"""Settling whom a rehearsal left uncertain: by the sink's record, then as a person would say."""

from __future__ import annotations

import datetime as dt

from trax_mailer.delivery import doubts, settle_doubts
from trax_mailer.model.mailing import Mailing
from trax_mailer.rehearsal import events_of, read_entries
from trax_mailer.storage.events import add_events
from trax_mailer.storage.settling import settle_by_events
from trax_mailer.workflows.rehearsal_run import Stage, perform

_MOST_ROUNDS = 10
_CHUNK = 5_000


def settle_uncertain(stage: Stage, mailing: Mailing) -> tuple[int, int]:
    """Settle whoever is uncertain by the sink's record; send again, as a person would say, to who is left.

    In rounds: who is sent it again may meet a fault for the first time. Returns how many were settled by
    evidence and by word.
    """
    by_evidence = by_word = 0
    for _ in range(_MOST_ROUNDS):
        by_evidence += _feed_in(stage, mailing)
        left = [doubt.subscriber_id for doubt in doubts(stage.ledger, mailing.id)]
        if not left:
            break
        by_word += settle_doubts(
            stage.ledger,
            mailing.id,
            subscribers=left,
            as_sent=False,
            words="the sink does not have them",
            now=dt.datetime.now(dt.UTC),
            wait=dt.timedelta(),
        )
        perform(stage, mailing.id, kills=[], progress=lambda _done, _total: None)
    return by_evidence, by_word


def _feed_in(stage: Stage, mailing: Mailing) -> int:
    now = dt.datetime.now(dt.UTC)
    chunk = []
    with stage.ledger.write() as connection:
        for event in events_of(read_entries(stage.record)):
            chunk.append(event)
            if len(chunk) == _CHUNK:
                add_events(connection, chunk, now=now)
                chunk = []
        add_events(connection, chunk, now=now)
        return settle_by_events(connection, mailing.id, now=now)
