"""Events a second through SendGrid's webhook: signed bodies to `trax serve`, answered once committed.

One yardstick is a bare ASGI function on the same server that reads the same bodies and answers, looking at
nothing; the other a bare loop in one process that checks, reads and writes the same rows, with the database's
driver and without a server, matching or consequences. Every acknowledged event must stand in the ledger
afterwards, with the outcome of its delivery.
"""

from __future__ import annotations

import argparse
import base64
import datetime as dt
import http.client
import json
import os
import random
import statistics
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import func, select, update

from benchmarks.mailings import new_mailing
from benchmarks.nothing import NoTransport
from benchmarks.office import Office, open_office
from benchmarks.places import KINDS, Place, places
from benchmarks.reporting import Row, alternate, report, row, say
from benchmarks.serving import bare_answer, serving
from benchmarks.webhook_bare import PRIVATE, write_bare
from trax_mailer.delivery import begin, mark_of
from trax_mailer.model.mailing import Outcome
from trax_mailer.storage import schema

BARE, LOOP, OURS = "bare ASGI answer", "bare loop writing the same rows", "trax serve"
CONNECTIONS = 8
_AT = 1_795_000_000
_PATH = "/events/sendgrid"
_Body = tuple[bytes, dict[str, str]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it works")
    parser.add_argument("--events", type=int, default=0, help="how many each time (200,000)")
    parser.add_argument("--size", type=int, default=500, help="events in a body (500)")
    parser.add_argument("--database", choices=KINDS, nargs="+", default=KINDS)
    chosen = parser.parse_args(arguments)
    events = chosen.events or (2_000 if chosen.quick else 200_000)
    rounds = 1 if chosen.quick else 3
    rows: list[Row] = []
    with places(*chosen.database) as found:
        for place in found:
            rows += measure(place, events=events, size=chosen.size, rounds=rounds)
            place.remove()
    words = (
        f"{events:,} events in signed bodies of {chosen.size}, {CONNECTIONS} connections; {rounds} rounds."
    )
    report("webhook", rows, title="SendGrid's webhook: events a second", words=words)


def measure(place: Place, *, events: int, size: int, rounds: int) -> list[Row]:
    """The rows on that kind of database."""
    readers = events // 2
    place.fill(readers)
    with place.open() as ledger:
        mailing = new_mailing(ledger, NoTransport(batch_size=1000))
        begin(ledger, mailing.id, now=dt.datetime.now(dt.UTC))
        with ledger.write() as connection:
            connection.execute(update(schema.delivery).values(handover="accepted"))
    place.settle()
    mark = mark_of(mailing.envelope)
    told = _told(readers, mark)
    bodies = [_signed(told[start : start + size]) for start in range(0, len(told), size)]
    cost: dict[str, list[float]] = {BARE: [], LOOP: [], OURS: []}

    def timed(label: str, port: int, process: int) -> float:
        busy = _processor_seconds(process)
        seconds = post(port, bodies)
        cost[label].append((_processor_seconds(process) - busy) / len(told) * 1e6)
        say(f"{place.kind}, {label}: {len(told) / seconds:,.0f} events/s")
        return len(told) / seconds

    def bare() -> float:
        with bare_answer() as (port, process):
            return timed(BARE, port, process)

    def ours() -> float:
        with place.copy() as other, serving(_office(other)) as (port, process, end):
            speed = timed(OURS, port, process)
            end()
            _check(other, told)
        return speed

    def loop() -> float:
        with place.copy() as other:
            busy, start = time.process_time(), time.perf_counter()
            write_bare(other, bodies)
            seconds = time.perf_counter() - start
            cost[LOOP].append((time.process_time() - busy) / len(told) * 1e6)
        say(f"{place.kind}, {LOOP}: {len(told) / seconds:,.0f} events/s")
        return len(told) / seconds

    figures = alternate(rounds, {BARE: bare, LOOP: loop, OURS: ours})
    return [
        row(
            f"{place.kind}: {label}",
            found,
            unit="/s",
            yardstick=None if label == BARE else figures[BARE],
            extra={
                "ratio to the loop": f"{statistics.median(_ratios(found, figures[LOOP])):.2f}",
                "processor": f"{statistics.median(cost[label]):.1f} µs an event",
            },
        )
        for label, found in figures.items()
    ]


def post(port: int, bodies: Sequence[_Body]) -> float:
    """Post each body once, over several connections that stay open; the seconds until the last answer."""
    waiting = iter(bodies)
    taking = threading.Lock()
    failures: list[str] = []

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        while True:
            with taking:
                following = next(waiting, None)
            if following is None or failures:
                connection.close()
                return
            connection.request("POST", _PATH, following[0], following[1])
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                failures.append(f"a body was answered with {answer.status}")

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit(failures[0])
    return time.perf_counter() - start


def _ratios(found: Sequence[float], others: Sequence[float]) -> list[float]:
    return [one / other for one, other in zip(found, others, strict=True)]


def _told(readers: int, mark: str) -> list[dict[str, Any]]:
    """Two events a reader: processed and delivered, some deferred, some refused; in windows, out of order."""
    chance = random.Random(58)  # noqa: S311 - no secret
    told: list[dict[str, Any]] = []
    for start in range(1, readers + 1, 1000):
        window = [
            _event(kind, reader, mark, place)
            for reader in range(start, min(start + 1000, readers + 1))
            for place, kind in enumerate(("processed", _fate(reader)))
        ]
        chance.shuffle(window)
        told += window
    return told


def _fate(reader: int) -> str:
    return {0: "bounce", 1: "deferred", 2: "blocked"}.get(reader % 100, "delivered")


def _event(kind: str, reader: int, mark: str, place: int) -> dict[str, Any]:
    event = {
        "email": f"reader{reader}@example{reader % 100}.org",
        "event": "bounce" if kind == "blocked" else kind,
        "timestamp": _AT + reader // 100 + place * 3,
        "smtp-id": f"<pQ7vKcT2R9uWmZ4hNaL{reader // 1000:06d}@geopod-ismtpd-17>",
        "sg_event_id": base64.b64encode(f"{kind}-{place}-{reader}-example-event".encode()).decode(),
        "sg_message_id": f"pQ7vKcT2R9uWmZ4hNaL{reader // 1000:06d}.recvd-7c9d5b6f48-1-65A1B2C3-{reader}.0",
        "category": ["upr-trax.example.org", "edition-0123456789ab"],
        "mailing": "1",
        "batch": str(reader // 1000 + 1),
        "delivery": f"1.{reader}",
        "mark": f"1.{reader}.{mark}",
    }
    match kind:
        case "delivered":
            event |= {"response": f"250 2.0.0 OK queued as {reader:06X}", "ip": "198.51.100.25", "tls": 1}
        case "deferred":
            event |= {"response": "451 4.7.1 Greylisted, please try again in 300 seconds", "attempt": "1"}
        case "bounce":
            event |= {"type": "bounce", "reason": "550 5.1.1 no such user", "status": "5.1.1"}
        case "blocked":
            event |= {"type": "blocked", "reason": "552 5.2.2 mailbox full", "status": "5.2.2"}
    return event


def _signed(events: Sequence[dict[str, Any]]) -> _Body:
    body = json.dumps(events, separators=(",", ":")).encode() + b"\r\n"
    timestamp = str(_AT)
    signature = PRIVATE.sign(timestamp.encode() + body, ec.ECDSA(SHA256()))
    return body, {
        "Content-Type": "application/json",
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
    }


def _office(place: Place) -> Office:
    """A workspace with the key of these bodies."""
    office = open_office(place)
    public = PRIVATE.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    settings = office.root / "trax.yaml"
    written = settings.read_text(encoding="utf-8")
    key = f", webhook_key: {base64.b64encode(public).decode()}}}\n"
    settings.write_text(written.rstrip().removesuffix("}") + key, encoding="utf-8")
    return office


def _check(place: Place, told: Sequence[dict[str, Any]]) -> None:
    """Every event that was answered stands in the ledger, and every delivery has its outcome."""
    with place.open() as ledger, ledger.read() as connection:
        kept = connection.scalar(select(func.count()).select_from(schema.event))
        raw = connection.scalar(select(func.count()).select_from(schema.raw_event))
        column = schema.delivery.c.outcome
        counted = connection.execute(select(column, func.count()).group_by(column))
        outcomes = {outcome: count for outcome, count in counted}  # noqa: C416 - rows, as a dict's pairs
    if (kept, raw) != (len(told), len(told)):
        raise SystemExit(f"{len(told)} events answered, and {kept} kept, {raw} as posted")
    wanted = sum(1 for one in told if one["event"] == "delivered")
    if outcomes.get(Outcome.DELIVERED) != wanted:
        raise SystemExit(f"{wanted} delivered, and the ledger says {outcomes}")


def _processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
