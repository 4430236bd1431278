"""Made-up mailings with all that can become of them, the same for the same seed."""

import dataclasses
import datetime as dt
import random

from sqlalchemy import func, insert, select

from delivery.letters import ENVELOPE, edition
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.edition import NumberedLink
from trax_mailer.model.event import EventKind
from trax_mailer.model.mailing import AudienceKind, Handover, MailingState, Outcome
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.model.visit import TrackingMode, Verdict, VisitKind
from trax_mailer.storage import schema
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.batches import add_batches
from trax_mailer.storage.editions import store_edition
from trax_mailer.storage.lists import find_list_id, make_list
from trax_mailer.storage.mailings import NewMailing, add_mailing

START = dt.datetime(2026, 3, 3, 9, 30, tzinfo=dt.UTC)
DOMAINS = [
    *["gmail.com"] * 8,
    *["GoogleMail.com"] * 2,
    *["hotmail.co.uk"] * 4,
    "outlook.com",
    "yahoo.fr",
    "upr-info.org",
    "un.org",
    "gmx.net",
]
REASONS = ["550 5.1.1 no such user", "452 4.2.2 mailbox full", "550 5.7.1 spam", "", "hm", "5.1.10 null MX"]
LINKS = tuple(
    NumberedLink(number=n, target=f"https://example.org/{n}", label=f"Link {n}", section=s)
    for n, s in ((1, None), (2, 0), (3, 0), (4, 1), (5, 2))
)
PRESSED = [0, 1, 2, 2, 2, 3, 3, 4, 5, 9]
OUTCOMES = [Outcome.DELIVERED] * 20 + [*Outcome]
HANDOVERS = [Handover.ACCEPTED] * 20 + [Handover.SKIPPED, Handover.FAILED, Handover.UNCERTAIN]


