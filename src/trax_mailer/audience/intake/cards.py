"""The cards of an address book (.vcf, vCard 2.1, 3.0 and 4.0) as rows with columns of our own."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

from trax_mailer.audience.intake.rows import Row

HEADER = (
    "email",
    "further addresses",
    "name",
    "first name",
    "last name",
    "organisation",
    "country",
    "language",
    "tags",
)
_LONGEST_CARD = 5_000
"""Lines: a picture in a card takes thousands."""
_BEGIN = re.compile(r"BEGIN:VCARD\s*", re.IGNORECASE)
_END = re.compile(r"END:VCARD\s*", re.IGNORECASE)
_PICTURE = re.compile(r"(?:[\w-]+\.)?(?:PHOTO|LOGO|SOUND|KEY)[;:]", re.IGNORECASE)


def read_cards(lines: io.TextIOBase) -> Iterator[Row]:
    """A row for each card, at the line where it begins; its preferred address is the first."""
    card: list[str] = []
    begins = 0
    skips = False
    for number, line in enumerate(lines, 1):
        if _BEGIN.fullmatch(line):
            if begins:
                yield Row(line=begins, cells=(), fault="is a card that never ends")
            card, begins = [], number
        if not begins:
            if line.strip():
                yield Row(line=number, cells=(), fault="stands outside any card")
            continue
        # A picture, with the lines that go on with it, is none of our business and may be large.
        skips = bool(_PICTURE.match(line)) or (skips and line[:1] in {" ", "\t"})
        if not skips and len(card) < _LONGEST_CARD:
            card.append(line)
        if _END.fullmatch(line):
            yield _row(card, begins)
            begins = 0
    if begins:
        yield Row(line=begins, cells=(), fault="is a card that never ends")


def _row(card: Sequence[str], line: int) -> Row:
    import vobject  # type: ignore[import-untyped]

    try:
        found = next(vobject.readComponents(io.StringIO("".join(card)), allowQP=True))
        cells = _cells(found)
    except Exception:  # noqa: BLE001 - vobject raises whatever it stumbles over in a broken card
        return Row(line=line, cells=(), fault="is a card that cannot be read")
    return Row(line=line, cells=cells)


def _cells(card: Any) -> tuple[str, ...]:  # noqa: ANN401 - vobject has no types
    emails = [str(one.value).strip() for one in sorted(_all(card, "email"), key=_preference)]
    name = _first(card, "n")
    given, family = (_words(getattr(name, part, "")) for part in ("given", "family"))
    organisation = _first(card, "org")
    address = _first(card, "adr")
    tags = [word for one in _all(card, "categories") for word in _list(one.value)]
    return (
        emails[0] if emails else "",
        "; ".join(emails[1:]),
        _words(_first(card, "fn")),
        given,
        family,
        _list(organisation)[0] if _list(organisation) else "",
        _words(getattr(address, "country", "")),
        _words(_first(card, "lang")),
        "; ".join(tags),
    )


def _all(card: Any, name: str) -> list[Any]:  # noqa: ANN401 - vobject has no types
    return list(card.contents.get(name, []))


def _first(card: Any, name: str) -> Any:  # noqa: ANN401 - vobject has no types
    found = _all(card, name)
    return found[0].value if found else ""


def _preference(email: Any) -> int:  # noqa: ANN401 - vobject has no types
    """1 to 100 as PREF says (RFC 6350 §5.3); `pref` among the types, or alone in 2.1, is the best."""
    types = [str(one).lower() for one in (*email.params.get("TYPE", ()), *email.singletonparams)]
    if "pref" in types:
        return 0
    said = "".join(email.params.get("PREF", ()))
    return int(said) if said.isdecimal() else 101


def _list(value: object) -> list[str]:
    parts = value if isinstance(value, list) else [value]
    return [_words(part) for part in parts if _words(part)]


def _words(value: object) -> str:
    if isinstance(value, list):
        value = " ".join(str(one) for one in value)
    return " ".join(str(value or "").split())
