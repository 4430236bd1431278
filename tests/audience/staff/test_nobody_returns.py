"""Whatever staff, files, bounces and readers do, in any order: who left comes back by their own act alone."""

import atexit
import datetime as dt
import shutil
import tempfile
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import delete, select

from trax_mailer.audience import find_subscriber, import_subscribers, leave, suppress
from trax_mailer.audience.erasing import erase_reader, forget_erasure
from trax_mailer.audience.lifting import lift
from trax_mailer.audience.lists import list_for_import
from trax_mailer.audience.moving import move_address
from trax_mailer.audience.staff import (
    Description,
    Wish,
    add_reader,
    change_reader,
    tag_reader,
    take_off,
)
from trax_mailer.audience.standing import bring_to
from trax_mailer.errors import Refused
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.subscriber import SubscriptionState, SuppressionReason
from trax_mailer.storage import open_ledger, open_ring, schema
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.lists import list_ids
from trax_mailer.storage.subscribers import SubscriberRow, add_subscribers
from trax_mailer.storage.subscriptions import lists_of
from trax_mailer.storage.suppressions import add_suppression

LISTS = ("UPR Trax", "Jobs")
PLACES = ("ana@a.example", "ana@b.example")
ADDRESSES = st.sampled_from(PLACES)
NAMED = st.sampled_from(LISTS)
NOW = dt.datetime(2015, 12, 18, tzinfo=dt.UTC)
STAFF = Act(kind=ActKind.STAFF, at=NOW, by="ben", words="said so")
LIFTED = (SuppressionReason.BOUNCED, SuppressionReason.UNSUBSCRIBED)


@cache
def _template():
    """A state directory with the two lists, copied for each example: making one takes much longer."""
    state = Path(tempfile.mkdtemp()) / "state"
    atexit.register(shutil.rmtree, state.parent)
    with open_ledger(state) as ledger, ledger.write() as connection:
        for name in LISTS:
            list_for_import(connection, name, now=NOW)
    return state


