"""Proofs: the account of a mailing, counted from its deliveries and kept when it has come to its end."""

from __future__ import annotations

import dataclasses

from sqlalchemy import Connection, select, update

from trax_mailer.model.mailing import ENDED, Handover, Proof
from trax_mailer.storage import schema
from trax_mailer.storage.deliveries import count_mailing

_table = schema.mailing


def count_proof(connection: Connection, mailing_id: int) -> Proof:
    """The account of the mailing, counted from its deliveries."""
    counts = count_mailing(connection, mailing_id)
    return Proof(
        audience=sum(counts.values()),
        accepted=counts.get(Handover.ACCEPTED, 0),
        skipped=counts.get(Handover.SKIPPED, 0),
        failed=counts.get(Handover.FAILED, 0),
        uncertain=counts.get(Handover.UNCERTAIN, 0),
        waiting=counts.get(Handover.QUEUED, 0) + counts.get(Handover.CALLING, 0),
    )


def store_proof(connection: Connection, mailing_id: int, *, proof: Proof) -> None:
    """Keep the account of a mailing that has come to its end, done or cancelled."""
    connection.execute(
        update(_table)
        .where(_table.c.id == mailing_id, _table.c.state.in_(ENDED))
        .values(proof=dataclasses.asdict(proof))
    )


def refresh_proof(connection: Connection, mailing_id: int) -> None:
    """Count the account of a mailing anew that had come to its end: evidence or a person settled a doubt."""
    if stored_proof(connection, mailing_id) is not None:
        store_proof(connection, mailing_id, proof=count_proof(connection, mailing_id))


def stored_proof(connection: Connection, mailing_id: int) -> Proof | None:
    """The account as it was kept at the end, None before."""
    data = connection.scalar(select(_table.c.proof).where(_table.c.id == mailing_id))
    return None if data is None else Proof(**data)
