"""Editions and their pictures, stored by hash: what was sent is what can be read back for ever."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from sqlalchemy import Connection, insert, select

from trax_mailer.model.edition import Asset, Edition, edition_from_json, edition_to_json
from trax_mailer.model.topics import topics_in
from trax_mailer.storage import schema


def store_edition(connection: Connection, edition: Edition, *, now: dt.datetime) -> str:
    """Store the edition and its pictures unless they are there; returns the edition's hash."""
    identity = edition.hash
    known = select(schema.edition.c.hash).where(schema.edition.c.hash == identity)
    if connection.execute(known).first() is not None:
        return identity
    connection.execute(
        insert(schema.edition).values(hash=identity, content=edition_to_json(edition), created_at=now)
    )
    for picture in {picture.sha256: picture for picture in edition.assets}.values():
        _store_asset(connection, picture)
        connection.execute(insert(schema.edition_asset).values(edition_hash=identity, sha256=picture.sha256))
    return identity


def load_edition(connection: Connection, edition_hash: str) -> Edition | None:
    """The edition of that hash with its pictures, or None."""
    content = connection.scalar(select(schema.edition.c.content).where(schema.edition.c.hash == edition_hash))
    if content is None:
        return None
    pictures = connection.execute(
        select(schema.asset.c.sha256, schema.asset.c.data)
        .join(schema.edition_asset, schema.edition_asset.c.sha256 == schema.asset.c.sha256)
        .where(schema.edition_asset.c.edition_hash == edition_hash)
    )
    return edition_from_json(content, pictures={row.sha256: row.data for row in pictures})


def edition_topics(connection: Connection, edition_hash: str) -> tuple[str, ...]:
    """The topics that sections of the edition belong to, sorted; none where there is no such edition."""
    content = connection.scalar(select(schema.edition.c.content).where(schema.edition.c.hash == edition_hash))
    return () if content is None else topics_in(edition_from_json(content, pictures=defaultdict(bytes)))


def load_asset(connection: Connection, sha256: str) -> Asset | None:
    """The picture of that SHA-256 (hex), or None."""
    row = connection.execute(select(schema.asset).where(schema.asset.c.sha256 == sha256)).mappings().first()
    return None if row is None else Asset(**row)


def _store_asset(connection: Connection, picture: Asset) -> None:
    known = select(schema.asset.c.sha256).where(schema.asset.c.sha256 == picture.sha256)
    if connection.execute(known).first() is None:
        connection.execute(
            insert(schema.asset).values(
                sha256=picture.sha256,
                media_type=picture.media_type,
                extension=picture.extension,
                width=picture.width,
                height=picture.height,
                data=picture.data,
            )
        )
