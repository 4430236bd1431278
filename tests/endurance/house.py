"""A newsletter house whose senders may be killed: a workspace, a ledger, a sink, real `trax` processes."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts.http_server import Reply, http_server
from delivery.mailings import fill_list
from events.webhook import KEY, body_of, signed
from trax_mailer.delivery import (
    begin,
    doubts,
    find_mailing,
    make_mailing,
    mark_of,
    proof,
    resume,
    run_mailing,
    settle_doubts,
)
from trax_mailer.delivery.transports import open_transport
from trax_mailer.model.mailing import Handover, MailingState
from trax_mailer.rehearsal import Faults, compare, read_entries, sink_process, standings
from trax_mailer.rehearsal.record import RecordTail, Took
from trax_mailer.settings import load_settings
from trax_mailer.storage import open_ledger, open_ring
from trax_mailer.workflows.check import sendable
from trax_mailer.workflows.engines import senders_at_work
from trax_mailer.workflows.envelope import envelope_for
from trax_mailer.workflows.evidence import read_log
from trax_mailer.workflows.webhook import Intake, webhook_of
from trax_mailer.workflows.wiring import Workspace
from web.newsroom import make_newsroom

LIST = "everyone"
PATIENCE = 240.0
"""Seconds after which a test gives up. Generous: machines are slow."""

_TRAX = "import sys; from trax_mailer.cli import main; sys.argv[0] = 'trax'; main()"

SETTINGS = """\
organisation: {{name: Lakeside Institute, postal_address: "Rue du Lac 1, 1200 Geneva"}}
newsletter:
  name: Lakeside Letter
  list_id: letter.lakeside.example.org
  pictures: embedded
sender: {{name: Lakeside Institute, email: a@lakeside.example.org, reply_to: b@lakeside.example.org}}
public_url: {public_url}
transport: {transport}
smtp:
  {{host: 127.0.0.1, port: {port}, security: none, timeout: 20, answer_timeout: 20, lanes: 4, connections: 1}}
