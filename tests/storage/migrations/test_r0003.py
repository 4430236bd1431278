import datetime as dt

import pytest
from sqlalchemy import create_engine, select

from storage.migrations.old_ledger import fill, old_file
from storage.migrations.test_r0002 import _connect
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage import open_ledger, schema
from trax_mailer.storage.acts import acts_among
from trax_mailer.storage.migrations import migrate
from trax_mailer.storage.subscriptions import lists_of, steps_of

AT = dt.datetime(2015, 11, 30, 9, 30, tzinfo=dt.UTC)
TWICE = (
    '[{"state":"subscribed","how":"import","file":"readers.csv","line":7,"by":"ana",'
    '"at":"2015-11-30T09:30:00+00:00"},'
    '{"state":"unsubscribed","how":"one-click","at":"2015-12-01T10:00:00+00:00"}]'
)


def _open_upgraded(request, state, *, on_server):
    """An old ledger with one reader who left, brought up to date."""
    left = (
        "UPDATE subscription SET state = 'unsubscribed', cause = 'one-click', "
        f"changed_at = '2015-12-01 10:00:00', evidence = '{TWICE}' WHERE subscriber_id = 5"
    )
    if not on_server:
        old_file(state)
        engine = create_engine(f"sqlite:///{state / 'ledger.db'}")
        with engine.begin() as connection:
            connection.exec_driver_sql(left)
        engine.dispose()
        return open_ledger(state)
    database = request.getfixturevalue("database")
    engine = create_engine("postgresql+psycopg://", creator=lambda: _connect(database))
    with engine.begin() as connection:
        migrate(connection, to="0001")
        fill(connection)
        connection.exec_driver_sql(left.replace("10:00:00'", "10:00:00+00'"))
    engine.dispose()
    return open_ledger(state, database)


@pytest.fixture(params=[False, pytest.param(True, marks=pytest.mark.postgres)], ids=["file", "server"])
def upgraded(request, state):
    with _open_upgraded(request, state, on_server=request.param) as ledger:
        yield ledger


def test_evidence_becomes_acts_when_an_old_ledger_is_upgraded(upgraded):
    with upgraded.read() as connection:
        step, left = steps_of(connection, 5)
        acts = acts_among(connection, [step.act_id, left.act_id])
        assert (step.state, step.at, step.line) == ("subscribed", AT, 7)
        assert (left.state, left.at) == ("unsubscribed", dt.datetime(2015, 12, 1, 10, tzinfo=dt.UTC))
        came, went = acts[step.act_id], acts[left.act_id]
        assert (came.kind, came.source, came.by, came.at) == ("import", "readers.csv", "ana", AT)
        assert (went.kind, went.by) == ("one-click", "")


def test_one_import_is_one_act_when_an_old_ledger_is_upgraded(upgraded):
    with upgraded.read() as connection:
        first = lists_of(connection, 1)[1]
        assert first.line == 2
        assert first.act_id == steps_of(connection, 5)[0].act_id


def test_everybody_stands_where_they_stood_when_an_old_ledger_is_upgraded(upgraded):
    with upgraded.read() as connection:
        rows = connection.execute(select(schema.subscription.c.subscriber_id, schema.subscription.c.state))
        assert dict(rows.all()) == {
            1: SubscriptionState.SUBSCRIBED,
            2: SubscriptionState.COMPLAINED,
            5: SubscriptionState.UNSUBSCRIBED,
        }