class Made:
    """Fills a ledger."""

    def __init__(self, ledger, seed=0):
        self.ledger, self.random = ledger, random.Random(seed)
        self.lists = set()

    def mailing(
        self,
        *,
        readers=120,
        list_name="main",
        issue=58,
        language="en",
        start=START,
        visits=300,
        sent=None,
        pressed=PRESSED,
    ):
        with self.ledger.write() as connection:
            list_id = self._list(connection, list_name)
            sent = sent or dataclasses.replace(edition(), language=language, links=LINKS)
            new = NewMailing(
                issue_number=issue,
                issue_title="Thirty <years> & more",
                list_id=list_id,
                edition_hash=store_edition(connection, sent, now=START),
                transport="smtp",
                envelope=dataclasses.replace(ENVELOPE, simulated=False),
                lanes=1,
                batch_size=100,
                audience=AudienceKind.EVERYBODY,
                tracking=TrackingMode.AGGREGATE,
            )
            mailing_id = add_mailing(connection, new, now=start)
            of_it = schema.mailing.c.id == mailing_id
            connection.execute(
                schema.mailing.update().where(of_it).values(state=MailingState.DONE, started_at=start)
            )
            people = self._people(connection, list_id, readers)
            self._deliveries(connection, mailing_id, people, start)
            if visits:
                self._visits(connection, mailing_id, language, start, visits, pressed)
        return mailing_id

    def leave(self, list_name, subscriber_id, *, kind=ActKind.PAGE, at=START):
        """As a reader does, keeping where they stood."""
        now, past = schema.subscription, schema.past_subscription
        with self.ledger.write() as connection:
            list_id = find_list_id(connection, list_name)
            here = (now.c.list_id == list_id) & (now.c.subscriber_id == subscriber_id)
            names = ["subscriber_id", "list_id", "state", "changed_at", "act_id", "line"]
            connection.execute(
                insert(past).from_select(names, select(*(now.c[name] for name in names)).where(here))
            )
            act = add_act(connection, Act(kind=kind, at=at, subscriber_id=subscriber_id, list_id=list_id))
            state = SubscriptionState.UNSUBSCRIBED
            connection.execute(now.update().where(here).values(state=state, act_id=act, changed_at=at))

    def variants(self, mailing_id, shares):
        """Put the accepted into batches of variants, each up to its share of them."""
        readers = self.accepted(mailing_id)
        first = 0
        with self.ledger.write() as connection:
            for number, (topics, share) in enumerate(shares.items()):
                add_batches(connection, mailing_id, count=1, lanes=1, now=START, first=number, topics=topics)
                batch_id = connection.scalar(select(func.max(schema.batch.c.id)))
                part = readers[first : int(len(readers) * share)]
                first += len(part)
                here = schema.delivery.c.mailing_id == mailing_id, schema.delivery.c.subscriber_id.in_(part)
                connection.execute(schema.delivery.update().where(*here).values(batch_id=batch_id))

    def accepted(self, mailing_id):
        table = schema.delivery
        with self.ledger.read() as connection:
            return connection.scalars(
                select(table.c.subscriber_id)
                .where(table.c.mailing_id == mailing_id, table.c.handover == Handover.ACCEPTED)
                .order_by(table.c.subscriber_id)
            ).all()

    def _list(self, connection, name):
        return find_list_id(connection, name) or make_list(connection, name, now=START)

    def _people(self, connection, list_id, count):
        addresses = [
            f"r{list_id}x{self.random.getrandbits(48)}@{self.random.choice(DOMAINS)}" for _ in range(count)
        ]
        act = add_act(connection, Act(kind=ActKind.STAFF, at=START - dt.timedelta(days=60)))
        table = schema.subscriber
        rows = [
            {"address": one, "email": one, "name": "", "language": "en", "fields": {}, "created_at": START}
            for one in addresses
        ]
        connection.execute(insert(table), rows)
        ids = dict(
            connection.execute(
                select(table.c.address, table.c.id).where(table.c.address.in_(addresses))
            ).all()
        )
        days = [self.random.randrange(20, 200) for _ in ids]
        connection.execute(
            insert(schema.subscription),
            [
                {
                    "subscriber_id": one,
                    "list_id": list_id,
                    "state": SubscriptionState.SUBSCRIBED,
                    "changed_at": START - dt.timedelta(days=day),
                    "act_id": act,
                }
                for one, day in zip(ids.values(), days, strict=True)
            ],
        )
        return ids

    def _deliveries(self, connection, mailing_id, people, start):
        deliveries, events = [], []
        for address, one in people.items():
            handover = self.random.choice(HANDOVERS)
            accepted = handover is Handover.ACCEPTED
            outcome = self.random.choice(OUTCOMES) if accepted else Outcome.UNKNOWN
            deliveries.append(
                {
                    "mailing_id": mailing_id,
                    "subscriber_id": one,
                    "address": address,
                    "handover": handover,
                    "outcome": outcome,
                    "reason": "",
                    "changed_at": start + dt.timedelta(minutes=self.random.randrange(180)),
                }
            )
            if outcome is Outcome.UNKNOWN or self.random.random() < 0.1:
                continue
            events.extend(
                {
                    "key": f"{mailing_id}.{one}.{copy}",
                    "provider": "smtp",
                    "mailing_id": mailing_id,
                    "subscriber_id": one,
                    "kind": EventKind(outcome.value),
                    "occurred_at": start,
                    "received_at": start,
                    "reason": self.random.choice(REASONS),
                }
                for copy in range(self.random.choice([1, 1, 2]))
            )
        connection.execute(insert(schema.delivery), deliveries)
        if events:
            connection.execute(insert(schema.event), events)

    def _visits(self, connection, mailing_id, language, start, count, pressed):
        copies = [self.random.randbytes(8) for _ in range(40)]
        rows = []
        for _ in range(count):
            kind = self.random.choice([*VisitKind])
            tied = self.random.random() < 0.1
            rows.append(
                {
                    "mailing_id": mailing_id,
                    "kind": kind,
                    "link": 0 if kind is VisitKind.OPEN else self.random.choice(pressed),
                    "pseudonym": None if tied else self.random.choice(copies),
                    "subscriber_id": self.random.randrange(1, 9) if tied else None,
                    "language": language,
                    "at": start + dt.timedelta(minutes=self.random.randrange(3000)),
                    "after": 0,
                    "method": "GET",
                    "agent": "browser",
                    "hints": "",
                    "verdict": self.random.choice([*Verdict]),
                    "why": "made up",
                }
            )
        connection.execute(insert(schema.visit), rows)
