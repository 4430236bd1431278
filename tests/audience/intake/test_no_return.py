"""Whatever files are imported, in whatever order, and whoever leaves meanwhile: nobody comes back."""

import datetime as dt
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import select

from suppressing import put_suppression
from trax_mailer.audience import find_subscriber, import_subscribers, leave
from trax_mailer.audience.lists import list_for_import
from trax_mailer.model.act import ActKind
from trax_mailer.model.subscriber import SubscriptionState, SuppressionReason
from trax_mailer.storage import open_ledger, schema

NAMES = ("ana", "ben", "cleo")
LISTS = ("UPR Trax", "Jobs")
STATUSES = ("", "subscribed", "unsubscribed", "cleaned", "complained", "pending", "Gold")
ROWS = st.lists(
    st.tuples(
        st.sampled_from(NAMES), st.sampled_from(["{}", "{}", "{}@x", " {}"]), st.sampled_from(STATUSES)
    ),
    max_size=6,
)
NOW = dt.datetime(2015, 12, 18, tzinfo=dt.UTC)


class Comings(RuleBasedStateMachine):
    """Keeps its own simple account of who may not be mailed, and compares."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.ledger = open_ledger(Path(self.folder.name) / "state")
        with self.ledger.write() as connection:
            self.ids = {name: list_for_import(connection, name, now=NOW) for name in LISTS}
        self.gone = set()
        self.asked = set()

    def teardown(self):
        self.ledger.close()
        self.folder.cleanup()

    @rule(
        rows=ROWS,
        list_name=st.sampled_from(LISTS),
        state=st.sampled_from(["subscribed", "unsubscribed", "bounced"]),
        shout=st.booleans(),
    )
    def bring(self, rows, list_name, state, shout):
        lines = ["email;status"]
        for name, form, status in rows:
            email = f"{name}@example.org"
            lines.append(f"{form.format(email.upper() if shout else email)};{status}")
            if "@x" not in form:
                self._expect(name, list_name, status or state, state)
        file = Path(self.folder.name) / "readers.csv"
        file.write_text("\n".join(lines))
        how = {
            "list_name": list_name,
            "state": SubscriptionState(state),
            "imported_by": "ana",
            "now": NOW,
        }
        import_subscribers(self.ledger, file, **how)
        before = self._states()
        again = import_subscribers(self.ledger, file, **how)
        assert (again.added, again.updated) == (0, 0)
        assert self._states() == before

    def _expect(self, name, list_name, said, default):
        if said in {"unsubscribed", "cleaned", "complained", "bounced"}:
            self.gone.add((name, list_name))
        elif said == "subscribed" == default:
            self.asked.add((name, list_name))

    @rule(name=st.sampled_from(NAMES), list_name=st.sampled_from(LISTS))
    def go(self, name, list_name):
        reader = find_subscriber(self.ledger, f"{name}@example.org", list_name)
        if reader is not None:
            leave(
                self.ledger, list_id=self.ids[list_name], subscriber_id=reader.id, kind=ActKind.PAGE, now=NOW
            )
            self.gone.add((name, list_name))

    @rule(name=st.sampled_from(NAMES))
    def silence(self, name):
        put_suppression(
            self.ledger, f"{name}@example.org", reason=SuppressionReason.STAFF, source="ben", now=NOW
        )

    @invariant()
    def nobody_is_back(self):
        subscribed = {who for who, state in self._states().items() if state is SubscriptionState.SUBSCRIBED}
        assert not subscribed & self.gone
        assert subscribed <= self.asked

    def _states(self):
        with self.ledger.read() as connection:
            rows = connection.execute(
                select(schema.subscriber.c.address, schema.mailing_list.c.name, schema.subscription.c.state)
                .join(schema.subscription, schema.subscription.c.subscriber_id == schema.subscriber.c.id)
                .join(schema.mailing_list, schema.mailing_list.c.id == schema.subscription.c.list_id)
            )
            return {(row.address.split("@")[0], row.name): row.state for row in rows}


TestComings = Comings.TestCase
TestComings.settings = settings(
    max_examples=25,
    stateful_step_count=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
