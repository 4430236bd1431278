"""Which edition readers had, and which variant of it, for reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from trax_mailer.model.mailing import Handover
from trax_mailer.storage import schema
from trax_mailer.storage.variants import split_variant

_mailing, _batch, _delivery = schema.mailing, schema.batch, schema.delivery


def count_editions(connection: Connection, mailing_ids: Sequence[int]) -> Counter[tuple[str, str]]:
    """How many were accepted of each edition and variant: its hash, and the topics, empty for everything."""
    counts: Counter[tuple[str, str]] = Counter()
    for mailing_id in mailing_ids:
        edition = connection.scalar(select(_mailing.c.edition_hash).where(_mailing.c.id == mailing_id))
        for stored, people in _by_variant(connection, mailing_id).items():
            counts[str(edition), split_variant(stored)[0]] += people
    return counts


def _by_variant(connection: Connection, mailing_id: int) -> dict[str, int]:
    mine = _batch.c.mailing_id == mailing_id
    accepted = (_delivery.c.mailing_id == mailing_id, _delivery.c.handover == Handover.ACCEPTED)
    if connection.execute(select(_batch.c.id).where(mine, _batch.c.topics != "").limit(1)).first() is None:
        return {"": int(connection.scalar(select(func.count()).select_from(_delivery).where(*accepted)) or 0)}
    rows = connection.execute(
        select(_batch.c.topics, func.count())
        .join(_delivery, _delivery.c.batch_id == _batch.c.id)
        .where(mine, *accepted)
        .group_by(_batch.c.topics)
    )
    return {row[0]: row[1] for row in rows}
