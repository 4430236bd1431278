"""A ledger as an earlier revision left it, with rows in every table and gaps where rows were deleted."""

import sqlite3
from contextlib import closing

from sqlalchemy import create_engine, text

from trax_mailer.storage.migrations import migrate
from trax_mailer.storage.upgrade import APPLICATION_ID

AT = "2015-11-30 09:30:00.000000"
_IMPORTED = (
    '[{"state":"subscribed","how":"import","file":"readers.csv","line":%d,"by":"ana",'
    '"at":"2015-11-30T09:30:00+00:00"}]'
)
ROWS = {
    "list": [{"id": 1, "name": "UPR Trax", "created_at": AT}, {"id": 3, "name": "demo", "created_at": AT}],
    "subscriber": [
        {
            "id": number,
            "address": f"r{number}@example.org",
            "email": f"R{number}@example.org",
            "name": "Ana Țurcanu",
            "language": "ro",
            "fields": '{"country":"MD"}',
            "created_at": AT,
        }
        for number in (1, 2, 5)
    ],
    "subscription": [
        {
            "id": number,
            "subscriber_id": number,
            "list_id": 1,
            "state": state,
            "changed_at": AT,
            "cause": "import",
            "evidence": evidence,
        }
        for number, state, evidence in (
            (1, "subscribed", _IMPORTED % 2),
            (2, "complained", '[{"how":"import"}]'),
            (5, "subscribed", "[]"),
        )
    ],
    "suppression": [{"address": "gone@example.org", "reason": "staff", "since": AT, "source": "ben"}],
    "edition": [{"hash": "e" * 64, "content": "{}", "created_at": AT}],
    "asset": [
        {
            "sha256": "a" * 64,
            "media_type": "image/png",
            "extension": "png",
            "width": 6,
            "height": 2,
            "data": b"\x89\x00",
        }
    ],
    "edition_asset": [{"edition_hash": "e" * 64, "sha256": "a" * 64}],
    "mailing": [
        {
            "id": number,
            "issue_number": 58,
            "issue_title": "Armenia’s recommendations",
            "list_id": 1,
            "edition_hash": "e" * 64,
            "transport": "folder",
            "state": state,
            "reason": "because",
            "simulated": False,
            "created_at": AT,
            "started_at": AT,
            "finished_at": None,
            "envelope": '{"from_email":"trax@example.org"}',
            "proof": proof,
        }
        for number, state, proof in ((2, "paused", None), (4, "done", '{"accepted":1}'))
    ],
    "batch": [
        {
            "id": number,
            "mailing_id": mailing,
            "lane": 0,
            "state": state,
            "attempt": 3,
            "not_before": None,
            "provider_reference": "x-42",
            "reason": "",
            "changed_at": AT,
        }
        for number, mailing, state in ((7, 2, "ready"), (8, 2, "uncertain"), (9, 4, "accepted"))
    ],
    "delivery": [
        {
            "mailing_id": mailing,
            "subscriber_id": subscriber,
            "batch_id": batch,
            "address": f"R{subscriber}@example.org",
            "handover": handover,
            "outcome": outcome,
            "reason": "its words",
            "changed_at": AT,
        }
        for mailing, subscriber, batch, handover, outcome in (
            (2, 1, 7, "queued", "unknown"),
            (2, 2, None, "skipped", "unknown"),
            (2, 5, 8, "uncertain", "deferred"),
            (4, 1, 9, "accepted", "complained"),
        )
    ],
}
STILL_THERE = {table: rows for table, rows in ROWS.items() if table != "subscription"}
NUMBERS = {"list": 6, "subscriber": 12, "mailing": 11, "batch": 40}
"""The highest ids ever given: rows above those that are left were deleted."""


def fill(connection):
    for table, rows in ROWS.items():
        names = ", ".join(rows[0])
        values = ", ".join(f":{name}" for name in rows[0])
        connection.execute(text(f'INSERT INTO "{table}" ({names}) VALUES ({values})'), rows)


def old_file(state, revision="0001"):
    """An SQLite ledger of that revision in the folder `state`."""
    state.mkdir(mode=0o700)
    engine = create_engine(f"sqlite:///{state / 'ledger.db'}")
    with engine.begin() as connection:
        migrate(connection, to=revision)
        fill(connection)
        for table, number in NUMBERS.items():
            connection.execute(
                text("UPDATE sqlite_sequence SET seq = :seq WHERE name = :name"),
                {"seq": number, "name": table},
            )
    engine.dispose()
    with closing(sqlite3.connect(state / "ledger.db")) as raw:
        raw.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        raw.execute("PRAGMA journal_mode = WAL")


def old_rows(connection):
    """The rows in the columns of the first revision, as they were put in; subscriptions are made anew."""
    found = {}
    for table, rows in STILL_THERE.items():
        names = ", ".join(rows[0])
        read = connection.execute(text(f'SELECT {names} FROM "{table}" ORDER BY 1, 2')).mappings()
        found[table] = [dict(row) for row in read]
    return found
