import datetime as dt

import pytest
from sqlalchemy import select

from trax_mailer.audience import import_subscribers
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage import open_ledger, schema


@pytest.fixture
def now():
    return dt.datetime(2015, 12, 18, 9, 30, tzinfo=dt.UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request):
    """Where a ledger may stand: None for a file, the settings of a database for a server."""
    return request.getfixturevalue("server_place") if request.param == "postgresql" else None


@pytest.fixture
def ledger(tmp_path, place):
    with open_ledger(tmp_path / "state", place) as opened:
        yield opened


@pytest.fixture
def bring(ledger, tmp_path, now):
    """Import text or bytes as a file; returns the report."""

    def bring_in(
        content, *, state="subscribed", list_name="UPR Trax", name="readers.csv", at=now, options=None
    ):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_subscribers(
            ledger,
            file,
            list_name=list_name,
            state=SubscriptionState(state) if state else None,
            imported_by="ana",
            now=at,
            options=options,
        )

    return bring_in


@pytest.fixture
def stored(ledger):
    """Everything the ledger knows of readers, for comparing: rows of each table."""

    def rows():
        tables = (schema.mailing_list, schema.subscriber, schema.subscription, schema.suppression)
        with ledger.read() as connection:
            return {table.name: connection.execute(select(table)).all() for table in tables}

    return rows


@pytest.fixture
def states(ledger):
    """Where each reader of a list stands, by key."""

    def of_list(list_name="UPR Trax"):
        with ledger.read() as connection:
            rows = connection.execute(
                select(schema.subscriber.c.address, schema.subscription.c.state)
                .join(schema.subscription, schema.subscription.c.subscriber_id == schema.subscriber.c.id)
                .join(schema.mailing_list, schema.mailing_list.c.id == schema.subscription.c.list_id)
                .where(schema.mailing_list.c.name == list_name)
            )
            return {row.address: row.state.value for row in rows}

    return of_list
