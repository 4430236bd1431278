"""The second yardstick of the webhook: the same rows as the bare driver writes them, four bodies at once.

It checks the signature, reads the JSON, and knows what is new by the unique keys of the tables. It matches
nothing, cleans nothing, hashes with no key, and nothing follows for anybody.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from benchmarks.places import Place

PRIVATE = ec.derive_private_key(7, ec.SECP256R1())  # public anyway: it stands here
_AT_ONCE = 4
_Body = tuple[bytes, dict[str, str]]
_RAW = (
    "INSERT INTO raw_event (key, own_id, provider, kind, content, refused, received_at) "
    "VALUES (?, ?, 'sendgrid', ?, ?, '', '2026-11-26 10:00:00') ON CONFLICT DO NOTHING"
)
_EVENT = (
    "INSERT INTO event (key, provider, mailing_id, subscriber_id, kind, occurred_at, received_at, reason) "
    "VALUES (?, 'sendgrid', ?, ?, ?, '2026-11-26 10:00:00', '2026-11-26 10:00:00', ?) ON CONFLICT DO NOTHING"
)
_OUTCOME = "UPDATE delivery SET outcome = ? WHERE mailing_id = ? AND subscriber_id = ?"
_KINDS = {"bounce": "bounced"}


def write_bare(place: Place, bodies: Sequence[_Body]) -> None:
    """Take in every body."""
    if place.server:
        import psycopg

        with psycopg.connect(place.url) as connection, connection.cursor() as cursor:
            for raw, events, outcomes in _groups(bodies):
                for statement, rows in ((_RAW, raw), (_EVENT, events), (_OUTCOME, outcomes)):
                    cursor.executemany(statement.replace("?", "%s"), rows)
                connection.commit()
        return
    opened = sqlite3.connect(place.file, isolation_level=None, timeout=30)
    opened.execute("PRAGMA synchronous = FULL")
    for raw, events, outcomes in _groups(bodies):
        opened.execute("BEGIN IMMEDIATE")
        for statement, rows in ((_RAW, raw), (_EVENT, events), (_OUTCOME, outcomes)):
            opened.executemany(statement, rows)
        opened.execute("COMMIT")
    opened.close()


def _groups(
    bodies: Sequence[tuple[bytes, dict[str, str]]],
) -> Iterator[tuple[list[Any], list[Any], list[Any]]]:
    waiting = iter(bodies)
    while group := list(islice(waiting, _AT_ONCE)):
        told = [event for body, headers in group for event in _read(body, headers)]
        raw, events, outcomes = [], [], []
        for one in told:
            kind = _KINDS.get(one["event"], one["event"])
            key = hashlib.sha256(f"{one['mark']} {one['event']} {one['timestamp']}".encode()).hexdigest()
            own_id = hashlib.blake2b(one["sg_event_id"].encode(), digest_size=16).digest()
            mailing, subscriber, _ = one["mark"].split(".", 2)
            words = one.get("response") or one.get("reason") or ""
            content = {"event": one["event"], "timestamp": one["timestamp"], "said": words}
            raw.append((bytes.fromhex(key)[:16], own_id, kind, json.dumps(content)))
            events.append((key, int(mailing), int(subscriber), kind, words))
            if kind != "processed":
                outcomes.append((kind, int(mailing), int(subscriber)))
        yield raw, events, outcomes


def _read(body: bytes, headers: dict[str, str]) -> list[dict[str, Any]]:
    signature = base64.b64decode(headers["X-Twilio-Email-Event-Webhook-Signature"])
    timestamp = headers["X-Twilio-Email-Event-Webhook-Timestamp"].encode()
    PRIVATE.public_key().verify(signature, timestamp + body, ec.ECDSA(SHA256()))
    found: list[dict[str, Any]] = orjson.loads(body)
    return found