sendgrid: {{host: "http://127.0.0.1:{port}", timeout: 20, batch_size: 25, lanes: 4, webhook_key: "{key}"}}
"""


@dataclass
class House:
    """Everything that a kill test touches. `calling` collects who was in a call when a kill came."""

    folder: Path
    kind: str
    port: int
    public_url: str
    record: Path
    database: Any = None
    calling: set[str] = field(default_factory=set)
    processes: list[subprocess.Popen] = field(default_factory=list)

    @property
    def environ(self):
        """What the processes find: no secret but made-up ones, and nothing of the person who tests."""
        mine = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        mine |= {"SENDGRID_API_KEY": "SG.a-key-of-the-tests", "TERM": "dumb"}
        if self.database is not None:
            password = self.database.password.reveal()
            mine |= {"TRAX_DATABASE": self.database.url, "TRAX_DATABASE_PASSWORD": password}
        return mine

    @functools.cached_property
    def settings(self):
        return load_settings(self.folder / "workspace", environ=self.environ, state=self.folder / "state")

    @functools.cached_property
    def ledger(self):
        return open_ledger(self.settings.state, self.settings.database)

    @property
    def transport(self):
        return functools.partial(open_transport, self.settings)

    def furnish(self, *, readers):
        """Write the workspace, and a list of so many readers."""
        make_newsroom(self.folder / "workspace")
        words = SETTINGS.format(transport=self.kind, port=self.port, public_url=self.public_url, key=KEY)
        (self.folder / "workspace" / "trax.yaml").write_text(words, encoding="utf-8")
        fill_list(self.ledger, LIST, readers=readers)

    def start(self, *words, **further):
        """`trax` with these words, as a process of its own."""
        log = (self.folder / f"process-{len(self.processes)}.log").open("wb")
        with log:
            process = subprocess.Popen(
                [sys.executable, "-c", _TRAX, "--workspace", self.folder / "workspace",
                 "--state", self.folder / "state", *words],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environ, **further,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def send(self):
        return self.start("send", "7", "--list", LIST, "--yes")

    def worker(self):
        return self.start("worker", "--lanes", "2", "--name", f"worker {len(self.processes)}")

    def workers(self):
        """How many are at work."""
        return senders_at_work(Workspace(settings=self.settings))

    def make_mailing(self):
        """What `trax send` does first, and then leaves to the workers."""
        workspace = Workspace(settings=self.settings)
        issue, edition, _ = sendable(workspace, "7")
        now = dt.datetime.now(dt.UTC)
        with open_transport(self.settings) as transport:
            mailing = make_mailing(
                self.ledger, issue_number=issue.number, issue_title=issue.title, list_name=LIST,
                edition=edition, transport=transport, now=now,
                envelope=envelope_for(self.settings, list_name=LIST, simulated=False, sent_at=now),
            )  # fmt: skip
        begin(self.ledger, mailing.id, now=now)

    def said(self, process):
        """What a process wrote, to either output."""
        log = self.folder / f"process-{self.processes.index(process)}.log"
        return log.read_text(encoding="utf-8", errors="replace")

    def all_said(self):
        return "\n".join(f"[{number}] {self.said(one)}" for number, one in enumerate(self.processes))

    def wait(self, met, *, for_what):
        """Wait until `met()`; say what the processes said where it does not come."""
        give_up = time.monotonic() + PATIENCE
        while not (found := met()):
            assert time.monotonic() < give_up, f"waited for {for_what} in vain:\n{self.all_said()}"
            time.sleep(0.01)
        return found

    def mailing(self):
        """The mailing, once it is made."""
        with contextlib.suppress(StopIteration):
            return find_mailing(self.ledger, 1)
        return None

    def state(self):
        found = self.mailing()
        return found.state if found else None

    def at(self, *handovers):
        """The deliveries that stand there, by id."""
        with self.ledger.read() as connection:
            stands = standings(connection, 1)
        return {delivery for delivery, handover in stands.items() if handover in handovers}

    def compared(self):
        with self.ledger.read() as connection:
            stands = standings(connection, 1)
        return compare(stands, read_entries(self.record))

    def proof(self):
        return proof(self.ledger, 1)

    def taken(self):
        """Who the sink has, in order, with repetitions."""
        return [one.delivery for one in read_entries(self.record) if one.took is Took.ACCEPTED]

    def kill(self, process):
        """End it at once, and note who was in a call. Returns those."""
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        caught = self.at(Handover.CALLING, Handover.UNCERTAIN)
        self.calling |= caught
        return caught

    def finish_here(self):
        """Send the rest in this process."""
        run_mailing(self.ledger, 1, open_transport=self.transport, ring=open_ring(self.ledger))

    def feed_evidence(self):
        """Let the sink tell what it has, as the provider would: by webhook, or by a mail server's log."""
        mark = mark_of(self.mailing().envelope)
        if self.kind == "sendgrid":
            return self._post_events(mark)
        log = self.folder / "mail.log"
        log.write_text("".join(_log_lines(self.record, mark)), encoding="utf-8")
        return read_log(Workspace(settings=self.settings), 1, log)

    def send_rest_again(self):
        """By a person's word: whoever is uncertain still does not have it, and gets it now."""
        left = [one.subscriber_id for one in doubts(self.ledger, 1)]
        now = dt.datetime.now(dt.UTC)
        count = settle_doubts(
            self.ledger, 1, subscribers=left, as_sent=False, words="not in the sink", now=now,
            wait=dt.timedelta(),
        )  # fmt: skip
        if self.state() is MailingState.PAUSED:
            resume(self.ledger, 1, now=now)
        if count:
            self.finish_here()
        return count

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait(30)
        if "ledger" in self.__dict__:
            self.ledger.close()

    def _post_events(self, mark):
        before = len(self.at(Handover.UNCERTAIN))
        webhook = webhook_of(self.ledger, self.settings)
        events = [
            {
                "event": "processed", "timestamp": int(entry.at), "email": entry.address,
                "sg_event_id": f"event-{number}", "mailing": "1", "batch": "1",
                "delivery": entry.delivery, "mark": f"{entry.delivery}.{mark}",
            }
            for number, entry in enumerate(read_entries(self.record))
            if entry.took is Took.ACCEPTED
        ]  # fmt: skip
        for start in range(0, len(events), 500):
            body = body_of(events[start : start + 500])
            assert webhook.take_in(signed(body), body) is Intake.KEPT
        return before - len(self.at(Handover.UNCERTAIN))


def _log_lines(record, mark):
    """What Postfix would have written about each message that was taken."""
    for entry in read_entries(record):
        if entry.took is Took.ACCEPTED:
            at = dt.datetime.fromtimestamp(entry.at, dt.UTC).isoformat()
            queue = f"{entry.call:08X}"
            yield f"{at} mx postfix/cleanup[7]: {queue}: message-id=<{entry.delivery}.{mark}>\n"
            yield f"{at} mx postfix/qmgr[8]: {queue}: from=<x>, size=9, nrcpt=1 (queue active)\n"
            yield f"{at} mx postfix/qmgr[8]: {queue}: removed\n"


@contextmanager
def house(folder, kind, *, readers, faults=None, database=None) -> Iterator[House]:
    """A furnished house with a running sink and public server; every process ended at the end."""
    record = folder / "record.tsv"
    with http_server() as public, sink_process(kind, record, faults or Faults()) as sink:
        public.answer = lambda _request: Reply(200, body=b"ok")
        made = House(folder, kind, sink.port, public.url, record, database)
        try:
            made.furnish(readers=readers)
            yield made
        finally:
            made.close()


def growing(house):
    """Gives how many messages the sink has by now."""
    return RecordTail(house.record).accepted
