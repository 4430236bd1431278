"""Mailings of the real issue to made-up readers, through the same door as `trax send`."""

from __future__ import annotations

import datetime as dt

from benchmarks import letter as letters
from benchmarks.readers import LIST
from trax_mailer.delivery import Transport, make_mailing
from trax_mailer.model.edition import Edition
from trax_mailer.model.mailing import Mailing
from trax_mailer.storage import Ledger


def new_mailing(
    ledger: Ledger, transport: Transport, *, edition: Edition | None = None, issue_number: int = 58
) -> Mailing:
    """A mailing in draft to everybody on the list."""
    return make_mailing(
        ledger,
        issue_number=issue_number,
        issue_title="A benchmark",
        list_name=LIST,
        edition=edition or letters.real_edition(),
        transport=transport,
        envelope=letters.envelope(simulated=transport.simulated),
        now=dt.datetime.now(dt.UTC),
    )
