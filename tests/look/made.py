"""Mails as one reader gets them, and sections made from what their types declare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trax_mailer.fields import Field, Kind
from trax_mailer.model.edition import Edition, Slot, SlotKind
from trax_mailer.model.filling import fill_part
from trax_mailer.model.finding import Finding
from trax_mailer.sections import SectionType

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates" / "email"
PUBLIC_URL = "https://trax.upr-info.org"


@dataclass(frozen=True)
class Mail:
    """An edition as one reader gets it, and everything that was said on the way."""

    edition: Edition
    html: str
    text: str
    findings: tuple[Finding, ...]


@dataclass
class Written:
    """Values for the fields of a type, and the words that readers have to find again."""

    values: dict[str, Any] = field(default_factory=dict)
    everywhere: list[str] = field(default_factory=list)
    in_html: list[str] = field(default_factory=list)


def filled(edition: Edition, findings: tuple[Finding, ...]) -> Mail:
    """The edition with every slot filled with something of a real length."""
    resolve = _resolver(edition)
    return Mail(edition, fill_part(edition.html, resolve), fill_part(edition.text, resolve), findings)


def write_values(declared: SectionType, *, full: bool) -> Written:
    """A section of the type with every field, or with those alone that must be there."""
    written = Written(values={"type": declared.name})
    for one in declared.fields:
        if full or one.required:
            written.values[one.name] = _value(one, written, path=one.name, full=full)
    return written


def _value(one: Field, written: Written, *, path: str, full: bool) -> Any:
    word = f"Word{path.replace('.', '').replace('_', '')}"
    if one.kind is Kind.LIST and one.of is not None:
        return [_value(one.of, written, path=f"{path}.{index}", full=full) for index in range(2)]
    if one.kind is Kind.GROUP:
        inner = [each for each in one.fields if full or each.required]
        return {each.name: _value(each, written, path=f"{path}.{each.name}", full=full) for each in inner}
    if one.kind is Kind.PICTURE:
        return _picture(written, word, full=full)
    value, shown = _plain(one, word, year=2100 + len(written.everywhere))
    written.everywhere.extend(shown)
    return value


def _plain(one: Field, word: str, *, year: int) -> tuple[Any, tuple[str, ...]]:
    """A value of a simple kind, and the words it is shown by."""
    link = f"https://example.org/{word}"
    clock = f"11:{year % 50 + 10}"
    return {
        Kind.TEXT: (word, (word,)),
        Kind.MARKDOWN: (f"{word} **strong**", (word,)),
        Kind.URL: (link, (link,)),
        Kind.LINK: ({"label": word, "url": link}, (word, link)),
        Kind.EMAIL: (f"{word}@example.org", (f"{word}@example.org",)),
        Kind.NUMBER: (year, (str(year),)),
        Kind.TIME: (clock, (clock,)),
        Kind.DATE: (f"{year}-03-04", (str(year),)),
        Kind.DATE_RANGE: (f"{year}-03-04 to {year}-03-06", (str(year),)),
        Kind.CHOICE: (one.choices[0] if one.choices else "", ()),
        Kind.BOOLEAN: (True, ()),
    }[one.kind]


def _picture(written: Written, word: str, *, full: bool) -> dict[str, str]:
    written.in_html.append(f"{word}alt")
    picture = {"file": "picture.png", "alt": f"{word}alt"}
    if full:
        written.everywhere.append(f"https://example.org/{word}")
        picture["link"] = f"https://example.org/{word}"
    return picture


def _resolver(edition: Edition) -> Callable[[Slot], str]:
    targets = {str(link.number): link.target for link in edition.links}
    names = {asset.sha256: asset.name for asset in edition.assets}

    def resolve(slot: Slot) -> str:
        match slot.kind:
            case SlotKind.READER:
                return "Anahit"
            case SlotKind.LINK:
                return targets[slot.key]
            case SlotKind.ASSET:
                return f"{PUBLIC_URL}/a/{names[slot.key]}"
            case SlotKind.BROWSER:
                return f"{PUBLIC_URL}/v/{edition.hash}"
            case SlotKind.UNSUBSCRIBE:
                return f"{PUBLIC_URL}/u/{'t' * 44}"

    return resolve
