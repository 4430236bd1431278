"""Numbers of deliveries for reports: outcomes, providers, bounces and hours, each counted by the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    type_coerce,
)

from trax_mailer.model.mailing import Handover, Outcome
from trax_mailer.storage import schema

_delivery = schema.delivery
_event = schema.event

PROVIDERS: dict[str, tuple[str, ...]] = {
    "Gmail": ("gmail.com", "googlemail.com"),
    "Outlook": ("outlook.%", "hotmail.%", "live.%", "msn.com"),
    "Yahoo": ("yahoo.%", "ymail.com", "rocketmail.com", "aol.com", "aol.%"),
    "Apple": ("icloud.com", "me.com", "mac.com"),
    "Proton": ("proton.me", "protonmail.com", "protonmail.ch", "pm.me"),
    "GMX and Web.de": ("gmx.%", "web.de"),
    "Mail.ru": ("mail.ru", "bk.ru", "inbox.ru", "list.ru"),
    "Yandex": ("yandex.%", "ya.ru"),
    "QQ and NetEase": ("qq.com", "foxmail.com", "163.com", "126.com"),
}
"""Who runs the mailboxes of a domain, by its name alone, as patterns of LIKE."""
OTHER = "other"

REFUSED = (Outcome.BOUNCED, Outcome.BLOCKED, Outcome.DROPPED)
"""Outcomes by which the mail did not arrive."""

_CLASSES: dict[str, tuple[str, ...]] = {
    "no such mailbox": ("%5.1.1%", "%5.1.6%", "%5.2.1%", "%5.1.3%", "Invalid Address%"),
    "no such domain": ("%5.1.2%", "%5.4.4%", "%5.1.10%"),
    "the mailbox is full": ("%5.2.2%", "%4.2.2%"),
    "the message itself": ("%5.2.3%", "%5.3.4%", "%5.6._%"),
    "policy or spam": ("%5.7.%", "%4.7.%"),
    "on the provider's list": ("Bounced Address%", "Unsubscribed Address%", "Spam Reporting Address%"),
    "for now": ("% 4._.%", "4._.%"),
}
"""Why a mail was refused, by the code or the words of the server; the first that fits."""
NO_REASON, OTHER_REASON = "no reason given", "other words"


class Accepted(NamedTuple):
    """Those who were accepted that are alike: who runs their mailboxes, what was reported, when."""

    provider: str
    outcome: Outcome
    at: dt.datetime


def count_accepted(connection: Connection, mailing_id: int) -> dict[Accepted, int]:
    """Those who were accepted, read once."""
    columns = [
        _domain(connection).label("domain"),
        _delivery.c.outcome,
        hour_of(connection, _delivery.c.changed_at).label("hour"),
    ]
    alike = (
        select(*columns, func.count().label("people"))
        .where(_accepted(mailing_id))
        .group_by("domain", _delivery.c.outcome, "hour")
        .subquery()
    )
    provider = _first_like(alike.c.domain, PROVIDERS.items(), otherwise=OTHER)
    rows = connection.execute(
        select(provider, alike.c.outcome, alike.c.hour, func.sum(alike.c.people)).group_by(
            "named", alike.c.outcome, alike.c.hour
        )
    )
    return {Accepted(row[0], row[1], read_hour(row[2])): int(row[3]) for row in rows}


def count_bounces(connection: Connection, mailing_id: int) -> dict[tuple[Outcome, str], int]:
    """Those who were accepted and refused afterwards, by outcome and class of reason: each once."""
    words = func.max(_event.c.reason)
    told = and_(
        _event.c.mailing_id == _delivery.c.mailing_id,
        _event.c.subscriber_id == _delivery.c.subscriber_id,
        cast(_event.c.kind, String) == cast(_delivery.c.outcome, String),
    )
    refused = (
        select(_delivery.c.outcome.label("outcome"), func.coalesce(words, "").label("words"))
        .select_from(_delivery.outerjoin(_event, told))
        .where(_accepted(mailing_id), _delivery.c.outcome.in_(REFUSED))
        .group_by(_delivery.c.subscriber_id, _delivery.c.outcome)
        .subquery()
    )
    kind = case(
        (refused.c.words == "", NO_REASON),
        else_=_first_like(refused.c.words, _CLASSES.items(), otherwise=OTHER_REASON),
    ).label("class")
    rows = connection.execute(
        select(refused.c.outcome, kind, func.count()).group_by(refused.c.outcome, "class")
    )
    return {(row[0], row[1]): row[2] for row in rows}


def hour_of(connection: Connection, time: ColumnElement[dt.datetime]) -> ColumnElement[str]:
    """The hour of a stored time in UTC, as text that sorts."""
    if connection.dialect.name == "postgresql":
        return func.to_char(func.timezone("UTC", time), "YYYY-MM-DD HH24")
    return func.substr(type_coerce(time, String), 1, 13)


def read_hour(text: str) -> dt.datetime:
    """The hour that `hour_of` made."""
    return dt.datetime.strptime(text, "%Y-%m-%d %H").replace(tzinfo=dt.UTC)


def _accepted(mailing_id: int) -> ColumnElement[bool]:
    return and_(_delivery.c.mailing_id == mailing_id, _delivery.c.handover == Handover.ACCEPTED)


def _domain(connection: Connection) -> ColumnElement[str]:
    position = func.strpos if connection.dialect.name == "postgresql" else func.instr
    return func.lower(func.substr(_delivery.c.address, position(_delivery.c.address, "@") + 1))


def _first_like(
    text: ColumnElement[str], patterns: Iterable[tuple[str, tuple[str, ...]]], *, otherwise: str
) -> ColumnElement[str]:
    """The name of the first whose patterns fit. Constants, so that databases know them as one expression."""
    whens = [(or_(*(text.like(one) for one in likes)), _constant(name)) for name, likes in patterns]
    return case(*whens, else_=_constant(otherwise)).label("named")


def _constant(words: str) -> ColumnElement[str]:
    return literal(words, literal_execute=True)
