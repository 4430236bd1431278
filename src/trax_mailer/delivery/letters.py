"""The letters of a mailing: one for all, or, where readers chose something, one for each choice."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from trax_mailer.delivery.letter import Letter
from trax_mailer.model.edition import Edition
from trax_mailer.model.mailing import Mailing
from trax_mailer.model.topics import edition_for
from trax_mailer.model.visit import TrackingMode
from trax_mailer.storage.subscriptions import split_topics
from trax_mailer.storage.variants import split_variant

KEPT = 8
"""So many letters are kept: batches of the same readers' topics come one after another."""


def letters_of(mailing: Mailing, edition: Edition) -> Callable[[str], Letter]:
    """Gives the letter for a variant of the mailing, as it is stored with a batch.

    For the empty one, that is the whole edition, tracked as the mailing is.
    """

    @lru_cache(maxsize=KEPT)
    def letter_for(stored: str) -> Letter:
        topics, untracked = split_variant(stored)
        theirs = edition_for(edition, frozenset(split_topics(topics)))
        tracking = TrackingMode.NONE if untracked else mailing.tracking
        return Letter(theirs, mailing.envelope, mailing.edition_hash, tracking)

    return letter_for
