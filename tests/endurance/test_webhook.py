"""Events that come while the disk is full: none is answered for that is not kept, and none is lost."""

import threading

import pytest
from sqlalchemy import select

from endurance.places import small_disk
from events.ledgers import add_sent_mailing, rows, stored
from events.webhook import KEY, body_of, event, signed
from trax_mailer.errors import BadState
from trax_mailer.model.mailing import Handover
from trax_mailer.settings import SendGridSettings, Settings
from trax_mailer.storage import open_ledger, schema
from trax_mailer.workflows.webhook import webhook_of

READERS = 400


def test_nothing_acknowledged_is_lost_when_the_disk_is_full_during_ingest(tmp_path):
    with small_disk(tmp_path / "state", megabytes=8) as disk, open_ledger(tmp_path / "state") as ledger:
        add_sent_mailing(ledger, readers=READERS, handover=Handover.ACCEPTED)
        settings = Settings(
            root=tmp_path, state=tmp_path / "state", sendgrid=SendGridSettings(webhook_key=KEY)
        )
        webhook = webhook_of(ledger, settings)
        kept, refused = [], []

        def post(number):
            told = [
                event("deferred", who, at=1795000000 + number, attempt=str(number)) for who in range(1, 101)
            ]
            body = body_of(told)
            try:
                webhook.take_in(signed(body), body)
            except BadState as error:
                assert "the disk is full" in error.message
                refused.append(number)
            else:
                kept.append(number)

        post(0)
        disk.fill()
        threads = [threading.Thread(target=post, args=(number,)) for number in range(1, 60)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert refused
        disk.clear()
        in_ledger = {int(row.occurred_at.timestamp()) - 1795000000 for row in stored(ledger)}
        assert in_ledger == set(kept)
        for number in [*refused, *kept]:  # as SendGrid does, also of what was taken
            post(number)
        with ledger.read() as connection:
            raw = connection.execute(select(schema.raw_event.c.key)).all()
        assert len(raw) == len(stored(ledger)) == 60 * 100
        assert {outcome.value for _, outcome, _ in list(rows(ledger).values())[:100]} == {"deferred"}


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch):
    """Threads meet in one transaction, and in several."""
    monkeypatch.setattr("trax_mailer.workflows.webhook._MOST_AT_ONCE", 500)
