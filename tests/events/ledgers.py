"""Mailings that were sent, as they stand in a ledger, without sending them."""

import datetime as dt
import json
from dataclasses import replace

from sqlalchemy import insert, select

from delivery.letters import ENVELOPE
from trax_mailer.model.mailing import AudienceKind, BatchState, Handover, MailingState, Outcome
from trax_mailer.model.visit import TrackingMode
from trax_mailer.storage import schema
from trax_mailer.storage.mailings import NewMailing, add_mailing

NOW = dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC)


def add_sent_mailing(
    ledger,
    *,
    readers=6,
    handover=Handover.UNCERTAIN,
    state=MailingState.SENDING,
    tracking=TrackingMode.NONE,
    pixel=True,
    links=(),
):
    """A mailing to readers 1 to `readers`, all of one batch, all at one handover. Returns its id.

    `links` are the targets of its edition, numbered from 1, where it is the first mailing of the ledger.
    """
    with ledger.write() as connection:
        list_id = connection.scalar(select(schema.mailing_list.c.id))
        if list_id is None:
            list_id = _add_readers(connection, readers, links=links)
        mailing_id = add_mailing(
            connection,
            NewMailing(
                issue_number=58, issue_title="Thirty years", list_id=list_id, edition_hash="e" * 64,
                transport="sendgrid", envelope=replace(ENVELOPE, pixel=pixel), lanes=1, batch_size=1000,
                audience=AudienceKind.EVERYBODY, tracking=tracking,
            ),
            now=NOW,
        )  # fmt: skip
        connection.execute(
            schema.mailing.update().where(schema.mailing.c.id == mailing_id).values(state=state)
        )
        batch = {
            "mailing_id": mailing_id, "lane": 0, "state": BatchState.UNCERTAIN, "attempt": 1,
            "provider_reference": "", "reason": "", "changed_at": NOW,
        }  # fmt: skip
        batch_id = connection.execute(insert(schema.batch).returning(schema.batch.c.id), [batch]).scalar_one()
        connection.execute(
            insert(schema.delivery),
            [
                {
                    "mailing_id": mailing_id, "subscriber_id": number, "batch_id": batch_id,
                    "address": f"reader{number}@example.org", "handover": handover,
                    "outcome": Outcome.UNKNOWN, "reason": "no answer", "changed_at": NOW,
                }
                for number in range(1, readers + 1)
            ],
        )  # fmt: skip
    return mailing_id


def rows(ledger, mailing_id=1):
    """Handover, outcome and reason of each delivery, by subscriber."""
    table = schema.delivery
    with ledger.read() as connection:
        found = connection.execute(
            select(table).where(table.c.mailing_id == mailing_id).order_by(table.c.subscriber_id)
        )
        return {row.subscriber_id: (row.handover, row.outcome, row.reason) for row in found}


def handovers(ledger, mailing_id=1):
    return {who: handover.value for who, (handover, _, _) in rows(ledger, mailing_id).items()}


def stored(ledger):
    """The events that are kept."""
    with ledger.read() as connection:
        return connection.execute(select(schema.event).order_by(schema.event.c.id)).all()


def _add_readers(connection, count, *, links):
    [list_id] = connection.execute(
        insert(schema.mailing_list).returning(schema.mailing_list.c.id),
        [{"name": "everyone", "created_at": NOW}],
    ).scalars()
    numbered = [[number, target, "", ""] for number, target in enumerate(links, 1)]
    content = json.dumps({"language": "en", "links": numbered})
    connection.execute(insert(schema.edition), [{"hash": "e" * 64, "content": content, "created_at": NOW}])
    connection.execute(
        insert(schema.subscriber),
        [
            {
                "address": f"reader{number}@example.org", "email": f"reader{number}@example.org",
                "name": "", "language": "en", "fields": {}, "created_at": NOW,
            }
            for number in range(1, count + 1)
        ],
    )  # fmt: skip
    return list_id
