"""What the ledger holds on one reader, table by table."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, or_, select

from trax_mailer.storage import schema


def deliveries_of(connection: Connection, subscriber_id: int) -> list[Row[Any]]:
    """Every delivery of theirs, the latest mailing first, with the mailing's issue, simulated and list_id."""
    delivery, mailing = schema.delivery, schema.mailing
    query = (
        select(
            delivery,
            mailing.c.issue_number,
            mailing.c.issue_title,
            mailing.c.simulated,
            mailing.c.list_id,
        )
        .join(mailing, mailing.c.id == delivery.c.mailing_id)
        # Mailing by mailing: the key of a delivery begins with it.
        .where(delivery.c.mailing_id.in_(select(mailing.c.id)), delivery.c.subscriber_id == subscriber_id)
        .order_by(delivery.c.mailing_id.desc())
    )
    return list(connection.execute(query))


def consents_of(connection: Connection, subscriber_id: int) -> list[Row[Any]]:
    """Every consent to individual tracking that they gave, oldest first."""
    table = schema.tracking_consent
    query = select(table).where(table.c.subscriber_id == subscriber_id).order_by(table.c.id)
    return list(connection.execute(query))


def provider_lists_of(connection: Connection, address: str) -> list[Row[Any]]:
    """The lists of providers that the address of that key was last seen on."""
    table = schema.provider_suppression
    query = select(table).where(table.c.address == address).order_by(table.c.provider, table.c.list)
    return list(connection.execute(query))


def notices_of(connection: Connection, subscriber_id: int, *, address: str) -> list[Row[Any]]:
    """The notices made for them, oldest first."""
    table = schema.notice
    mine = or_(table.c.subscriber_id == subscriber_id, table.c.address == address)
    return list(connection.execute(select(table).where(mine).order_by(table.c.id)))


def events_of(connection: Connection, subscriber_id: int, *, mailings: list[int]) -> list[Row[Any]]:
    """What was reported about their deliveries in those mailings, oldest first."""
    table = schema.event
    query = select(table).where(table.c.mailing_id.in_(mailings), table.c.subscriber_id == subscriber_id)
    return list(connection.execute(query.order_by(table.c.occurred_at, table.c.id)))


def visits_of(connection: Connection, subscriber_id: int) -> list[Row[Any]]:
    """The clicks and opens that are tied to them, by their consent, oldest first; with the issue's number."""
    table, mailing = schema.visit, schema.mailing
    query = (
        select(table.c.kind, table.c.link, table.c.at, mailing.c.issue_number)
        .join(mailing, mailing.c.id == table.c.mailing_id)
        .where(table.c.subscriber_id == subscriber_id)
        .order_by(table.c.at, table.c.id)
    )
    return list(connection.execute(query))


def titles_of_lists(connection: Connection) -> dict[int, tuple[str, str]]:
    """The name and the title of every list, by its id; a list without a title goes by its name."""
    table = schema.mailing_list
    rows = connection.execute(select(table.c.id, table.c.name, table.c.title))
    return {row.id: (row.name, row.title or row.name) for row in rows}
