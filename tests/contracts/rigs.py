"""One rig a transport: the transport itself, and what its readers received."""

import base64
import email
import email.policy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.http_server import Api
from contracts.smtp_server import PASSWORD, USER, Inbox
from trax_mailer.delivery.transports.folder import FolderTransport
from trax_mailer.delivery.transports.sendgrid import SendGridTransport
from trax_mailer.delivery.transports.smtp import SmtpTransport
from trax_mailer.settings import Secret, SendGridSettings, SmtpSettings

KEY = "SG.a-key-of-the-tests"


@dataclass(frozen=True)
class Received:
    """A message as its reader gets it; `pictures` by Content-ID; header names in lower case."""

    to: str
    subject: str
    html: str
    text: str
    sender: str
    reply_to: str
    headers: dict[str, str]
    pictures: dict[str, bytes]
    source: str


class FolderRig:
    def __init__(self, outbox: Path) -> None:
        self.outbox = outbox
        self.transport = FolderTransport(outbox)

    def received(self) -> list[Received]:
        return [parse_message(file.read_bytes()) for file in sorted(self.outbox.rglob("*.eml"))]


class SmtpRig:
    def __init__(self, inbox: Inbox, port: int) -> None:
        self.inbox = inbox
        self.transport = SmtpTransport(smtp_settings(port))

    def received(self) -> list[Received]:
        messages = [parse_message(content) for _, _, content in self.inbox.messages]
        assert [message.to for message in messages] == [to for _, [to], _ in self.inbox.messages]
        return messages


class SendGridRig:
    def __init__(self, recorder: Api, url: str) -> None:
        self.recorder = recorder
        self.transport = SendGridTransport(sendgrid_settings(url))

    def received(self) -> list[Received]:
        return [one for request in self.recorder.requests for one in explode(request.json)]


def smtp_settings(port: int, **changed: Any) -> SmtpSettings:
    settings = {
        "host": "localhost", "port": port, "security": "starttls",
        "username": USER, "password": Secret(PASSWORD), "timeout": 5,
    }  # fmt: skip
    return SmtpSettings(**settings | changed)


def sendgrid_settings(url: str, **changed: Any) -> SendGridSettings:
    return SendGridSettings(
        **{"host": url, "api_key": Secret("SG.a-key-of-the-tests"), "timeout": 20} | changed
    )


def parse_message(content: bytes) -> Received:
    """Read with the standard library; any defect in any part is a failure."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    for part in message.walk():
        assert not part.defects, (part.get_content_type(), part.defects)
        assert not any(header.defects for header in part.values())
    assert message.get_content_type() == "multipart/alternative"
    assert next(message.iter_parts()).get_content_type() == "text/plain"
    bodies = {kind: message.get_body((kind,)).get_content() for kind in ("html", "plain")}
    return Received(
        to=message["To"].addresses[0].addr_spec,
        subject=str(message["Subject"]),
        html=bodies["html"].replace("\r\n", "\n"),
        text=bodies["plain"].replace("\r\n", "\n"),
        sender=str(message["From"].addresses[0]),
        reply_to=message["Reply-To"].addresses[0].addr_spec,
        headers={name.lower(): str(value) for name, value in message.items()},
        pictures={
            part["Content-ID"].strip("<>"): part.get_content()
            for part in message.walk()
            if part.get_content_maintype() == "image"
        },
        source=content.decode("ascii"),
    )


def explode(body: dict[str, Any]) -> list[Received]:
    """The messages that SendGrid makes of a call: tags replaced one after another, headers literal."""
    text, html = body["content"]
    assert (text["type"], html["type"]) == ("text/plain", "text/html")
    messages = []
    for part in body["personalizations"]:
        [to] = part["to"]
        values = part.get("substitutions", {})
        subject, filled_text, filled_html = (
            _replace(words, values) for words in (body["subject"], text["value"], html["value"])
        )
        messages.append(
            Received(
                to=to["email"],
                subject=subject,
                html=filled_html,
                text=filled_text,
                sender=f'"{body["from"]["name"]}" <{body["from"]["email"]}>',
                reply_to=body["reply_to"]["email"],
                headers={name.lower(): value for name, value in part["headers"].items()},
                pictures={
                    one["content_id"]: base64.b64decode(one["content"])
                    for one in body.get("attachments", [])
                    if one["disposition"] == "inline"
                },
                source="\n".join([subject, filled_text, filled_html, str(part)]),
            )
        )
    return messages


def _replace(words: str, values: dict[str, str]) -> str:
    for tag, value in values.items():
        words = words.replace(tag, value)
    return words
