"""The trail of acts: who changed what, when; for staff, and for whoever asks them."""

from __future__ import annotations

from trax_mailer.model.trail import TrailLine
from trax_mailer.storage import Ledger
from trax_mailer.storage.trail import acts_with_names, states_brought


def trail(ledger: Ledger, *, about: int | None, before: int | None, limit: int) -> list[TrailLine]:
    """The last acts, the newest first: all, or those that concern the reader of the id `about`."""
    with ledger.read() as connection:
        rows = acts_with_names(connection, about=about, before=before, limit=limit)
        readers = {row.id: about or row.subscriber_id for row in rows}
        known = sorted({one for one in readers.values() if one is not None})
        states = states_brought(connection, [row.id for row in rows], known)
    return [
        TrailLine(
            id=row.id,
            at=row.at,
            kind=row.kind,
            by=row.by,
            source=row.source,
            words=row.words,
            reader=row.email or "",
            erased=row.subscriber_id is not None and not row.email,
            list_name=row.list_name or "",
            state=states.get((row.id, readers[row.id] or 0), ""),
            details=row.details,
        )
        for row in rows
    ]
