"""Made-up lists and mailings, and a transport that answers what a test says."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select, update

from delivery.letters import ENVELOPE, edition
from trax_mailer.delivery import Course, Patience, begin, find_mailing, make_mailing, run_lane
from trax_mailer.delivery.transports.base import Answer, Closing, Transport, Verdict
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.mailing import Envelope, Mailing, Recipient
from trax_mailer.model.subscriber import SubscriptionState, SuppressionReason
from trax_mailer.storage import Ledger, schema
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.lists import find_list_id, make_list
from trax_mailer.storage.subscribers import SubscriberRow, add_subscribers, subscribers_among
from trax_mailer.storage.subscriptions import Standing, add_standings
from trax_mailer.storage.suppressions import add_suppression
from trax_mailer.tokens import KeyRing

NOW = dt.datetime(2026, 3, 3, 9, 30, tzinfo=dt.UTC)


def address(number: int) -> str:
    return f"reader{number}@example.org"


def fill_list(ledger: Ledger, name: str, *, readers: int) -> None:
    """Subscribe reader1 to readerN to a new list."""
    with ledger.write() as connection:
        make_list(connection, name, now=NOW)
    fill_more(ledger, name, first=1, last=readers)


def fill_more(ledger: Ledger, name: str, *, first: int, last: int) -> None:
    """Subscribe the readers of those numbers, whom the ledger may know already."""
    numbers = range(first, last + 1)
    with ledger.write() as connection:
        list_id = find_list_id(connection, name)
        found = subscribers_among(connection, [address(number) for number in numbers])
        known = {email: reader.id for email, reader in found.items()}
        rows = [
            SubscriberRow(
                address=address(number),
                email=address(number),
                name=f"Reader {number}",
                language="en",
                fields={},
            )
            for number in numbers
            if address(number) not in known
        ]
        ids = {**known, **add_subscribers(connection, rows, now=NOW)}
        act_id = add_act(connection, Act(kind=ActKind.STAFF, at=NOW))
        standings = [
            Standing(subscriber_id=one, state=SubscriptionState.SUBSCRIBED, act_id=act_id)
            for one in ids.values()
        ]
        add_standings(connection, list_id, standings, now=NOW)


def unsubscribe(ledger: Ledger, number: int) -> None:
    with ledger.write() as connection:
        who = select(schema.subscriber.c.id).where(schema.subscriber.c.address == address(number))
        connection.execute(
            update(schema.subscription)
            .where(schema.subscription.c.subscriber_id == who.scalar_subquery())
            .values(state=SubscriptionState.UNSUBSCRIBED)
        )


def suppress(ledger: Ledger, number: int) -> None:
    with ledger.write() as connection:
        add_suppression(connection, address(number), reason=SuppressionReason.BOUNCED, source="test", now=NOW)


class ScriptedTransport(Closing):
    """Answers with what `script` says for each call, and remembers whom it was given."""

    simulated = False
    rehearsal = True

    def __init__(
        self,
        script: Callable[[Sequence[Recipient]], Answer] | None = None,
        *,
        window: int = 1000,
        name: str = "scripted",
        batch_size: int = 4,
        lanes: int = 1,
        rate: int = 0,
        by_domain: bool = False,
    ) -> None:
        self.name = name
        self.window = window
        self.batch_size = batch_size
        self.lanes = lanes
        self.rate = rate
        self.by_domain = by_domain
        self.calls: list[list[str]] = []
        self.recipients: list[Recipient] = []
        self._script = script or (lambda _: Answer(verdict=Verdict.ACCEPTED))

    def preflight(self, from_email):
        return []

    def open(self, letter):
        self.letter = letter

    def send(self, recipients, *, batch):
        self.calls.append([one.email for one in recipients])
        self.recipients += recipients
        return self._script(recipients)

    def close(self):
        pass


def new_mailing(
    ledger: Ledger,
    *,
    batch_size: int = 4,
    lanes: int = 1,
    transport: str = "scripted",
    simulated: bool = False,
    list_name: str = "everyone",
    **more: Any,
) -> Mailing:
    values = {name: getattr(ENVELOPE, name) for name in ENVELOPE.__slots__} | {"simulated": simulated}
    through = ScriptedTransport(name=transport, batch_size=batch_size, lanes=lanes)
    return make_mailing(
        ledger,
        issue_number=58,
        issue_title="Thirty years",
        list_name=list_name,
        edition=edition(),
        transport=through,
        envelope=Envelope(**values),
        **{"now": NOW} | more,
    )


def drive(
    ledger: Ledger,
    mailing: Mailing,
    transport: Transport,
    ring: KeyRing,
    *,
    patience: Patience | None = None,
    **more: Any,
) -> Mailing:
    """Start the mailing and work its lanes off, one after another. Returns what became of it."""
    begin(ledger, mailing.id, now=NOW)
    course = Course(patience or Patience())
    for lane in range(mailing.lanes):
        run_lane(ledger, mailing.id, lane=lane, transport=transport, ring=ring, course=course, **more)
    found = find_mailing(ledger, mailing.id)
    assert found is not None
    return found
