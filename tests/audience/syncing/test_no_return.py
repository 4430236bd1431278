"""Whatever is synced, imported, suppressed and lifted, in whatever order: nobody comes back by it."""

import datetime as dt
import tempfile
import threading
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import select

from contracts.sendgrid_lists import pretend_lists
from suppressing import put_suppression
from trax_mailer.audience import find_subscriber, import_subscribers, leave
from trax_mailer.audience.erasing import erased_among
from trax_mailer.audience.lifting import lift
from trax_mailer.audience.lists import list_for_import
from trax_mailer.audience.standing import bring_to
from trax_mailer.audience.syncing import Wanted, sync_suppressions
from trax_mailer.errors import Refused
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.subscriber import SubscriptionState, SuppressionReason
from trax_mailer.providers.sendgrid.suppressions import SuppressionApi
from trax_mailer.storage import open_ledger, open_ring, schema
from trax_mailer.storage.acts import add_act

NAMES = st.sampled_from(["ana", "ben"])
BY_READERS = st.sampled_from(["spam_reports", "unsubscribes"])
MAIN, JOBS = "UPR Trax", "Jobs"
LISTS = st.sampled_from([MAIN, JOBS])
GROUP = 7


class Comings(RuleBasedStateMachine):
    """Keeps its own account of who must not be mailed on which list; only a confirmation takes it back."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.server = pretend_lists()
        self.there = self.server.__enter__()
        self.there.groups[GROUP] = {}
        self.ledger = open_ledger(Path(self.folder.name) / "state")
        self.ring = open_ring(self.ledger)
        self.now = dt.datetime(2015, 12, 18, tzinfo=dt.UTC)
        self.there.clock = lambda: self.now.timestamp()  # noqa: PLW0108 - the present one
        self.api = SuppressionApi(self.there.settings(), stop=threading.Event(), say=print)
        with self.ledger.write() as connection:
            self.ids = {name: list_for_import(connection, name, now=self.now) for name in (MAIN, JOBS)}
        self.gone = set()
        self.unseen = set()

    def teardown(self):
        self.ledger.close()
        self.server.__exit__(None, None, None)
        self.folder.cleanup()

    def later(self):
        self.now += dt.timedelta(minutes=5)
        return int(self.now.timestamp())

    @rule(name=NAMES, which=BY_READERS, synced=st.booleans())
    def leave_there(self, name, which, synced):
        if f"{name}@example.org" not in self.there.entries[which]:
            self.there.put(which, f"{name}@example.org", created=self.later() + 7200)
            self.now += dt.timedelta(hours=3)
            self.unseen |= {(name, MAIN), (name, JOBS)}
        if synced:
            self.sync(dry_run=False)

    @rule(name=NAMES)
    def leave_the_group(self, name):
        if f"{name}@example.org" not in self.there.groups[GROUP]:
            self.there.leave(GROUP, f"{name}@example.org", created=self.later() + 7200)
            self.now += dt.timedelta(hours=3)
            self.unseen.add((name, MAIN))

    @rule(name=NAMES)
    def support_lifts_there(self, name):
        for entries in (*self.there.entries.values(), self.there.groups[GROUP]):
            entries.pop(f"{name}@example.org", None)
        self.unseen -= {(name, MAIN), (name, JOBS)}  # nobody here ever heard of it

    @rule(dry_run=st.booleans())
    def sync_at_some_time(self, dry_run):
        self.sync(dry_run=dry_run)

    def sync(self, *, dry_run):
        self.later()
        sync_suppressions(
            self.ledger,
            self.api,
            Wanted(groups={MAIN: GROUP}, by="ana", dry_run=dry_run),
            erased=lambda connection, keys: erased_among(connection, self.ring, keys),
            now=self.now,
            progress=lambda *_: None,
        )
        if not dry_run:
            self.gone |= self.unseen
            self.unseen.clear()

    @rule(name=NAMES, list_name=LISTS)
    def bring(self, name, list_name):
        file = Path(self.folder.name) / "readers.csv"
        file.write_text(f"email\n{name}@example.org\n")
        self.later()
        import_subscribers(
            self.ledger,
            file,
            list_name=list_name,
            state=SubscriptionState.SUBSCRIBED,
            imported_by="ana",
            now=self.now,
        )

    @rule(name=NAMES, list_name=LISTS)
    def go(self, name, list_name):
        reader = find_subscriber(self.ledger, f"{name}@example.org", list_name)
        if reader is not None:
            self.later()
            leave(
                self.ledger,
                list_id=self.ids[list_name],
                subscriber_id=reader.id,
                kind=ActKind.PAGE,
                now=self.now,
            )
            self.gone.add((name, list_name))

    @rule(name=NAMES, list_name=LISTS)
    def confirm(self, name, list_name):
        reader = find_subscriber(self.ledger, f"{name}@example.org")
        if reader is None:
            return
        self.later()
        kind, list_id = ActKind.CONFIRMATION, self.ids[list_name]
        with self.ledger.write() as connection:
            act = Act(kind=kind, at=self.now, subscriber_id=reader.id, list_id=list_id)
            bring_to(
                connection,
                [reader.id],
                SubscriptionState.SUBSCRIBED,
                list_id=list_id,
                kind=kind,
                act_id=add_act(connection, act),
                now=self.now,
            )
        self.gone.discard((name, list_name))
        self.unseen.discard((name, list_name))

    @rule(name=NAMES, reason=st.sampled_from(list(SuppressionReason)))
    def silence(self, name, reason):
        put_suppression(self.ledger, f"{name}@example.org", reason=reason, source="ben", now=self.now)

    @rule(name=NAMES, there=st.booleans())
    def lift(self, name, there):
        self.later()
        act = Act(kind=ActKind.STAFF, at=self.now, by="ben")
        try:
            lift(self.ledger, f"{name}@example.org", act=act, api=self.api if there else None)
        except Refused:
            return

    @invariant()
    def nobody_is_back(self):
        assert not self._mailed() & self.gone

    def _mailed(self):
        """Who would be mailed now, as a send would count them."""
        with self.ledger.read() as connection:
            rows = connection.execute(
                select(schema.subscriber.c.address, schema.mailing_list.c.name)
                .join(schema.subscription, schema.subscription.c.subscriber_id == schema.subscriber.c.id)
                .join(schema.mailing_list, schema.mailing_list.c.id == schema.subscription.c.list_id)
                .outerjoin(schema.suppression, schema.suppression.c.address == schema.subscriber.c.address)
                .where(
                    schema.subscription.c.state == SubscriptionState.SUBSCRIBED,
                    schema.suppression.c.address.is_(None),
                )
            )
            return {(row.address.split("@")[0], row.name) for row in rows}


TestComings = Comings.TestCase
TestComings.settings = settings(
    max_examples=12,
    stateful_step_count=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
