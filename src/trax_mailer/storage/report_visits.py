"""Visits of a mailing for reports: read once, as counts and as what each copy of the mail did.

All splits of a report are added up from what comes back, which is small.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from trax_mailer.model.visit_counts import Folded, MailingVisits
from trax_mailer.storage import schema
from trax_mailer.storage.report_visits_file import read_file
from trax_mailer.storage.report_visits_server import read_server

_folded = schema.visit_count


def load_visits(connection: Connection, mailing_id: int) -> MailingVisits:
    """The visits of the mailing. Those of whom nobody knows any more who made them are of no copy."""
    read = read_server if connection.dialect.name == "postgresql" else read_file
    seen, copies = read(connection, mailing_id)
    return MailingVisits(seen=seen, copies=copies, folded=_load_folded(connection, mailing_id))


def _load_folded(connection: Connection, mailing_id: int) -> tuple[Folded, ...]:
    columns = [
        _folded.c[name] for name in ("hour", "kind", "verdict", "link", "language", "visits", "visitors")
    ]
    rows = connection.execute(select(*columns).where(_folded.c.mailing_id == mailing_id))
    return tuple(Folded(*row) for row in rows)
