"""References of subscriptions hold on PostgreSQL without foreign keys, as they do on SQLite with them."""

import threading

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from trax_mailer.model.act import ActKind
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage import schema

PARENTS = {"subscriber_id": schema.subscriber, "list_id": schema.mailing_list, "act_id": schema.act}


@pytest.fixture
def filled(ledger, now):
    """A ledger with two of each: the first of each in a subscription, the others free."""
    with ledger.write() as connection:
        for number in (1, 2):
            connection.execute(insert(schema.mailing_list).values(name=f"list {number}", created_at=now))
            reader = {"email": "", "name": "", "language": "", "fields": {}, "created_at": now}
            connection.execute(insert(schema.subscriber).values(address=f"{number}@example.org", **reader))
            act = {"kind": ActKind.IMPORT, "at": now, "by": "", "source": "", "words": "", "details": {}}
            connection.execute(insert(schema.act).values(act))
        connection.execute(insert(schema.subscription).values(_row(now)))
    return ledger


def _row(now, **changed):
    values = {"subscriber_id": 1, "list_id": 1, "act_id": 1, "state": SubscriptionState.SUBSCRIBED}
    return values | {"changed_at": now, "line": 0} | changed


@pytest.mark.parametrize("missing", [3, 99])
@pytest.mark.parametrize("column", PARENTS)
def test_subscription_is_refused_when_it_refers_to_what_is_not_there(filled, now, column, missing):
    good = [_row(now, subscriber_id=2), _row(now, subscriber_id=2, list_id=2)]
    with filled.write() as connection:
        connection.execute(insert(schema.subscription), good)
    with pytest.raises(IntegrityError), filled.write() as connection:
        rows = [_row(now, list_id=2), _row(now, subscriber_id=2, list_id=2) | {column: missing}]
        connection.execute(delete(schema.subscription).where(schema.subscription.c.list_id == 2))
        # One statement for both: the bad one hides behind the good one.
        connection.execute(insert(schema.subscription).values(rows))
    with pytest.raises(IntegrityError), filled.write() as connection:
        connection.execute(update(schema.subscription).values({column: missing}))
    with filled.read() as connection:
        assert len(connection.execute(select(schema.subscription)).all()) == 3


@pytest.mark.parametrize("column", PARENTS)
def test_row_stays_when_a_subscription_refers_to_it(filled, column):
    parent = PARENTS[column]
    for change in (delete(parent), update(parent).values(id=parent.c.id + 10)):
        with pytest.raises(IntegrityError), filled.write() as connection:
            connection.execute(change)
    with filled.write() as connection:
        connection.execute(delete(parent).where(parent.c.id == 2))


@pytest.mark.postgres
def test_row_stays_when_a_subscription_to_it_is_being_written(server_ledger, now):
    """Without the wait, neither would see what the other does."""
    with server_ledger.write() as connection:
        connection.execute(insert(schema.mailing_list).values(name="list", created_at=now))
        reader = {"email": "", "name": "", "language": "", "fields": {}, "created_at": now}
        connection.execute(insert(schema.subscriber).values(address="ana@example.org", **reader))
        act = {"kind": ActKind.IMPORT, "at": now, "by": "", "source": "", "words": "", "details": {}}
        connection.execute(insert(schema.act).values(act))
    outcomes = []

    def remove():
        try:
            with server_ledger.write(alone=False) as connection:
                connection.execute(delete(schema.subscriber))
        except IntegrityError as error:
            outcomes.append(error)
        else:
            outcomes.append(None)

    with server_ledger.write() as connection:
        connection.execute(insert(schema.subscription).values(_row(now)))
        removing = threading.Thread(target=remove)
        removing.start()
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'subscription'::regclass"
        while not connection.exec_driver_sql(waits).scalar() and not outcomes:
            removing.join(0.02)
    removing.join(30)
    assert isinstance(outcomes[0], IntegrityError)
