"""A provider's suppression lists as they were last seen there, and how far each was read.

The row of a list with an empty address stands for the list itself: `seen_at` is when the last reading
began that came to its end, `since` when the present one began, and `reason` holds its offset.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from trax_mailer.model.provider_list import NEVER, ProviderEntry, ProviderList, Reading
from trax_mailer.storage import schema

_table = schema.provider_suppression
_mark = _table.alias("mark")
_ITSELF = ""


def readings(connection: Connection, provider: str) -> dict[str, Reading]:
    """How far each list was read, by name; a list that is missing was never looked at."""
    rows = connection.execute(
        select(_table).where(_table.c.provider == provider, _table.c.address == _ITSELF)
    )
    return {
        row.list: Reading(whole=row.seen_at, begun=row.since, offset=int(row.reason or 0)) for row in rows
    }


def note_reading(connection: Connection, provider: str, name: str, reading: Reading) -> None:
    """Keep how far that list was read."""
    offset = str(reading.offset or "")
    values = {"list": name, "address": _ITSELF, "since": reading.begun, "reason": offset}
    _keep(connection, [{"provider": provider, "seen_at": reading.whole, **values}])


def note_entries(connection: Connection, provider: str, entries: Sequence[ProviderEntry]) -> None:
    """Keep the entries, each list and address once; what was known of them is replaced."""
    _keep(
        connection,
        [
            {
                "provider": provider,
                "list": entry.list,
                "address": entry.address,
                "since": entry.since,
                "reason": entry.reason,
                "seen_at": entry.seen_at,
            }
            for entry in entries
        ],
    )


def entries_among(
    connection: Connection, provider: str, addresses: Collection[str]
) -> dict[tuple[str, str], ProviderEntry]:
    """What is known of these addresses, by list and address. At most some thousand at once."""
    rows = connection.execute(
        select(_table).where(_table.c.provider == provider, _table.c.address.in_(addresses))
    )
    return {(row.list, row.address): _entry(row) for row in rows if row.address != _ITSELF}


def entries_after(
    connection: Connection,
    provider: str,
    after: tuple[str, str],
    *,
    only: ProviderList | None = None,
    gone: bool | None = None,
    limit: int,
) -> list[ProviderEntry]:
    """The next entries by list and address. `gone` are those that the last whole reading did not meet."""
    name, address = after
    query = (
        select(_table)
        .select_from(_table.outerjoin(_mark, _marks()))
        .where(
            _table.c.provider == provider,
            _table.c.address != _ITSELF,
            or_(_table.c.list > name, and_(_table.c.list == name, _table.c.address > address)),
        )
        .order_by(_table.c.list, _table.c.address)
        .limit(limit)
    )
    if only is not None:
        query = query.where(_is_of(only))
    if gone is not None:
        is_gone = func.coalesce(_mark.c.seen_at > _table.c.seen_at, False)
        query = query.where(is_gone if gone else ~is_gone)
    return [_entry(row) for row in connection.execute(query)]


def count_unseen(
    connection: Connection, provider: str, which: ProviderList, *, since: dt.datetime, until: dt.datetime
) -> int:
    """How many entries were last seen from `since` on, but before `until`."""
    return (
        connection.scalar(
            select(func.count())
            .select_from(_table)
            .where(
                _table.c.provider == provider,
                _is_of(which),
                _table.c.address != _ITSELF,
                _table.c.seen_at >= since,
                _table.c.seen_at < until,
            )
        )
        or 0
    )


def forget_entry(connection: Connection, provider: str, name: str, address: str) -> None:
    """Delete what is known of the address on that list."""
    connection.execute(
        delete(_table).where(
            _table.c.provider == provider, _table.c.list == name, _table.c.address == address
        )
    )


def last_whole(connection: Connection, provider: str) -> dt.datetime:
    """Since when every list is known: when the oldest of the last whole readings began, or NEVER."""
    known = readings(connection, provider)
    return min(known[one].whole if one in known else NEVER for one in ProviderList)


def _keep(connection: Connection, rows: Sequence[dict[str, object]]) -> None:
    if not rows:
        return
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    kept = dialect.insert(_table)
    replaced = {name: kept.excluded[name] for name in ("since", "reason", "seen_at")}
    keys = [_table.c.provider, _table.c.list, _table.c.address]
    connection.execute(kept.on_conflict_do_update(index_elements=keys, set_=replaced), rows)


def _is_of(which: ProviderList) -> ColumnElement[bool]:
    if which is ProviderList.GROUPS:
        return _table.c.list.like("group:%")
    return _table.c.list == which.value


def _marks() -> ColumnElement[bool]:
    """Joins an entry to the row of its list; groups are read together."""
    return and_(
        _mark.c.provider == _table.c.provider,
        _mark.c.address == _ITSELF,
        or_(
            _mark.c.list == _table.c.list,
            and_(_mark.c.list == ProviderList.GROUPS.value, _is_of(ProviderList.GROUPS)),
        ),
    )


def _entry(row: Row[tuple[object, ...]]) -> ProviderEntry:
    return ProviderEntry(
        list=row.list, address=row.address, since=row.since, reason=row.reason, seen_at=row.seen_at
    )
