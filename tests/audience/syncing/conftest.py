import datetime as dt
import threading

import pytest
from sqlalchemy import select

from contracts.sendgrid_lists import pretend_lists
from trax_mailer.audience.erasing import erased_among
from trax_mailer.audience.standing import bring_to
from trax_mailer.audience.syncing import Wanted, sync_suppressions
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.providers.sendgrid.asking import Patience
from trax_mailer.providers.sendgrid.suppressions import SuppressionApi
from trax_mailer.storage import open_ring, schema
from trax_mailer.storage.acts import add_act


@pytest.fixture
def now():
    """After the time of the pretend account's entries, which is 2015-12-13."""
    return dt.datetime(2015, 12, 18, 9, 30, tzinfo=dt.UTC)


@pytest.fixture
def lists():
    with pretend_lists() as opened:
        yield opened


@pytest.fixture
def api(lists):
    patience = Patience(tries=2, first=0.01)
    return SuppressionApi(
        lists.settings(), stop=threading.Event(), say=lambda _words: None, patience=patience
    )


@pytest.fixture
def sync(ledger, api, lists, now):
    """Sync; the outcomes by list. Each call is a minute later than the one before, there as here."""
    calls = []
    ring = open_ring(ledger)

    def run(*, groups=None, dry_run=False, after=None):
        calls.append(now + (after or dt.timedelta(minutes=len(calls))))
        lists.clock = calls[-1].timestamp
        report = sync_suppressions(
            ledger,
            api,
            Wanted(groups=groups or {}, by="ana", dry_run=dry_run),
            erased=lambda connection, keys: erased_among(connection, ring, keys),
            now=calls[-1],
            progress=lambda _words, _count: None,
        )
        assert report.dry_run is dry_run
        return {one.list: one for one in report.outcomes}

    return run


@pytest.fixture
def confirm(ledger):
    """The reader comes back to a list by their own act."""

    def back(subscriber_id, *, at, list_id=1):
        with ledger.write() as connection:
            kind = ActKind.CONFIRMATION
            act_id = add_act(connection, Act(kind=kind, at=at, subscriber_id=subscriber_id, list_id=list_id))
            bring_to(
                connection,
                [subscriber_id],
                SubscriptionState.SUBSCRIBED,
                list_id=list_id,
                kind=kind,
                act_id=act_id,
                now=at,
            )

    return back


@pytest.fixture
def suppressed(ledger):
    """Who is suppressed, why, and by what source."""

    def rows():
        with ledger.read() as connection:
            return {
                row.address: (row.reason.value, row.source)
                for row in connection.execute(select(schema.suppression))
            }

    return rows


@pytest.fixture
def whole(ledger):
    """Every row of every table about readers, for comparing."""

    def rows():
        tables = (
            schema.subscriber,
            schema.subscription,
            schema.past_subscription,
            schema.suppression,
            schema.provider_suppression,
            schema.act,
        )
        with ledger.read() as connection:
            return {table.name: connection.execute(select(table)).all() for table in tables}

    return rows
