"""E-mail addresses: the form that is mailed, and the key by which two spellings are one reader."""

from __future__ import annotations

import re
from dataclasses import dataclass

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

# Plain enough that email-validator says the same, fifty times as fast.
_PLAIN = re.compile(
    r"(?!.{255})(?=[^@]{1,64}@)(?!.*[A-Za-z0-9-]{64}.*$)"
    r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*"
    r"@(?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\.)+(?P<top>[A-Za-z]{2,24})",
    re.ASCII,
)
_RESERVED = frozenset(SPECIAL_USE_DOMAIN_NAMES)
_INVISIBLE = " \t\r\n\u00a0\u200b\u200e\u200f\u2060\ufeff"
_LONGEST = 254  # RFC 5321 §4.5.3.1.3, less the angle brackets


class BadAddress(ValueError):
    """The words are no address that mail can be sent to; says why."""


@dataclass(frozen=True, slots=True)
class Address:
    """`email` as written, a domain outside ASCII in its IDNA form; `key` in lower case, for comparing."""

    email: str
    key: str


def parse_address(words: str) -> Address:
    """The address in `words`, blanks around it dropped. Raises BadAddress. Looks nothing up."""
    written = words.strip(_INVISIBLE)
    plain = _PLAIN.fullmatch(written)
    if plain is not None and plain["top"].lower() not in _RESERVED:
        return Address(written, written.lower())
    if len(written) > _LONGEST:
        raise BadAddress(f"“{shortened(written)}” is no e-mail address: it is too long")
    try:
        checked = validate_email(written, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as problem:
        raise BadAddress(f"“{shortened(written)}” is no e-mail address. {problem}".rstrip(".")) from None
    domain = checked.ascii_domain
    local, _, written_domain = written.rpartition("@")
    email = written if written_domain.isascii() else f"{local}@{domain}"
    return Address(email, f"{checked.local_part}@{domain}".lower())


def shortened(words: str, *, most: int = 80) -> str:
    """`words` on one line, fit to be shown."""
    one_line = " ".join("".join(sign if sign.isprintable() else "�" for sign in words[: most * 2]).split())
    return one_line if len(one_line) <= most else one_line[: most - 1] + "…"
