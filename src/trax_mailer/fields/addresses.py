"""Words into addresses of the web and of mail. Each parser raises `Wrong`."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

from trax_mailer.fields.collecting import Wrong, shortened
from trax_mailer.fields.field import Field
from trax_mailer.model.values import Url

SCHEMES = ("http", "https", "mailto", "tel")
LONGEST_URL = 2_000

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b\u2060\ufeff\ud800-\udfff]")
_LOOKS_LIKE_MAIL = re.compile(r"[^\s@/:]+@[^\s@/:]+\.[A-Za-z]{2,}")
_LOOKS_LIKE_HOST = re.compile(r"(?:www\.)?[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}(?:[/?#:].*)?")
_TEL = re.compile(r"\+?[0-9()./-]{3,30}")


def parse_url(words: str, field: Field) -> Url:
    """The target of a link: an http, https, mailto or tel address without blanks."""
    if len(words) > LONGEST_URL:
        raise Wrong(f"is {len(words):,} characters long; at most {LONGEST_URL:,} are taken.")
    scheme = _SCHEME.match(words)
    if scheme is None or (scheme[1].lower() not in SCHEMES and "." in scheme[1]):
        raise Wrong(f"is no web address: “{shortened(words)}”.", advice=_completed(words))
    if scheme[1].lower() not in SCHEMES:
        raise Wrong(
            f"may not lead to “{shortened(scheme[1])}:”.",
            advice="Links lead to https:, http:, mailto: or tel: only.",
        )
    blank = _BLANK.search(words)
    if blank is not None:
        raise Wrong(
            f"holds a blank or an invisible character after “{shortened(words[: blank.start()])}”.",
            advice="Remove it, or write %20 where the address really holds a blank.",
        )
    match scheme[1].lower():
        case "mailto":
            parse_email(words[len("mailto:") :].partition("?")[0], field)
        case "tel":
            if not _TEL.fullmatch(words[len("tel:") :]):
                raise Wrong(
                    f"is no telephone number: “{shortened(words)}”.", advice="Write tel:+41225737050."
                )
        case _:
            _check_host(words)
    return Url(words)


def parse_email(words: str, _field: Field) -> str:
    """An e-mail address in its normal form. The domain is not looked up."""
    try:
        return validate_email(words, check_deliverability=False).normalized
    except EmailNotValidError as problem:
        raise Wrong(
            f"takes an e-mail address; “{shortened(words)}” is none.", advice=f"{str(problem).rstrip('.')}."
        ) from None


def _check_host(words: str) -> None:
    try:
        parts = urlsplit(words)
        host, _port = parts.hostname, parts.port
    except ValueError:
        host, parts = None, None
    if not host or host.startswith(".") or parts is None or not words.split(":", 1)[1].startswith("//"):
        raise Wrong(f"is no web address: “{shortened(words)}”.", advice="Write https://www.example.org/page.")
    if parts.username is not None:
        raise Wrong(
            "holds a user name before “@”; readers' mail programs take that for phishing.",
            advice="Remove it.",
        )


def _completed(words: str) -> str:
    if _LOOKS_LIKE_MAIL.fullmatch(words):
        return f"Did you mean “mailto:{words}”?"
    if _LOOKS_LIKE_HOST.fullmatch(words):
        return f"Did you mean “https://{shortened(words)}”?"
    return "Write it in full: https://www.example.org/page."
