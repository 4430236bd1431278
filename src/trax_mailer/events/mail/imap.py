"""A folder on an IMAP server, read and never changed (RFC 3501): EXAMINE, and BODY.PEEK of each message."""

from __future__ import annotations

import contextlib
import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from trax_mailer.errors import BadWorkspace, ProviderError
from trax_mailer.events.mail.message import MOST_BYTES
from trax_mailer.model.server_words import clean_words
from trax_mailer.settings import BouncesSettings

_LATER = "What was read so far is kept; the rest is read next time."
_CHECK = "Check bounces.host, bounces.port and bounces.security in trax.yaml, and the network."
_LOGIN = "Check bounces.username in trax.yaml, and TRAX_IMAP_PASSWORD in the environment."

TROUBLE = (OSError, imaplib.IMAP4.error)
"""What the folder raises in the midst of reading; `open_folder` puts it into words."""


class ImapFolder:
    """The open folder. `validity` is the numbering in which its messages have their UIDs."""

    def __init__(self, client: imaplib.IMAP4, validity: int) -> None:
        self._client = client
        self.validity = validity

    def uids(self, *, after: int) -> list[int]:
        """The messages that came after that one, the oldest first."""
        _kind, found = self._client.uid("SEARCH", f"UID {after + 1}:*")
        # Where there is none, “*” still stands for the last message (RFC 3501 §6.4.8).
        numbers = (int(one) for line in found if isinstance(line, bytes) for one in line.split())
        return sorted(uid for uid in numbers if uid > after)

    def content(self, uid: int) -> bytes | None:
        """The first half megabyte of the message; None where it lies there no more."""
        _kind, found = self._client.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
        return next((bytes(one[1]) for one in found if isinstance(one, tuple)), None)


@contextmanager
def open_folder(settings: BouncesSettings) -> Iterator[ImapFolder]:
    """Log in and open the folder, until the end of the block.

    Raises ProviderError where the server cannot be reached, refuses, or ends in the midst of it.
    """
    _refuse(settings)
    where = f"The IMAP server {settings.host}:{settings.port}"
    try:
        client = _connect(settings)
    except ssl.SSLCertVerificationError as error:
        words = f"{where} has no certificate that can be trusted: {error.verify_message}."
        raise ProviderError(words, advice="Use the name that stands in its certificate.") from None
    except TROUBLE as error:
        raise ProviderError(f"{where} cannot be used: {_words(error, settings)}.", advice=_CHECK) from None
    try:
        _log_in(client, settings, where)
        yield ImapFolder(client, _open(client, settings, where))
    except TROUBLE as error:
        words = f"{where} left off in the midst of it: {_words(error, settings)}."
        raise ProviderError(words, advice=_LATER) from None
    finally:
        with contextlib.suppress(*TROUBLE):
            client.logout()
        with contextlib.suppress(OSError):
            client.shutdown()  # which a farewell that failed leaves undone


def _refuse(settings: BouncesSettings) -> None:
    here = settings.host in {"localhost", "::1"} or settings.host.startswith("127.")
    if settings.security == "none" and not here:
        raise BadWorkspace(
            "bounces.security is none: readers' addresses and the password would travel unencrypted.",
            advice="Write tls or starttls.",
        )
    if not settings.username or not settings.password:
        raise BadWorkspace("The mailbox of bounces has no login.", advice=_LOGIN)
    if not settings.folder.isascii() or not settings.folder.isprintable():
        raise BadWorkspace(
            "bounces.folder has letters that trax cannot ask for.",
            advice="Make a folder whose name has plain letters only, such as Bounces.",
        )


def _connect(settings: BouncesSettings) -> imaplib.IMAP4:
    host, port, timeout = settings.host, settings.port, float(settings.timeout)
    if settings.security == "tls":
        return imaplib.IMAP4_SSL(host, port, ssl_context=ssl.create_default_context(), timeout=timeout)
    client = imaplib.IMAP4(host, port, timeout=timeout)
    if settings.security == "starttls":
        try:
            client.starttls(ssl.create_default_context())
        except TROUBLE:
            client.shutdown()
            raise
    return client


def _log_in(client: imaplib.IMAP4, settings: BouncesSettings, where: str) -> None:
    user, password = settings.username, settings.password.reveal()
    try:
        if "AUTH=PLAIN" in client.capabilities:
            client.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
        elif user.isascii() and password.isascii():
            client.login(user, password)
        else:
            raise ProviderError(
                f"{where} takes a login in plain ASCII only.", advice="Choose another password there."
            )
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise ProviderError(f"{where} refused the login: {_words(error, settings)}.", advice=_LOGIN) from None


def _open(client: imaplib.IMAP4, settings: BouncesSettings, where: str) -> int:
    quoted = '"' + settings.folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
    kind, said = client.select(quoted, readonly=True)
    if kind != "OK":
        words = clean_words(str((said[0] or b"").decode("utf-8", "replace")), address=settings.username)
        raise ProviderError(
            f"{where} does not open the folder “{settings.folder}”: {words}.",
            advice="Check bounces.folder in trax.yaml.",
        )
    _kind, validity = client.response("UIDVALIDITY")
    return int(validity[0]) if validity and validity[0] else 0


def _words(error: Exception, settings: BouncesSettings) -> str:
    """What the other side said, without the login."""
    if isinstance(error, TimeoutError):
        return f"no answer within {settings.timeout} seconds"
    said = error.args[-1] if error.args else ""
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    secret = settings.password.reveal()
    words = words.replace(secret, "…") if secret else words
    return clean_words(words, address=settings.username).rstrip(".") or type(error).__name__
