"""A ledger that SendGrid's events are posted to: who stands where before, and what came of it."""

import datetime as dt

from sqlalchemy import insert, select, update

from events.ledgers import add_sent_mailing, rows
from events.webhook import KEY, body_of, signed
from trax_mailer.model.visit import TrackingMode
from trax_mailer.settings import SendGridSettings, Settings
from trax_mailer.storage import schema
from trax_mailer.workflows.webhook import webhook_of

NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
READERS = 20
LINKS = ("https://news.example.com/i/42?ref=mail&x=é", "https://news.example.com/i/42")


def settings(folder, key=KEY, **further):
    return Settings(root=folder, state=folder, sendgrid=SendGridSettings(webhook_key=key, **further))


class Poster:
    """Posts events as SendGrid does; `webhook` is the same for all of them."""

    def __init__(self, ledger, folder, *, now=NOW, **further):
        self.webhook = webhook_of(ledger, settings(folder, **further), clock=lambda: now)

    def __call__(self, *events, **changed):
        body = body_of(list(events))
        return self.webhook.take_in(signed(body) | changed, body)


def prepare(ledger, *, tracking=TrackingMode.AGGREGATE, pixel=False, handover=None):
    """Readers on two lists, and a mailing to the first that all were sent. Reader 9 is late@…"""
    given = {} if handover is None else {"handover": handover}
    add_sent_mailing(ledger, readers=READERS, tracking=tracking, pixel=pixel, links=LINKS, **given)
    late = "late@reader.example.net"
    with ledger.write() as connection:
        subscriber, delivery = schema.subscriber, schema.delivery
        connection.execute(update(subscriber).where(subscriber.c.id == 9).values(address=late, email=late))
        connection.execute(update(delivery).where(delivery.c.subscriber_id == 9).values(address=late))
        started = NOW - dt.timedelta(days=6)  # shortly before the events
        connection.execute(update(schema.mailing).values(started_at=started))
        connection.execute(insert(schema.mailing_list).values(name="jobs", created_at=NOW))
        act = {"kind": "import", "at": started, "by": "", "source": "", "words": "", "details": {}}
        connection.execute(insert(schema.act).values(act))
        connection.execute(
            insert(schema.subscription),
            [
                {
                    "subscriber_id": number, "list_id": list_id, "state": "subscribed", "changed_at": started,
                    "act_id": 1, "line": 0,
                }
                for number in range(1, READERS + 1)
                for list_id in (1, 2)
            ],
        )  # fmt: skip


def all_of(ledger, table, *columns):
    with ledger.read() as connection:
        return [tuple(row) for row in connection.execute(select(*(table.c[name] for name in columns)))]


def raw(ledger):
    """Kind, content and reason of what is kept as it was posted."""
    return all_of(ledger, schema.raw_event, "kind", "content", "refused")


def visits(ledger):
    names = ("kind", "link", "pseudonym", "subscriber_id", "at", "after", "agent", "hints")
    return sorted(all_of(ledger, schema.visit, *names), key=repr)


def standing(ledger):
    """Where readers stand who are no longer subscribed, by reader and list."""
    found = all_of(ledger, schema.subscription, "subscriber_id", "list_id", "state")
    return {(who, where): state.value for who, where, state in found if state.value != "subscribed"}


def suppressed(ledger):
    return {key: reason.value for key, reason in all_of(ledger, schema.suppression, "address", "reason")}


def state(ledger):
    """What must be the same in whatever order the same events came."""
    return rows(ledger), standing(ledger), suppressed(ledger), visits(ledger)


def consent(ledger, *readers):
    with ledger.write() as connection:
        connection.execute(
            insert(schema.tracking_consent),
            [{"subscriber_id": one, "list_id": 1, "given_at": NOW, "given_act_id": 1} for one in readers],
        )


def content_of(ledger):
    """Everything that is in the file, as bytes."""
    ledger.close()
    return b"".join(path.read_bytes() for path in ledger.state.glob("ledger.db*"))