class Desk(RuleBasedStateMachine):
    """Keeps its own simple account of who may not be mailed where, by address, and compares.

    `gone` holds whom somebody took off a list, or who complained or bounced; `former` the addresses that
    their reader left behind; `erased` those of erased people.
    """

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        shutil.copytree(_template(), Path(self.folder.name) / "state")
        self.ledger = open_ledger(Path(self.folder.name) / "state")
        self.ring = open_ring(self.ledger)
        with self.ledger.read() as connection:
            self.ids = list_ids(connection)
        self.gone, self.erased, self.asked = set(), set(), set()
        self.former = {}

    def teardown(self):
        self.ledger.close()
        self.folder.cleanup()

    def _id(self, address):
        reader = find_subscriber(self.ledger, address)
        return reader.id if reader else None

    def _lists(self, address):
        """The names of the lists that the reader stands on, however."""
        with self.ledger.read() as connection:
            standing = lists_of(connection, self._id(address))
        return [name for name in LISTS if self.ids[name] in standing]

    @rule(address=ADDRESSES, to=NAMED, status=st.sampled_from(["subscribed", "unsubscribed"]))
    def bring(self, address, to, status):
        self._import([address], to, status=status)
        (self.asked if status == "subscribed" else self.gone).add((address, to))

    @rule(to=NAMED)
    def bring_an_old_file(self, to):
        """Everybody who was ever subscribed to the list, as subscribed."""
        self._import(sorted(address for address, name in self.asked if name == to), to, status="subscribed")

    def _import(self, addresses, to, *, status):
        file = Path(self.folder.name) / "readers.csv"
        file.write_text("\n".join(["email,status", *(f"{one.upper()},{status}" for one in addresses)]))
        how = {"list_name": to, "state": SubscriptionState.SUBSCRIBED, "imported_by": "ana", "now": NOW}
        import_subscribers(self.ledger, file, **how)

    @rule(address=ADDRESSES, to=NAMED)
    def add(self, address, to):
        wish = Wish(address=address, list_name=to, name="Ana", tags=("press",))
        try:
            add_reader(self.ledger, self.ring, wish, act=STAFF)
        except Refused:
            return
        self.asked.add((address, to))

    @rule(address=ADDRESSES)
    def move(self, address):
        """To the other address."""
        reader_id = self._id(address)
        if reader_id is None:
            return
        to = next(one for one in PLACES if one != address)
        try:
            move_address(self.ledger, self.ring, reader_id, to, act=STAFF)
        except Refused:
            return
        if self.former.get(to) == reader_id:
            del self.former[to]
        self.former[address] = reader_id
        for stands in (self.gone, self.asked):
            stands |= {(to, name) for name in LISTS if (address, name) in stands}

    @rule(address=ADDRESSES)
    def unsuppress(self, address):
        try:
            lift(self.ledger, address, act=STAFF, api=None)
        except Refused:
            return

    @rule(address=ADDRESSES)
    def suppress(self, address):
        suppress(self.ledger, address, act=STAFF)

    @rule(address=ADDRESSES)
    def do_harmless_things(self, address):
        self.ring.rotate()
        self.ring = open_ring(self.ledger)
        if self._id(address) is not None:
            tag_reader(self.ledger, address, add=["press"], remove=["ngo"], act=STAFF)
            change_reader(self.ledger, address, Description(name="Ana", fields={"role": "NGO"}), act=STAFF)

    @rule(address=ADDRESSES, name=st.sampled_from([*LISTS, None]))
    def take_off(self, address, name):
        if self._id(address) is None:
            return
        on = self._lists(address) if name is None else [name]
        try:
            take_off(self.ledger, address, list_name=name, everywhere=name is None, act=STAFF)
        except Refused:
            return
        self.gone |= {(address, one) for one in on}

    @rule(address=ADDRESSES, name=NAMED)
    def go(self, address, name):
        reader_id = self._id(address)
        if reader_id is None or name not in self._lists(address):
            return
        leave(self.ledger, list_id=self.ids[name], subscriber_id=reader_id, kind=ActKind.PAGE, now=NOW)
        self.gone.add((address, name))

    @rule(address=ADDRESSES, complains=st.booleans())
    def report(self, address, complains):
        """Mail to the address bounces for good, or its reader complains."""
        reader_id = self._id(address)
        if reader_id is None:
            return
        kind, state, reason = (
            (ActKind.COMPLAINT, SubscriptionState.COMPLAINED, SuppressionReason.COMPLAINED)
            if complains
            else (ActKind.BOUNCE, SubscriptionState.BOUNCED, SuppressionReason.BOUNCED)
        )
        on = self._lists(address)
        with self.ledger.write() as connection:
            act_id = add_act(connection, Act(kind=kind, at=NOW, subscriber_id=reader_id))
            for name in on:
                bring_to(
                    connection, [reader_id], state, list_id=self.ids[name], kind=kind, act_id=act_id, now=NOW
                )
            add_suppression(connection, address, reason=reason, source="events", now=NOW)
        self.gone |= {(address, name) for name in on}

    @rule(address=ADDRESSES)
    def erase(self, address):
        reader_id = self._id(address)
        if reader_id is None:
            return
        assert erase_reader(self.ledger, self.ring, reader_id, act=STAFF)
        theirs = {address, *(one for one, whose in self.former.items() if whose == reader_id)}
        self.erased |= theirs
        self.former = {one: whose for one, whose in self.former.items() if whose != reader_id}

    @rule(address=ADDRESSES, name=NAMED)
    def confirm(self, address, name):
        """The reader presses the link that was mailed to the address: the one act that brings back."""
        reader_id, list_id = self._id(address), self.ids[name]
        with self.ledger.write() as connection:
            if reader_id is None:
                row = SubscriberRow(address=address, email=address, name="", language="", fields={})
                reader_id = add_subscribers(connection, [row], now=NOW)[address]
            kind = ActKind.CONFIRMATION
            act_id = add_act(connection, Act(kind=kind, at=NOW, subscriber_id=reader_id, list_id=list_id))
            said = SubscriptionState.SUBSCRIBED
            bring_to(connection, [reader_id], said, list_id=list_id, kind=kind, act_id=act_id, now=NOW)
            forget_erasure(connection, self.ring, address)
            table = schema.suppression
            lifted = delete(table).where(table.c.address == address, table.c.reason.in_(LIFTED))
            connection.execute(lifted)
        self.gone.discard((address, name))
        self.asked.add((address, name))
        self.erased.discard(address)
        self.former.pop(address, None)

    @invariant()
    def nobody_is_mailed_who_left(self):
        mailed = self._mailed()
        assert not mailed & self.gone
        assert not {address for address, _ in mailed} & {*self.former, *self.erased}
        assert mailed <= self.asked

    def _mailed(self):
        subscriber, subscription = schema.subscriber, schema.subscription
        with self.ledger.read() as connection:
            rows = connection.execute(
                select(subscriber.c.email, schema.mailing_list.c.name)
                .join(subscription, subscription.c.subscriber_id == subscriber.c.id)
                .join(schema.mailing_list, schema.mailing_list.c.id == subscription.c.list_id)
                .outerjoin(schema.suppression, schema.suppression.c.address == subscriber.c.address)
                .where(subscription.c.state == "subscribed", schema.suppression.c.address.is_(None))
            )
            return {(row.email.lower(), row.name) for row in rows}


TestDesk = Desk.TestCase
TestDesk.settings = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
