"""Where the links of mailings lead: as they were sent, and as people changed them since."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from trax_mailer.model.edition import NumberedLink
from trax_mailer.storage import schema

_mailing = schema.mailing
_retarget = schema.retarget


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTable:
    """The links of one mailing, by number; `retargeted` holds those that lead elsewhere by now."""

    mailing_id: int
    list_id: int
    edition_hash: str
    language: str
    links: dict[int, NumberedLink]
    retargeted: dict[int, str]

    def target(self, number: int) -> str | None:
        """Where the link leads at present; None where there is no such link."""
        if number in self.retargeted:
            return self.retargeted[number]
        link = self.links.get(number)
        return link.target if link else None


def link_table(connection: Connection, mailing_id: int) -> LinkTable | None:
    """The links of the mailing, or None where there is no such mailing."""
    row = connection.execute(
        select(_mailing.c.id, _mailing.c.list_id, _mailing.c.edition_hash, schema.edition.c.content)
        .join(schema.edition, schema.edition.c.hash == _mailing.c.edition_hash)
        .where(_mailing.c.id == mailing_id)
    ).first()
    return None if row is None else _table(connection, *row)


def newest_mailings(connection: Connection, *, after: int = 0, limit: int) -> list[int]:
    """The ids of the newest tracked mailings above that id, at most so many, the oldest of them first."""
    ids = connection.scalars(
        select(_mailing.c.id).where(_mailing.c.id > after).order_by(_mailing.c.id.desc()).limit(limit)
    )
    return sorted(ids)


def last_retarget(connection: Connection) -> int:
    """The id of the last change of a link; 0 where there is none."""
    newest = select(_retarget.c.id).order_by(_retarget.c.id.desc()).limit(1)
    return int(connection.scalar(newest) or 0)


def retargeted_since(connection: Connection, change: int) -> set[int]:
    """The ids of the mailings with links that were changed after that change."""
    return set(connection.scalars(select(_retarget.c.mailing_id).where(_retarget.c.id > change)))


def add_retarget(
    connection: Connection, mailing_id: int, link: int, *, target: str, act_id: int, now: dt.datetime
) -> None:
    """From now on, the link of the mailing leads there."""
    connection.execute(
        insert(_retarget).values(mailing_id=mailing_id, link=link, target=target, act_id=act_id, at=now)
    )


def _table(
    connection: Connection, mailing_id: int, list_id: int, edition_hash: str, written: str
) -> LinkTable:
    content = json.loads(written)
    changed = connection.execute(
        select(_retarget.c.link, _retarget.c.target)
        .where(_retarget.c.mailing_id == mailing_id)
        .order_by(_retarget.c.id)
    )
    return LinkTable(
        mailing_id=mailing_id,
        list_id=list_id,
        edition_hash=edition_hash,
        language=content.get("language", ""),
        links={
            number: NumberedLink(number=number, target=target, label=label, section=section)
            for number, target, label, section in content.get("links", ())
        },
        retargeted={one.link: one.target for one in changed},
    )
