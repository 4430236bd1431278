"""From rows to readers: each row becomes one entry or several, or is refused with the reason.

Several addresses in one cell are several readers: the first keeps the name of the row, the others get what
else it says. In further columns for addresses they are one person's: only the first usable one is taken,
unless the row says that its reader left, which holds for all of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from trax_mailer.audience.addresses import Address, BadAddress, parse_address, shortened
from trax_mailer.audience.intake.column_names import KEPT_AS_FIELDS, ROLE_OF_NAME
from trax_mailer.audience.intake.columns import Columns
from trax_mailer.audience.intake.doubts import likely_domain
from trax_mailer.audience.intake.languages import language_tag
from trax_mailer.audience.intake.reports import Fault, RefusedRow
from trax_mailer.audience.intake.rows import Row
from trax_mailer.audience.intake.splitting import split_addresses
from trax_mailer.audience.intake.statuses import BadStatus, read_status, read_yes_or_no
from trax_mailer.audience.intake.tagging import split_tags
from trax_mailer.audience.standing import heavier
from trax_mailer.audience.wording import plain
from trax_mailer.model.spreadsheet import as_meant
from trax_mailer.model.subscriber import SubscriptionState

LONGEST_CELL = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How rows are read: their columns, and the state of those that say nothing of their own."""

    columns: Columns
    default: SubscriptionState
    keep_typos: bool = False
    every_address: bool = False
    """Take all the addresses of a person, not the first alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One reader of the file, ready to be stored."""

    line: int
    address: Address
    name: str
    language: str
    fields: Mapping[str, str]
    state: SubscriptionState
    tags: tuple[str, ...] = ()
    untracked: bool = False


def read_entries(row: Row, plan: Plan) -> Iterator[Entry | RefusedRow]:
    """The readers of that row, and why it, or one of its addresses, is refused."""
    columns = plan.columns
    if columns.ours and not row.fault:
        row = row._replace(cells=tuple(map(as_meant, row.cells)))
    email = columns.cell(row.cells, "email")
    further = columns.cells(row.cells, "further_email")
    fault = row.fault or _fault_of_cells(row, columns)
    if fault:
        yield _refused(row, email, fault, Fault.ROW)
        return
    if not email and not further:
        yield _refused(row, "", "has no e-mail address", Fault.NO_ADDRESS)
        return
    try:
        state = _state(row, plan)
        first = _about(row, columns, state)
    except BadStatus as problem:
        yield _refused(row, email, str(problem), Fault.STATUS)
        return
    one_person = bool(further) and not plan.every_address and state is SubscriptionState.SUBSCRIBED
    cells = [cell for cell in (email, *further) if cell]
    yield from _readers(row, cells, first, plan, one_person=one_person)


def _readers(
    row: Row, cells: list[str], about: Entry, plan: Plan, *, one_person: bool
) -> Iterator[Entry | RefusedRow]:
    """The entry `about` with each of the addresses; of one person the first usable one alone."""
    refused: list[RefusedRow] = []
    taken: set[str] = set()
    for name, written in (pair for cell in cells for pair in split_addresses(cell)):
        try:
            address = parse_address(written)
            if about.state is SubscriptionState.SUBSCRIBED and not plan.keep_typos:
                _refuse_typo(address)
        except (BadAddress, _Doubtful) as problem:
            fault = Fault.TYPO if isinstance(problem, _Doubtful) else Fault.BAD_ADDRESS
            refused.append(_refused(row, written, str(problem), fault))
            continue
        if address.key not in taken:
            yield _with_address(about, address, name=name, first=not taken)
            taken.add(address.key)
            if one_person:
                return
    yield from refused


class _Doubtful(ValueError):
    """The address is one, and probably not the one that was meant."""


def _refuse_typo(address: Address) -> None:
    meant = likely_domain(address.key.rpartition("@")[2])
    if meant:
        raise _Doubtful(
            f"“{shortened(address.email)}” looks like a typo of …@{meant}; mend it, or import it "
            "as it is with --keep-typos"
        )


def _with_address(about: Entry, address: Address, *, name: str, first: bool) -> Entry:
    if first:
        return replace(about, address=address, name=about.name or name)
    fields = {key: value for key, value in about.fields.items() if key not in {"first_name", "last_name"}}
    return replace(about, address=address, name=name, fields=fields)


def _refused(row: Row, email: str, reason: str, fault: Fault) -> RefusedRow:
    return RefusedRow(line=row.line, email=shortened(email), reason=reason, fault=fault)


def _fault_of_cells(row: Row, columns: Columns) -> str:
    if "\x00" in "".join(row.cells):
        return "holds a NUL character"
    if max(map(len, row.cells)) > LONGEST_CELL:
        return f"holds a cell of over {LONGEST_CELL:,} characters: is a quote not closed?"
    if len(row.cells) > columns.count and any(cell.strip() for cell in row.cells[columns.count :]):
        return (
            f"has {len(row.cells)} cells where the first row names {columns.count}: "
            "a cell that holds the separator must stand in quotes"
        )
    return ""


def _state(row: Row, plan: Plan) -> SubscriptionState:
    """What the row says; where it says it in several columns, what weighs most."""
    columns = plan.columns
    state = read_status(columns.cell(row.cells, "status"), default=plan.default)
    left = columns.cell(row.cells, "left_at") or read_yes_or_no(columns.cell(row.cells, "blocked"))
    return heavier(state, SubscriptionState.UNSUBSCRIBED) if left else state


def _about(row: Row, columns: Columns, state: SubscriptionState) -> Entry:
    """All that the row says, but for the address."""
    fields = {role: columns.cell(row.cells, role) for role in KEPT_AS_FIELDS}
    fields |= {
        name: row.cells[index].strip() for index, name in columns.fields.items() if index < len(row.cells)
    }
    name, language = columns.cell(row.cells, "name"), columns.cell(row.cells, "language")
    for key, value in _attributes(columns.cell(row.cells, "attributes")).items():
        role = ROLE_OF_NAME.get(plain(key), "")
        if role == "language":
            language = language or value
        elif not fields.get(role if role in KEPT_AS_FIELDS else key):
            fields[role if role in KEPT_AS_FIELDS else key] = value
    fields = {key: value for key, value in fields.items() if value}
    tag = language_tag(language)
    if language and not tag:
        fields["language as written"] = language
    return Entry(
        line=row.line,
        address=Address("", ""),
        name=name or f"{fields.get('first_name', '')} {fields.get('last_name', '')}".strip(),
        language=tag,
        fields=fields,
        state=state,
        tags=tuple(sorted({tag for cell in columns.cells(row.cells, "tags") for tag in split_tags(cell)})),
        untracked=read_yes_or_no(columns.cell(row.cells, "untracked"), about="tracking"),
    )


def _attributes(cell: str) -> dict[str, str]:
    """A JSON object as words by name; what is none is kept as it is written."""
    if not cell or cell == "{}":
        return {}
    try:
        found = json.loads(cell)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return {"attributes": cell}
    return {
        key.replace("\x00", ""): value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for key, value in found.items()
        if value not in (None, "", [], {}) and key
    }
