"""Blanking a reader: what stays of an erased person is that there was somebody, for the proof of mailings."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, delete, or_, select, update

from trax_mailer.model.mailing import Handover
from trax_mailer.storage import schema
from trax_mailer.storage.acts import forget_words_about
from trax_mailer.storage.subscriptions import forget_standings

_delivery, _subscriber, _notice = schema.delivery, schema.subscriber, schema.notice

ERASED = "erased:"
"""Begins the address of a blanked reader; no address that can be written begins so."""


def blank_reader(connection: Connection, subscriber_id: int, *, addresses: Collection[str]) -> None:
    """Take from the reader, and from what is known of their deliveries, everything that tells who they are.

    `addresses` are the forms of their address: what names them elsewhere goes, too. A delivery that is in
    a call keeps its address until its mailing ends (`blank_calls`): whoever makes the call needs it.
    """
    # The deliveries first: a claim that is under way holds them, and is waited for.
    # Mailing by mailing: their key begins with it.
    everywhere = _delivery.c.mailing_id.in_(select(schema.mailing.c.id))
    _blank(connection, everywhere & (_delivery.c.subscriber_id == subscriber_id))
    forget_standings(connection, subscriber_id)
    connection.execute(delete(schema.tag).where(schema.tag.c.subscriber_id == subscriber_id))
    consent = schema.tracking_consent
    connection.execute(delete(consent).where(consent.c.subscriber_id == subscriber_id))
    mine = or_(_notice.c.subscriber_id == subscriber_id, _notice.c.address.in_(addresses))
    connection.execute(delete(_notice).where(mine))
    for table in (schema.suppression, schema.provider_suppression):
        connection.execute(delete(table).where(table.c.address.in_(addresses)))
    visit = schema.visit
    connection.execute(update(visit).where(visit.c.subscriber_id == subscriber_id).values(subscriber_id=None))
    forget_words_about(connection, subscriber_id)
    connection.execute(
        update(_subscriber)
        .where(_subscriber.c.id == subscriber_id)
        .values(address=f"{ERASED}{subscriber_id}", email="", name="", language="", fields={})
    )


def blank_calls(connection: Connection, mailing_id: int) -> None:
    """At the end of a mailing: blank the deliveries of those who were erased while they were in a call."""
    if connection.execute(select(schema.erasure.c.hash).limit(1)).first() is None:
        return
    erased = select(_subscriber.c.id).where(_subscriber.c.address.startswith(ERASED))
    _blank(connection, (_delivery.c.mailing_id == mailing_id) & _delivery.c.subscriber_id.in_(erased))


def _blank(connection: Connection, whose: ColumnElement[bool]) -> None:
    connection.execute(
        update(_delivery)
        .where(whose, _delivery.c.address != "", _delivery.c.handover != Handover.CALLING)
        .values(address="", reason="")
    )
