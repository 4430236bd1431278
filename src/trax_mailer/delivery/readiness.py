"""What must be right before a real mailing starts: the sender, the law, the public server, the pictures."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx

from trax_mailer.delivery.addresses import needs_smtputf8
from trax_mailer.delivery.sync_age import check_sync
from trax_mailer.delivery.transports.base import Transport
from trax_mailer.model.edition import EdgedPart, Edition, Slot, SlotKind
from trax_mailer.model.finding import Finding, Severity, has_errors
from trax_mailer.model.topics import kept_by_all
from trax_mailer.settings import Pictures, Settings
from trax_mailer.storage import Ledger
from trax_mailer.storage.editions import store_edition

SECONDS = 10.0
_NO_TOKEN = "x" * 40
_TAG = re.compile(r"<(style|title)\b.*?</\1>|<!--.*?-->|<[^>]*>", re.DOTALL | re.IGNORECASE)
_LIST_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


def preflight(
    ledger: Ledger, *, settings: Settings, edition: Edition, transport: Transport
) -> tuple[Finding, ...]:
    """Every reason why a real mailing must not start; nothing for a simulated one.

    Stores the edition first, so that the public server can serve the pictures that are then fetched.
    """
    if transport.simulated:
        return ()
    findings = [*_check_sender(settings), *_check_law(settings, edition)]
    of_the_url = list(_check_public_url(settings, rehearsal=transport.rehearsal))
    findings += of_the_url
    if not has_errors(of_the_url):
        findings += _check_server(ledger, settings, edition)
    if settings.from_email:
        findings += transport.preflight(settings.from_email)
        findings += check_sync(ledger, transport)
    return tuple(findings)


def _check_sender(settings: Settings) -> Iterator[Finding]:
    if not settings.from_email:
        yield _error("No sender is set.", "Set sender.email in trax.yaml.")
    if not settings.from_name:
        yield _error("The sender has no name.", "Set sender.name in trax.yaml.")
    if not settings.reply_to:
        yield _error("Nobody is set to get the readers' answers.", "Set sender.reply_to in trax.yaml.")
    for address in (settings.from_email, settings.reply_to):
        if needs_smtputf8(address):
            yield _error(
                f"{address} holds letters outside ASCII before the @, which most mail servers cannot handle.",
                "Set another sender.email or sender.reply_to in trax.yaml.",
            )
    if not _LIST_ID.fullmatch(settings.list_id):
        yield _error(
            "The newsletter has no usable list_id.",
            "Set newsletter.list_id in trax.yaml to a name under your domain, such as news.example.org",
        )


def _check_law(settings: Settings, edition: Edition) -> Iterator[Finding]:
    """Readers must be able to see who writes to them and to leave, in both parts, whatever they chose."""
    edition = kept_by_all(edition)
    address = _squeezed(settings.postal_address)
    if not address:
        yield _error("No postal address is set.", "Set organisation.postal_address in trax.yaml.")
    parts = {
        "HTML": (edition.html, html.unescape(_TAG.sub(" ", _literal(edition.html)))),
        "plain text": (edition.text, _literal(edition.text)),
    }
    for name, (part, words) in parts.items():
        if address and address not in _squeezed(words):
            yield _error(
                f"The postal address is not in the {name} part.",
                "Show newsletter.postal_address in the layout of templates/email.",
            )
        if not any(isinstance(one, Slot) and one.kind is SlotKind.UNSUBSCRIBE for one in part):
            yield _error(
                f"The {name} part has no link to leave.",
                "Show unsubscribe_url in the layout of templates/email.",
            )


def _check_public_url(settings: Settings, *, rehearsal: bool) -> Iterator[Finding]:
    url = settings.public_url
    if not url:
        yield _error(
            "No public_url is set: readers could neither leave nor see pictures.",
            "Set public_url in trax.yaml to where `trax serve` can be reached from everywhere.",
        )
        return
    parts = urlsplit(url)
    here = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if not url.isascii():
        yield _error(f"public_url {url} holds letters outside ASCII.", "Write its host as xn--….")
    elif here and not rehearsal:
        yield _error(f"public_url {url} is this machine: no reader can reach it.", "Set a public address.")
    elif here:
        yield Finding(
            check="preflight",
            severity=Severity.WARNING,
            message=f"public_url {url} is this machine: only a rehearsal can use it.",
        )
    elif parts.scheme != "https":
        yield _error(
            f"public_url {url} is not encrypted.",
            "Set an address with https://: mail programs unsubscribe through nothing else (RFC 8058 §3.1).",
        )


def _check_server(ledger: Ledger, settings: Settings, edition: Edition) -> Iterator[Finding]:
    """The public server answers, stands on this very ledger, and gives every hosted picture whole."""
    with httpx.Client(timeout=SECONDS, follow_redirects=False) as client:
        problem = _fetch(client, f"{settings.public_url}/healthz", expected=b"ok")
        if problem:
            yield _error(
                f"The public server does not answer: {problem}",
                "Start `trax serve` on the host that holds the state directory, and check public_url.",
            )
            return
        if problem := _fetch(client, f"{settings.public_url}/o/{_NO_TOKEN}"):
            yield _error(
                f"The public server does not answer tracked links: {problem}",
                "Check that the web server in front of `trax serve` passes on /c/ and /o/ as well.",
            )
        with ledger.write() as connection:
            identity = store_edition(connection, edition, now=dt.datetime.now(dt.UTC))
        # A server over another state directory would not know the readers' links to leave either.
        if problem := _fetch(client, f"{settings.public_url}/v/{identity}"):
            yield _error(
                f"The public server does not know this issue: {problem}",
                "Check that `trax serve` uses the same state directory as this machine.",
            )
            return
        for asset in edition.assets if settings.pictures is Pictures.HOSTED else ():
            url = f"{settings.public_url}/a/{asset.name}"
            if problem := _fetch(client, url, expected=asset.data):
                yield _error(
                    f"A picture cannot be loaded: {problem}",
                    "Check what stands between readers and `trax serve`, or set pictures: embedded.",
                )


def _fetch(client: httpx.Client, url: str, *, expected: bytes | None = None) -> str:
    """What is wrong with what `url` gives; empty where it answers, and with exactly what is `expected`."""
    try:
        answer = client.get(url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"{url}: {error or type(error).__name__}"
    if answer.status_code != 200:
        return f"{url} answers {answer.status_code}"
    if expected is not None and answer.content.strip() != expected.strip():
        return f"{url} gives something else than what was stored"
    return ""


def _literal(part: EdgedPart) -> str:
    return "".join(segment if isinstance(segment, str) else " " for segment in part)


def _squeezed(words: str) -> str:
    """Letters and digits alone: templates break lines and put commas in their own way."""
    return "".join(character for character in words.casefold() if character.isalnum())


def _error(message: str, advice: str) -> Finding:
    return Finding(check="preflight", severity=Severity.ERROR, message=message, advice=advice)
