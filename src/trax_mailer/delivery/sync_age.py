"""Whether what the provider knows of readers is known here, too, before a mailing starts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from trax_mailer.delivery.transports.base import Transport
from trax_mailer.model.finding import Finding, Severity
from trax_mailer.model.provider_list import NEVER
from trax_mailer.storage import Ledger
from trax_mailer.storage.provider_lists import last_whole

OLD = dt.timedelta(days=7)
_ADVICE = "Run “trax suppressions sync”, or set sendgrid.sync_suppressions: true in trax.yaml."


def check_sync(ledger: Ledger, transport: Transport) -> Iterator[Finding]:
    """A warning where the provider's lists were not read for a week, and may be. Asks only the ledger."""
    if transport.rehearsal or not transport.reads_suppressions:
        return
    with ledger.read() as connection:
        last = last_whole(connection, transport.name)
        age = ledger.clock(connection) - last
    if age <= OLD:
        return
    when = "never" if last == NEVER else f"last {age.days} days ago"
    yield Finding(
        check="preflight",
        severity=Severity.WARNING,
        message=f"SendGrid's suppressions were {when} synced: who left there may be mailed from here.",
        advice=_ADVICE,
    )
