"""A ledger with at least one row in every table, and everything that it holds as plain values."""

import datetime as dt

from sqlalchemy import insert, select

from trax_mailer.storage import schema
from trax_mailer.storage.contents import LEDGER_TABLES

NOW = dt.datetime(2026, 3, 3, 9, 30, 0, 120, tzinfo=dt.UTC)
ODD = 'Ștefan "Ana"\t\\N \\. \n\r{} → 🙂'
MORE = 12_000
"""Readers beyond one chunk."""


def fill_every_table(ledger, *, readers=3):
    """Rows with every kind of value: odd words, empty ones, none, times, numbers, pictures."""
    with ledger.write() as connection:
        _fill_audience(connection, readers)
        _fill_mailing(connection)


def _fill_audience(connection, readers):
    connection.execute(insert(schema.mailing_list).values(name=ODD, created_at=NOW))
    rows = [
        {
            "address": f"reader{number}@example.org",
            "email": f"Reader{number}@example.org",
            "name": ODD if number == 1 else "",
            "language": "fr",
            "fields": {"organisation": ODD, "empty": ""},
            "created_at": NOW,
        }
        for number in range(1, readers + 1)
    ]
    connection.execute(insert(schema.subscriber), rows)
    wording = {"hash": "d" * 64, "language": "fr", "text": ODD, "since": NOW}
    connection.execute(insert(schema.wording).values(wording))
    act = {"kind": "import", "at": NOW, "by": ODD, "source": "readers.csv", "words": "", "wording_id": 1}
    connection.execute(insert(schema.act).values(act | {"details": {"odd": ODD}}))
    connection.execute(
        insert(schema.subscription).values(
            subscriber_id=1,
            list_id=1,
            state="unsubscribed",
            changed_at=NOW,
            act_id=1,
            line=2,
            topics="jobs,trainings",
            untracked=True,
        )
    )
    connection.execute(insert(schema.tag).values(subscriber_id=1, name=ODD))
    past = {"subscriber_id": 1, "list_id": 1, "state": "subscribed", "changed_at": NOW, "act_id": 1}
    connection.execute(insert(schema.past_subscription).values(past))
    consent = {"subscriber_id": 1, "list_id": 1, "given_at": NOW, "given_act_id": 1}
    connection.execute(insert(schema.tracking_consent).values(consent))
    connection.execute(insert(schema.erasure).values(hash="f" * 64, key_id=1, at=NOW))
    on_list = {"provider": "sendgrid", "list": "bounces", "address": "gone@example.org", "reason": ODD}
    connection.execute(insert(schema.provider_suppression).values(on_list | {"since": NOW, "seen_at": NOW}))
    notice = {
        "kind": "confirm",
        "state": "queued",
        "address": "new@example.org",
        "language": "fr",
        "data": {"words": ODD},
        "made_at": NOW,
        "not_before": NOW,
    }
    connection.execute(insert(schema.notice).values(notice))
    connection.execute(insert(schema.counter).values(name="dropped", value=3))
    raw = {"key": bytes(16), "own_id": bytes(range(16)), "provider": "sendgrid", "kind": "unknown"}
    more = {"content": {"odd": ODD}, "refused": ODD, "received_at": NOW}
    connection.execute(insert(schema.raw_event).values(raw | more))
    visit = {"mailing_id": 1, "kind": "click", "link": 2, "language": "fr", "verdict": "human"}
    more = {"at": NOW, "after": 0, "method": "GET", "agent": "browser", "hints": "", "why": ODD[:80]}
    connection.execute(insert(schema.visit).values(visit | more | {"pseudonym": bytes(range(8))}))
    counted = {"hour": NOW, "visits": 5, "visitors": 4}
    connection.execute(insert(schema.visit_count).values(visit | counted))
    suppressed = {"address": "gone@example.org", "reason": "bounced", "since": NOW, "source": ODD}
    connection.execute(insert(schema.suppression).values(suppressed))
    connection.execute(insert(schema.edition).values(hash="e" * 64, content=ODD, created_at=NOW))
    picture = {"sha256": "a" * 64, "media_type": "image/png", "extension": "png", "width": 1, "height": 2}
    connection.execute(insert(schema.asset).values(picture | {"data": bytes(range(256))}))
    connection.execute(insert(schema.edition_asset).values(edition_hash="e" * 64, sha256="a" * 64))


def _fill_mailing(connection):
    made = {
        "issue_number": 58,
        "issue_title": ODD,
        "list_id": 1,
        "edition_hash": "e" * 64,
        "transport": "smtp",
        "state": "paused",
        "reason": "",
        "simulated": False,
        "created_at": NOW,
        "envelope": {"from": ODD},
        "proof": None,
        "not_before": NOW,
    }
    connection.execute(insert(schema.mailing).values(made))
    connection.execute(insert(schema.mailing).values(made | {"simulated": True, "proof": {"accepted": 1}}))
    elsewhere = {"mailing_id": 1, "link": 3, "target": "https://example.org/ț", "act_id": 1, "at": NOW}
    connection.execute(insert(schema.retarget).values(elsewhere))
    batch = {
        "mailing_id": 1,
        "lane": 0,
        "state": "ready",
        "attempt": 0,
        "provider_reference": "",
        "reason": "",
    }
    connection.execute(insert(schema.batch).values(batch | {"changed_at": NOW}))
    delivery = {"subscriber_id": 1, "address": "reader1@example.org", "handover": "queued", "reason": ODD}
    rest = {"outcome": "unknown", "changed_at": NOW}
    connection.execute(insert(schema.delivery).values(delivery | rest | {"mailing_id": 1, "batch_id": 1}))
    connection.execute(insert(schema.delivery).values(delivery | rest | {"mailing_id": 2, "batch_id": None}))
    pace = {"key": "smtp", "next_at": 1772530200.1234567, "blocked_until": 0.0, "setbacks": 2, "reason": ODD}
    connection.execute(insert(schema.pace).values(pace))
    connection.execute(
        insert(schema.event).values(
            key="k" * 64,
            provider="sendgrid",
            mailing_id=1,
            subscriber_id=1,
            kind="delivered",
            occurred_at=NOW,
            received_at=NOW,
            reason=ODD,
        )
    )
    connection.execute(insert(schema.journal).values(mailing_id=None, at=NOW, act="made", words=ODD))
    connection.execute(insert(schema.key).values(id=1, fingerprint="f" * 64, noted_at=NOW))


def everything_in(ledger):
    """Every row of every table, as the program reads it."""
    with ledger.read() as connection:
        return {
            table.name: [
                tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in LEDGER_TABLES
        }
