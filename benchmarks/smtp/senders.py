"""Who hands messages over. Each takes a port and a count, and gives the seconds and the seconds of CPU."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import smtplib
import subprocess
import time
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib

from benchmarks.smtp import issue
from trax_mailer.delivery import Letter
from trax_mailer.delivery.letter import filled, value_for
from trax_mailer.delivery.transports.base import Verdict
from trax_mailer.delivery.transports.smtp import SmtpTransport
from trax_mailer.delivery.wire import build_skeleton
from trax_mailer.model.edition import Part, Slot
from trax_mailer.model.filling import escape_for
from trax_mailer.model.mailing import Recipient
from trax_mailer.settings import SmtpSettings

CONNECTIONS = 10
SENDER = "trax@news.example.org"


def smtp_source(port: int, count: int) -> tuple[float, float]:
    """Postfix's yardstick: the same bytes again and again, connections kept."""
    program = shutil.which("smtp-source") or "smtp-source"
    size = ["-s", str(CONNECTIONS), "-m", str(count), "-l", str(issue.SIZE)]
    start = time.perf_counter()
    process = subprocess.Popen([program, "-4", "-d", *size, f"127.0.0.1:{port}"])  # noqa: S603 - our own
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise RuntimeError(f"smtp-source ended with {process.returncode}")
    return seconds, used.ru_utime + used.ru_stime


def ours(letter: Letter, readers: list[Recipient], *, port: int) -> tuple[float, float]:
    """The SMTP transport: every message personal, connections made in the time that counts."""
    settings = SmtpSettings(host="127.0.0.1", port=port, security="none", connections=CONNECTIONS)
    with SmtpTransport(settings) as transport:

        def send() -> None:
            transport.open(letter)
            for start in range(0, len(readers), transport.window):
                answer = transport.send(readers[start : start + transport.window], batch=1)
                if {one.verdict for one in answer.per_recipient.values()} != {Verdict.ACCEPTED}:
                    raise RuntimeError(f"the sink did not accept all: {answer.reason}")

        return _timed(send)


def standard_library(letter: Letter, readers: list[Recipient], *, port: int) -> tuple[float, float]:
    """Smtplib and EmailMessage, as the documentation of Python shows it: one connection."""

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as smtp:
            for one in readers:
                message = EmailMessage()
                message["From"], message["To"], message["Subject"] = SENDER, one.email, "No 58"
                message.set_content(filled(letter.text, one))
                message.add_alternative(filled(letter.html, one), subtype="html")
                smtp.send_message(message)

    return _timed(send)


def lock_step(letter: Letter, readers: list[Recipient], *, port: int) -> tuple[float, float]:
    """Aiosmtplib on the same connections with messages that are ready: a command, an answer, a command."""
    skeleton = build_skeleton(letter, embedded=False)
    messages = [(one.email, skeleton.message(one)) for one in readers]

    async def work() -> None:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False, local_hostname="localhost")
        async with client:
            while messages:
                to, message = messages.pop()
                await client.sendmail(SENDER, [to], message)

    async def together() -> None:
        await asyncio.gather(*(work() for _ in range(CONNECTIONS)))

    import uvloop

    return _timed(lambda: uvloop.run(together()))


def nodemailer(letter: Letter, readers: list[Recipient], *, port: int, folder: Path) -> tuple[float, float]:
    """Nodemailer's pool, in Node.js; its messages are filled by replacing the same 83 places."""
    job = folder / "job.json"
    slots = {one for part in (letter.html, letter.text) for one in part if isinstance(one, Slot)}
    marks = {slot: f"%%{index}%%" for index, slot in enumerate(slots)}

    def marked(part: Part) -> str:
        return "".join(one if isinstance(one, str) else marks[one] for one in part)

    values = [
        {mark: escape_for(value_for(slot, one), slot.context) for slot, mark in marks.items()}
        for one in readers
    ]
    emails = [one.email for one in readers]
    parts = {"html": marked(letter.html), "text": marked(letter.text)}
    content = {"port": port, "connections": CONNECTIONS, "from": SENDER, **parts}
    job.write_text(json.dumps({**content, "to": emails, "values": values}), encoding="utf-8")
    script = folder / "nodemailer.mjs"
    shutil.copy(Path(__file__).with_name("nodemailer.mjs"), script)
    node = shutil.which("node") or "node"
    said = subprocess.run([node, str(script), str(job)], check=True, capture_output=True, text=True)  # noqa: S603
    seconds, busy = json.loads(said.stdout)
    return float(seconds), float(busy)


def install_nodemailer(folder: Path) -> str:
    """Install it into `folder`; why it cannot be, or an empty string."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "nodemailer was left out: there is no Node.js with npm here"
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "node_modules" / "nodemailer").exists():
        return ""
    command = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), "nodemailer@7"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)  # noqa: S603
    return "" if done.returncode == 0 else "nodemailer was left out: npm could not install it"


def _timed(work: Callable[[], None]) -> tuple[float, float]:
    start, busy = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - busy
