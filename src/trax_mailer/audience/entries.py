"""From rows to readers: each row becomes an entry, or is refused with the reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from trax_mailer.audience.addresses import Address, BadAddress, parse_address, shortened
from trax_mailer.audience.columns import Columns
from trax_mailer.audience.rows import Row
from trax_mailer.audience.statuses import BadStatus, read_status
from trax_mailer.audience.wording import plain
from trax_mailer.model.subscriber import SubscriptionState

_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_LANGUAGES = {
    "en": "english, anglais, inglés, englisch",
    "fr": "french, français, francés, französisch",
    "es": "spanish, español, espagnol, spanisch, castellano",
    "de": "german, deutsch, allemand, alemán",
    "ar": "arabic, arabe, árabe, arabisch, العربية",
    "ru": "russian, russe, ruso, russisch, русский",
    "zh": "chinese, chinois, chino, chinesisch, 中文",
    "it": "italian, italiano, italien, italienisch",
    "pt": "portuguese, português, portugais, portugués, portugiesisch",
}
_TAGS = {plain(name): tag for tag, names in _LANGUAGES.items() for name in names.split(",")}
_LONGEST_TAG = 35  # RFC 5646 §4.4.1
_LONGEST_CELL = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A row that did not go in. `line` is where it begins in the file; `email` is empty where it has none."""

    line: int
    email: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One reader of the file, ready to be stored."""

    line: int
    address: Address
    name: str
    language: str
    fields: Mapping[str, str]
    state: SubscriptionState


def read_entry(row: Row, *, columns: Columns, default: SubscriptionState) -> Entry | RefusedRow:
    """The reader of that row, or why it is refused."""
    email = columns.cell(row.cells, "email")
    fault = row.fault or _fault_of_cells(row, columns=columns, email=email)
    if fault:
        return RefusedRow(line=row.line, email=shortened(email), reason=fault)
    try:
        address = parse_address(email)
        state = read_status(columns.cell(row.cells, "status"), default=default)
    except (BadAddress, BadStatus) as problem:
        return RefusedRow(line=row.line, email=shortened(email), reason=str(problem))
    fields = _fields(row, columns)
    language = _language(columns.cell(row.cells, "language"), fields)
    name = columns.cell(row.cells, "name")
    if not name:
        name = f"{fields.get('first_name', '')} {fields.get('last_name', '')}".strip()
    return Entry(line=row.line, address=address, name=name, language=language, fields=fields, state=state)


def _fault_of_cells(row: Row, *, columns: Columns, email: str) -> str:
    if "\x00" in "".join(row.cells):
        return "holds a NUL character"
    if max(map(len, row.cells)) > _LONGEST_CELL:
        return f"holds a cell of over {_LONGEST_CELL:,} characters: is a quote not closed?"
    if len(row.cells) > columns.count and any(cell.strip() for cell in row.cells[columns.count :]):
        return (
            f"has {len(row.cells)} cells where the first row names {columns.count}: "
            "a cell that holds the separator must stand in quotes"
        )
    return "" if email else "has no e-mail address"


def _fields(row: Row, columns: Columns) -> dict[str, str]:
    kept = {
        role: columns.cell(row.cells, role) for role in ("first_name", "last_name", "organisation", "country")
    }
    further = {
        name: row.cells[index].strip() for index, name in columns.fields.items() if index < len(row.cells)
    }
    return {name: value for name, value in (kept | further).items() if value}


def _language(words: str, fields: dict[str, str]) -> str:
    """The language's tag. What is none stays beside the reader as it was written."""
    known = _TAGS.get(plain(words))
    if known is not None:
        return known
    if _TAG.fullmatch(words) and len(words) <= _LONGEST_TAG:
        first, *rest = words.replace("_", "-").split("-")
        return "-".join([first.lower(), *rest])
    if words:
        fields["language as written"] = words
    return ""
