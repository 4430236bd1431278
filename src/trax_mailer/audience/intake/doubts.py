"""Addresses that are valid and still look wrong: likely typos, and offices instead of persons."""

from __future__ import annotations

from functools import lru_cache

_LARGE = (
    "gmail.com",
    "googlemail.com",
    "hotmail.com",
    "hotmail.fr",
    "outlook.com",
    "yahoo.com",
    "yahoo.fr",
    "icloud.com",
    "protonmail.com",
    "wanadoo.fr",
    "bluewin.ch",
    "ohchr.org",
)
"""Where so many have their mail that a neighbour of the name is nearly always a slip of the finger."""

_REAL = frozenset(
    [
        "mail.com",
        "ymail.com",
        "email.com",
        "gmail.de",
        "hotmail.ch",
        "hotmail.de",
        "hotmail.es",
        "hotmail.it",
        "hotmail.be",
        "hotmail.co.uk",
        "outlook.fr",
        "outlook.de",
        "outlook.es",
        "yahoo.de",
        "yahoo.es",
        "yahoo.it",
        "yahoo.in",
        "yahoo.ca",
        "yahoo.co.uk",
        "yahoo.co.jp",
        "rocketmail.com",
    ]
)
_ENDINGS = {
    "con": "com",
    "cmo": "com",
    "ocm": "com",
    "comm": "com",
    "coom": "com",
    "vom": "com",
    "xom": "com",
    "c0m": "com",
    "ogr": "org",
    "rog": "org",
    "orgg": "org",
    "prg": "org",
    "0rg": "org",
    "nte": "net",
    "ent": "net",
    "met": "net",
    "nett": "net",
    "itn": "int",
}
"""Top-level domains that do not exist, and what was meant."""

_OFFICES = frozenset(
    [
        "info",
        "admin",
        "administrator",
        "contact",
        "office",
        "secretariat",
        "secretary",
        "mail",
        "email",
        "webmaster",
        "postmaster",
        "hostmaster",
        "abuse",
        "noreply",
        "no-reply",
        "donotreply",
        "support",
        "help",
        "press",
        "media",
        "communications",
        "comms",
        "news",
        "newsletter",
        "sales",
        "billing",
        "hr",
        "jobs",
        "team",
        "hello",
        "enquiries",
        "inquiries",
        "registry",
        "reception",
        "mission",
        "embassy",
        "kontakt",
        "sekretariat",
        "presse",
        "accueil",
        "contacto",
        "prensa",
        "secretaria",
    ]
)


@lru_cache(maxsize=65536)
def likely_domain(domain: str) -> str:
    """The domain that was probably meant where this one looks like a typo; else nothing."""
    if domain in _LARGE or domain in _REAL:
        return ""
    head, _, ending = domain.rpartition(".")
    mended = f"{head}.{_ENDINGS[ending]}" if ending in _ENDINGS else domain
    for large in _LARGE:
        if mended == large or _one_slip_apart(mended, large):
            return large
    return mended if mended != domain else ""


def is_office(key: str) -> bool:
    """Whether the address is that of a role, such as info@, and not of a person."""
    return key.partition("@")[0] in _OFFICES


def _one_slip_apart(one: str, other: str) -> bool:
    """Whether a letter more, less, changed, or changed over with its neighbour, makes one the other."""
    if abs(len(one) - len(other)) > 1:
        return False
    same = 0
    while same < min(len(one), len(other)) and one[same] == other[same]:
        same += 1
    rest, other_rest = one[same:], other[same:]
    return (
        rest[1:] == other_rest
        or rest == other_rest[1:]
        or rest[1:] == other_rest[1:]
        or (rest[:2] == other_rest[1::-1] and rest[2:] == other_rest[2:])
    )
