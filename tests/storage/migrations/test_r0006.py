import datetime as dt
import hashlib

import pytest

from trax_mailer.events import Report, event_from
from trax_mailer.model.event import EventKind
from trax_mailer.storage.migrations import migrate

AT = dt.datetime(2026, 1, 5, 9, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize("kind", [EventKind.PROCESSED, EventKind.BOUNCED])
def test_event_is_known_again_when_its_ledger_was_upgraded(engine, kind):
    report = Report(message_id="12.34567.5f@example.org", kind=kind, occurred_at=AT, apart="17 1", reason="")
    told = ["sendgrid", report.message_id, kind] + ([report.apart] if kind is EventKind.BOUNCED else [])
    before = hashlib.sha256("\x1f".join(told).encode()).hexdigest()
    with engine.begin() as connection:
        migrate(connection, to="0005")
        connection.exec_driver_sql(
            "INSERT INTO event (key, provider, mailing_id, subscriber_id, kind, occurred_at, received_at, "
            f"reason) VALUES ('{before}', 'sendgrid', 12, 34567, '{kind}', '{AT}', '{AT}', '')"
        )
        migrate(connection)
        (now,) = connection.exec_driver_sql("SELECT key FROM event").scalars()
    assert now == event_from(report, 12, 34567, provider="sendgrid").key
