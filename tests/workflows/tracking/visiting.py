"""Visits as tests make them, and what the ledger keeps of them."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import insert, select, update

from delivery.mailings import NOW
from trax_mailer.model.act import Act, ActKind
from trax_mailer.storage import Ledger, schema
from trax_mailer.storage.acts import add_act
from trax_mailer.workflows.tracking.arrivals import Arrivals
from trax_mailer.workflows.tracking.targets import Targets
from trax_mailer.workflows.tracking.writing import VisitWriter

AT = 1_772_530_245.7  # 2026-03-03T09:30:45.7Z


@dataclass
class House:
    ledger: Ledger
    mailing_id: int

    def writer(self, journal="test"):
        return VisitWriter(self.ledger, Targets(self.ledger), journal=journal)

    def rows(self):
        with self.ledger.read() as connection:
            return connection.execute(select(schema.visit).order_by(schema.visit.c.id)).all()

    def counts(self):
        table = schema.visit_count
        with self.ledger.read() as connection:
            return {
                (row.kind, row.link, row.hour, row.verdict): (row.visits, row.visitors)
                for row in connection.execute(select(table))
            }

    def counters(self):
        with self.ledger.read() as connection:
            return {row.name: row.value for row in connection.execute(select(schema.counter))}

    def reader(self, number=1):
        with self.ledger.read() as connection:
            ids = connection.scalars(select(schema.subscriber.c.id).order_by(schema.subscriber.c.id)).all()
        return ids[number - 1]

    def consent(self, reader):
        with self.ledger.write() as connection:
            act_id = add_act(connection, Act(kind=ActKind.PAGE, at=NOW, subscriber_id=reader))
            connection.execute(
                insert(schema.tracking_consent).values(
                    subscriber_id=reader, list_id=1, given_at=NOW, given_act_id=act_id
                )
            )

    def withdraw(self, reader):
        table = schema.tracking_consent
        with self.ledger.write() as connection:
            act_id = add_act(connection, Act(kind=ActKind.PAGE, at=NOW, subscriber_id=reader))
            connection.execute(
                update(table)
                .where(table.c.subscriber_id == reader)
                .values(withdrawn_at=NOW, withdrawn_act_id=act_id)
            )


def note(arrivals: Arrivals, mailing_id, *, at=None, mark=b"pseudony", reader=None, link=1, **more):
    """A click as it arrives."""
    values = {"kind": "click", "method": "GET", "agent": "browser", "hints": ""} | more
    arrivals.note(
        time.time() if at is None else at,
        mailing_id,
        values["kind"],
        link,
        mark if reader is None else reader.to_bytes(8, "big"),
        reader is not None,
        values["method"],
        values["agent"],
        values["hints"],
    )


def taken(*visits):
    """Those visits, taken from a queue; each is what `note` takes."""
    arrivals = Arrivals()
    for visit in visits:
        note(arrivals, **visit)
    return arrivals.take(1000)[0]
