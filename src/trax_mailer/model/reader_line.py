"""A reader of a mailing, as a person looks at them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from trax_mailer.model.mailing import Handover, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderLine:
    """One reader of a mailing, with the address as it was handed over, and where they stand."""

    subscriber_id: int
    email: str
    handover: Handover
    outcome: Outcome
    reason: str
    changed_at: dt.datetime
