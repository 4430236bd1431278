"""The letters of a mailing: one for all, or, where readers chose topics, one for each set of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from trax_mailer.delivery.letter import Letter
from trax_mailer.model.edition import Edition
from trax_mailer.model.mailing import Mailing
from trax_mailer.model.topics import edition_for
from trax_mailer.storage.subscriptions import split_topics

KEPT = 8
"""So many letters are kept: batches of the same readers' topics come one after another."""


def letters_of(mailing: Mailing, edition: Edition) -> Callable[[str], Letter]:
    """Gives the letter for the topics of a batch, as they are stored; for none, that of the whole edition."""

    @lru_cache(maxsize=KEPT)
    def letter_for(topics: str) -> Letter:
        theirs = edition_for(edition, frozenset(split_topics(topics)))
        return Letter(theirs, mailing.envelope, mailing.edition_hash)

    return letter_for
