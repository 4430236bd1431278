"""A post station for the tests of the engines: a ledger, a stand-in for SendGrid, and real workers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager

from sqlalchemy import func, select

from contracts.http_server import Reply
from delivery.mailings import NOW, fill_list, new_mailing
from trax_mailer.delivery import begin, find_mailing, proof
from trax_mailer.model.mailing import Handover, MailingState
from trax_mailer.settings import load_settings
from trax_mailer.storage import open_ledger, open_ring, schema

KEY = "SG.a-key-of-the-tests"
WITHIN = 60

SETTINGS = """\
organisation: {{name: Lakeside Institute, postal_address: "Rue du Lac 1, 1200 Geneva"}}
newsletter: {{name: Lakeside Letter, list_id: letter.lakeside.example.org}}
sender: {{name: Lakeside, email: letter@lakeside.example.org, reply_to: letter@lakeside.example.org}}
public_url: https://letter.lakeside.example.org
transport: sendgrid
sendgrid: {{host: "{url}", timeout: 20}}
{more}
"""

TRAX = "from trax_mailer.cli import main; main()"


class Station:
    """One organisation's workspace and ledger. Every call to the provider takes `call_seconds`."""

    def __init__(self, folder, api, *, database=None, readers=40, more=""):
        self.api = api
        self.call_seconds = 0.0
        self.root = folder / "workspace"
        self.root.mkdir()
        (self.root / "trax.yaml").write_text(SETTINGS.format(url=api.url, more=more), encoding="utf-8")
        self.state = folder / "state"
        self.environ = {"SENDGRID_API_KEY": KEY}
        if database is not None:
            self.environ |= {
                "TRAX_DATABASE": database.url,
                "TRAX_DATABASE_PASSWORD": database.password.reveal(),
            }
        self.settings = load_settings(self.root, environ=self.environ, state=self.state)
        self.ledger = open_ledger(self.state, self.settings.database)
        self.ring = open_ring(self.ledger)
        fill_list(self.ledger, "everyone", readers=readers)
        api.answer = self._answer

    def _answer(self, _request):
        time.sleep(self.call_seconds)
        return Reply(202, headers={"X-Message-Id": "message-id-1"})

    def add_mailing(self, *, batch_size=4, lanes=2, **more):
        """A mailing through SendGrid, in draft or scheduled."""
        return new_mailing(self.ledger, transport="sendgrid", batch_size=batch_size, lanes=lanes, **more)

    def start_mailing(self, **shape):
        """A mailing that is sending, with nobody at work on it."""
        return begin(self.ledger, self.add_mailing(**shape).id, now=NOW)

    def mailing(self, mailing_id):
        return find_mailing(self.ledger, mailing_id)

    def proof(self, mailing_id):
        return proof(self.ledger, mailing_id)

    def reached(self):
        """How often the provider was given each reader."""
        return Counter(
            to["email"]
            for request in list(self.api.requests)
            for one in request.json["personalizations"]
            for to in one["to"]
        )

    def calling(self):
        """How many deliveries stand in a call."""
        delivery = schema.delivery
        with self.ledger.read() as connection:
            return connection.scalar(
                select(func.count()).select_from(delivery).where(delivery.c.handover == Handover.CALLING)
            )

    def wait_for(self, mailing_id, state=MailingState.DONE):
        """The mailing, once it stands there."""
        wait_until(lambda: self.mailing(mailing_id).state is state, lambda: self.mailing(mailing_id))
        return self.mailing(mailing_id)

    @contextmanager
    def trax(self, *words, state=None):
        """A `trax` process of its own."""
        command = [sys.executable, "-W", "error", "-c", TRAX]
        command += ["--workspace", str(self.root), "--state", str(state or self.state), *words]
        environment = {**os.environ, **self.environ, "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        ) as process:
            running = Running(process)
            try:
                yield running
            finally:
                if process.poll() is None:
                    process.kill()
                running.read_out()

    def other_host(self, name):
        """A state directory as on another host: nothing in it but the copied key ring."""
        state = self.state.with_name(name)
        state.mkdir(mode=0o700)
        shutil.copy(self.state / "keys.json", state)
        return state

    def close(self):
        self.ledger.close()


class Running:
    """A process, and the lines it has said so far."""

    def __init__(self, process):
        self.process = process
        self.said = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def wait_for(self, words):
        """Until it has said a line with these words."""
        wait_until(lambda: any(words in line for line in list(self.said)), lambda: self.said)

    def end(self, number=signal.SIGTERM):
        """Send the signal, wait; returns the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(WITHIN)
        self.read_out()
        return code

    def read_out(self):
        self._reader.join(WITHIN)

    def _read(self):
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))


def wait_until(holds, told=lambda: ""):
    """Look twenty times a second; fails with what `told` gives after a minute."""
    until = time.monotonic() + WITHIN
    while not holds():
        assert time.monotonic() < until, told()
        time.sleep(0.05)
