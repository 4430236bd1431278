"""A connection to a mail server: encrypted, its certificate verified, logged in."""

from __future__ import annotations

import smtplib
import socket
import ssl

from trax_mailer.delivery.transports.base import Verdict, in_words
from trax_mailer.settings import SmtpSettings

LOST = (smtplib.SMTPServerDisconnected, smtplib.SMTPResponseException, OSError)
"""What smtplib raises where a connection ends, stays silent too long, or talks nonsense."""


class Unreachable(Exception):
    """There is no connection. Nothing can have been sent."""

    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason


def connect(settings: SmtpSettings) -> smtplib.SMTP:
    """A connection ready for MAIL FROM. Raises Unreachable."""
    server = f"{settings.host}:{settings.port}"
    smtp = None
    try:
        smtp = _secured(settings)
        if settings.username:
            smtp.login(settings.username, settings.password.reveal())
        # The dot after a message is a small packet of its own: it must not wait for an acknowledgement.
        if smtp.sock is not None:
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except UnicodeEncodeError:
        # smtplib would show a letter of the password.
        reason = "the user name or the password for the mail server holds letters outside ASCII"
        raise Unreachable(Verdict.STOPPED, reason) from None
    except ssl.SSLCertVerificationError as error:
        reason = f"the certificate of {server} is not valid: {error.verify_message}"
        raise Unreachable(Verdict.STOPPED, reason) from None
    except smtplib.SMTPNotSupportedError as error:
        raise Unreachable(Verdict.STOPPED, f"{server} does not offer what is needed: {error}") from None
    except smtplib.SMTPResponseException as error:
        what = "the login" if isinstance(error, smtplib.SMTPAuthenticationError) else "the connection"
        verdict = Verdict.STOPPED if error.smtp_code // 100 == 5 else Verdict.THROTTLED
        reason = f"{server} refuses {what}: {error.smtp_code} {in_words(error.smtp_error)}"
        raise Unreachable(verdict, reason) from None
    except (smtplib.SMTPException, OSError) as error:
        words = in_words(str(error)) or type(error).__name__
        raise Unreachable(Verdict.NOT_SENT, f"{server} cannot be reached: {words}") from None
    else:
        connected, smtp = smtp, None
        return connected
    finally:
        if smtp is not None:
            smtp.close()


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine."""
    return host in {"localhost", "::1"} or host.startswith("127.")


def _secured(settings: SmtpSettings) -> smtplib.SMTP:
    name, timeout = _own_name(), float(settings.timeout)
    context = ssl.create_default_context()
    host, port = settings.host, settings.port
    smtp: smtplib.SMTP
    if settings.security == "tls":
        smtp = smtplib.SMTP_SSL(host, port, local_hostname=name, timeout=timeout, context=context)
    else:
        smtp = smtplib.SMTP(host, port, local_hostname=name, timeout=timeout)
    try:
        smtp.ehlo_or_helo_if_needed()
        if settings.security == "starttls":
            smtp.starttls(context=context)
            smtp.ehlo()
    except BaseException:
        smtp.close()
        raise
    return smtp


def _own_name() -> str:
    """The name for EHLO. Asks no name server, which could take long; an address literal will do (§4.1.4)."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"
