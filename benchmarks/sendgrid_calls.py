"""Recipients/s through the SendGrid transport, against bare posting of the very same bytes.

Both go to a server on loopback that takes everything (`benchmarks.http_sink`). The yardstick keeps one
connection open and does nothing but post bodies that were recorded before.
"""

from __future__ import annotations

import argparse
import http.client
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import letter as letters
from benchmarks.processes import http_sink
from benchmarks.reporting import Row, alternate, report, row
from trax_mailer.delivery import Verdict
from trax_mailer.delivery.transports.sendgrid import SendGridTransport
from trax_mailer.model.mailing import Recipient
from trax_mailer.settings.types import Secret, SendGridSettings
from trax_mailer.tokens import KeyRing

PER_CALL = 1000


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it works")
    parser.add_argument("--calls", type=int, default=0, help="calls of 1000 recipients a round")
    chosen = parser.parse_args(arguments)
    calls = chosen.calls or (2 if chosen.quick else 40)
    rounds = 1 if chosen.quick else 7
    with tempfile.TemporaryDirectory(prefix="trax-bench-") as folder, http_sink(keep=calls) as port:
        ring = KeyRing.open(Path(folder))
        batches = [
            letters.recipients(PER_CALL, ring=ring, start=1 + number * PER_CALL) for number in range(calls)
        ]
        rows, size = measure(batches, port=port, rounds=rounds)
    words = f"{calls} calls a round of {PER_CALL} recipients, {size / 1000:.0f} kB each; {rounds} rounds."
    report("sendgrid_calls", rows, title="SendGrid: recipients a second", words=words)


def measure(batches: list[list[Recipient]], *, port: int, rounds: int) -> tuple[list[Row], float]:
    """The rows, and the median size of a body in bytes."""
    settings = SendGridSettings(host=f"http://127.0.0.1:{port}", api_key=Secret("benchmark"))
    cpu: dict[str, list[float]] = {"transport": [], "bare": []}
    with SendGridTransport(settings) as transport:
        transport.open(letters.letter())
        _through(transport, batches)
        bodies = [_recorded(port, number) for number in range(len(batches))]
        total = sum(map(len, batches))

        def timed(name: str) -> float:
            start, busy = time.perf_counter(), time.process_time()
            if name == "bare":
                _bare(bodies, port=port)
            else:
                _through(transport, batches)
            cpu[name].append((time.process_time() - busy) / total * 1e6)
            return total / (time.perf_counter() - start)

        figures = alternate(rounds, {name: lambda name=name: timed(name) for name in ("bare", "transport")})
    costs = {name: {"CPU": f"{statistics.median(spent):.2f} µs a recipient"} for name, spent in cpu.items()}
    unit = "recipients/s"
    rows = [
        row("bare HTTP posting of the same bytes", figures["bare"], unit=unit, extra=costs["bare"]),
        row(
            "SendGrid transport",
            figures["transport"],
            unit=unit,
            yardstick=figures["bare"],
            extra=costs["transport"],
        ),
    ]
    return rows, statistics.median(map(len, bodies))


def _through(transport: SendGridTransport, batches: list[list[Recipient]]) -> None:
    for number, recipients in enumerate(batches, start=1):
        answer = transport.send(recipients, batch=number)
        if answer.verdict is not Verdict.ACCEPTED:
            raise RuntimeError(f"the sink did not accept a call: {answer.reason}")


def _bare(bodies: list[bytes], *, port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": "Bearer benchmark", "Content-Type": "application/json"}
    for body in bodies:
        connection.request("POST", "/v3/mail/send", body=body, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 202:
            raise RuntimeError(f"the sink answered {answer.status}")
    connection.close()


def _recorded(port: int, number: int) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", f"/body/{number}")
    body = connection.getresponse().read()
    connection.close()
    return body


if __name__ == "__main__":
    main()
