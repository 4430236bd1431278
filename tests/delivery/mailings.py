"""Made-up lists and mailings, and a transport that answers what a test says."""

import datetime as dt
from collections.abc import Callable, Sequence

from sqlalchemy import select, update

from delivery.letters import ENVELOPE, edition
from trax_mailer.delivery.plan import make_mailing
from trax_mailer.delivery.transports.base import Answer, Closing, Verdict
from trax_mailer.model.mailing import Envelope, Mailing, Recipient
from trax_mailer.model.subscriber import SubscriptionState, SuppressionReason
from trax_mailer.storage import Ledger, schema
from trax_mailer.storage.lists import make_list
from trax_mailer.storage.subscribers import SubscriberRow, add_subscribers
from trax_mailer.storage.subscriptions import Standing, add_standings
from trax_mailer.storage.suppressions import add_suppression

NOW = dt.datetime(2026, 3, 3, 9, 30, tzinfo=dt.UTC)


def address(number: int) -> str:
    return f"reader{number}@example.org"


def fill_list(ledger: Ledger, name: str, *, readers: int) -> None:
    """Subscribe reader1 to readerN."""
    rows = [
        SubscriberRow(
            address=address(number), email=address(number), name=f"Reader {number}", language="en", fields={}
        )
        for number in range(1, readers + 1)
    ]
    with ledger.write() as connection:
        list_id = make_list(connection, name, now=NOW)
        ids = add_subscribers(connection, rows, now=NOW)
        standings = [
            Standing(subscriber_id=one, state=SubscriptionState.SUBSCRIBED, cause="test", evidence=())
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


def new_mailing(
    ledger: Ledger,
    *,
    batch_size: int = 4,
    transport: str = "scripted",
    simulated: bool = False,
    replaces: int | None = None,
) -> Mailing:
    values = {name: getattr(ENVELOPE, name) for name in ENVELOPE.__slots__} | {"simulated": simulated}
    return make_mailing(
        ledger,
        issue_number=58,
        issue_title="Thirty years",
        list_name="everyone",
        edition=edition(),
        transport=transport,
        envelope=Envelope(**values),
        batch_size=batch_size,
        now=NOW,
        replaces=replaces,
    )


class ScriptedTransport(Closing):
    """Answers with what `script` says for each call, and remembers whom it was given."""

    name = "scripted"
    simulated = False
    rehearsal = True

    def __init__(
        self, script: Callable[[Sequence[Recipient]], Answer] | None = None, *, window: int = 1000
    ) -> None:
        self.window = window
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
