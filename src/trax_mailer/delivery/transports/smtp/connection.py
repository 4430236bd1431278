"""A connection to a mail server, made with aiosmtplib: encrypted, its certificate verified, logged in."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from dataclasses import dataclass
from typing import cast

import aiosmtplib

from trax_mailer.delivery.transports.base import Verdict
from trax_mailer.model.server_words import in_words
from trax_mailer.settings import SmtpSettings


@dataclass(frozen=True, slots=True)
class Line:
    """An open connection in the state after EHLO; `extensions` are what the server offers, in lower case."""

    transport: asyncio.Transport
    extensions: frozenset[str]


class Unreachable(Exception):
    """There is no connection. Nothing can have been sent."""

    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason


class Client(aiosmtplib.SMTP):
    """aiosmtplib's client; ends a failed connection at once, without waiting for the other side."""

    def close(self) -> None:
        """End the connection."""
        if self.transport is not None:
            cast("asyncio.Transport", self.transport).abort()
        super().close()

    def give_away(self) -> Line:
        """The connection, for somebody else to use and to end."""
        line = Line(cast("asyncio.Transport", self.transport), frozenset(self.esmtp_extensions))
        self.protocol = self.transport = None
        super().close()
        return line


async def dial(settings: SmtpSettings, context: ssl.SSLContext) -> Client:
    """A client ready for MAIL FROM. Raises Unreachable."""
    client = Client(
        hostname=settings.host,
        port=settings.port,
        local_hostname=_own_name(),
        timeout=settings.timeout,
        use_tls=settings.security == "tls",
        start_tls=False,
        tls_context=context,
    )
    try:
        await _prepare(client, settings, context)
    except BaseException as error:
        client.close()
        unreachable = _unreachable(error, settings)
        if unreachable is None:
            raise
        raise unreachable from None
    return client


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine."""
    return host in {"localhost", "::1"} or host.startswith("127.")


async def _prepare(client: Client, settings: SmtpSettings, context: ssl.SSLContext) -> None:
    await client.connect()
    await _greet(client)
    if settings.security == "starttls":
        if not client.supports_extension("starttls"):
            raise _Lacking("STARTTLS")
        await client.starttls(tls_context=context)
        await _greet(client)
    if settings.username:
        if not client.supported_auth_methods:
            raise _Lacking("a way to log in that trax knows (AUTH PLAIN, LOGIN or CRAM-MD5)")
        await client.login(settings.username, settings.password.reveal())
    if not client.is_connected:
        raise aiosmtplib.SMTPServerDisconnected("the connection ended")


async def _greet(client: Client) -> None:
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError:
        if not client.is_connected:
            raise
        await client.helo()


class _Lacking(Exception):
    """The server does not offer what the settings ask for."""


def _unreachable(error: BaseException, settings: SmtpSettings) -> Unreachable | None:
    """What the error means; None where it is no error of a connection."""
    server, cause = f"{settings.host}:{settings.port}", error.__cause__
    for one in (error, cause):
        if isinstance(one, ssl.SSLCertVerificationError):
            reason = f"the certificate of {server} is not valid: {one.verify_message}"
            return Unreachable(Verdict.STOPPED, reason)
    if isinstance(error, _Lacking):
        return Unreachable(Verdict.STOPPED, f"{server} does not offer what is needed: {error}")
    if isinstance(error, aiosmtplib.SMTPResponseException) and error.code >= 400:
        what = "the login" if isinstance(error, aiosmtplib.SMTPAuthenticationError) else "the connection"
        verdict = Verdict.STOPPED if error.code >= 500 else Verdict.THROTTLED
        words = _without_secrets(in_words(error.message), settings)
        return Unreachable(verdict, f"{server} refuses {what}: {error.code} {words}")
    if isinstance(error, aiosmtplib.SMTPException | OSError):
        known = cause if isinstance(cause, OSError) and str(cause) else error
        words = _without_secrets(in_words(str(known)), settings) or type(error).__name__
        return Unreachable(Verdict.NOT_SENT, f"{server} cannot be reached: {words}")
    return None


def _without_secrets(words: str, settings: SmtpSettings) -> str:
    """Some servers repeat the line that they did not like, login and all."""
    password = settings.password.reveal()
    plain = f"\0{settings.username}\0{password}"
    for secret in (*(base64.b64encode(one.encode()).decode() for one in (plain, password)), password):
        if secret:
            words = words.replace(secret, "***")
    return words


def _own_name() -> str:
    """The name for EHLO. Asks no name server, which could take long; an address literal will do (§4.1.4)."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"
