"""The columns of an import file: what each is for, by its provider, its name, or a person's word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from trax_mailer.audience.intake.column_names import (
    LAST_NAMES,
    LEFT_BEHIND,
    OURS,
    ROLE_OF_NAME,
    SEVERAL,
    WORDS_OF_ROLE,
)
from trax_mailer.audience.intake.providers import Provider, provider_of
from trax_mailer.audience.wording import plain

NOTHING = "nothing"


class BadHeader(ValueError):
    """The first row does not say which column is which; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where each thing stands in a row, by index. `fields` names the further columns.

    `several` holds the roles that many columns may have together: tags, further addresses. `dropped` are the
    columns that are not kept.
    """

    header: tuple[str, ...]
    roles: Mapping[str, int]
    fields: Mapping[int, str]
    several: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    dropped: frozenset[int] = frozenset()
    provider: Provider | None = None
    left_behind: str = ""
    """The name of a column that only lists of people who left or bounced have, or nothing."""
    ours: bool = False
    """Whether this program wrote the file: rows that it refused, or an export."""

    @property
    def count(self) -> int:
        """How many columns there are."""
        return len(self.header)

    def cell(self, row: Sequence[str], role: str) -> str:
        """The row's cell for that role, without blanks around it; empty where there is none."""
        index = self.roles.get(role)
        return row[index].strip() if index is not None and index < len(row) else ""

    def cells(self, row: Sequence[str], role: str) -> list[str]:
        """The row's cells of the columns that have that role together, where they hold anything."""
        found = (row[index].strip() for index in self.several.get(role, ()) if index < len(row))
        return [cell for cell in found if cell]

    def meanings(self) -> list[tuple[str, str]]:
        """Each column's name and what it is taken for, in words, in the order of the file."""
        words = {index: WORDS_OF_ROLE[role] for role, index in self.roles.items()}
        words |= {index: WORDS_OF_ROLE[role] for role, places in self.several.items() for index in places}
        words |= {index: f"further field “{name}”" for index, name in self.fields.items()}
        words |= dict.fromkeys(self.dropped, "not kept")
        return [(name.strip(), words[index]) for index, name in enumerate(self.header)]


def has_email_column(header: Sequence[str]) -> bool:
    """Whether one of the names means an e-mail address."""
    return any(ROLE_OF_NAME.get(plain(name)) == "email" for name in header)


def read_columns(header: Sequence[str], *, meant: Mapping[str, str] | None = None) -> Columns:
    """What each column is for; `meant` says it for some, by name, and is obeyed.

    Raises BadHeader where no column, or two, hold the addresses, or where `meant` names a column that is
    not there.
    """
    provider = provider_of(header)
    wanted = _wanted(header, meant or {})
    roles: dict[str, int] = {}
    fields: dict[int, str] = {}
    several: dict[str, tuple[int, ...]] = {}
    dropped: set[int] = set()
    for index, name in enumerate(header):
        role = wanted.get(index) or _role(plain(name), header, provider)
        if index not in wanted and role in set(wanted.values()) - SEVERAL:
            role = ""  # the person named another column for it
        if role == NOTHING:
            dropped.add(index)
        elif role in SEVERAL:
            several[role] = (*several.get(role, ()), index)
        elif role not in WORDS_OF_ROLE:
            free = role or name.strip() or f"column {index + 1}"
            fields[index] = _free_name(free, [*fields.values(), *WORDS_OF_ROLE])
        elif role in roles:
            raise BadHeader(
                f"the columns “{header[roles[role]].strip()}” and “{name.strip()}” both hold the "
                f"{role.replace('_', ' ')}"
            )
        else:
            roles[role] = index
    if "email" not in roles:
        raise BadHeader("no column is called “email”")
    return Columns(
        header=tuple(header),
        roles=roles,
        fields=fields,
        several=several,
        dropped=frozenset(dropped),
        provider=provider,
        left_behind=next((name.strip() for name in header if plain(name) in LEFT_BEHIND), ""),
        ours=any(plain(name) in OURS for name in header) or (provider is not None and provider.escapes),
    )


def _wanted(header: Sequence[str], meant: Mapping[str, str]) -> dict[int, str]:
    """What a person said of columns, by index: a role, nothing, or the name of a further field."""
    found: dict[int, str] = {}
    for name, said in meant.items():
        places = [index for index, other in enumerate(header) if plain(other) == plain(name)]
        if not places:
            raise BadHeader(f"no column is called “{name}”")
        role = said.strip().lower().replace(" ", "_").replace("-", "_")
        for index in places:
            if role in {*WORDS_OF_ROLE, NOTHING}:
                found[index] = role
            elif plain(said):
                found[index] = ROLE_OF_NAME.get(plain(said), said.strip())
            else:
                found[index] = NOTHING
    return found


def _role(name: str, header: Sequence[str], provider: Provider | None) -> str:
    """The role of a column. Beside “Vorname”, “Name” is the last; beside “apellidos”, “nombre” the first."""
    if name in OURS:
        return NOTHING
    if provider is not None:
        if name in provider.roles:
            return _unless_taken(provider.roles[name], name, header, provider)
        if name in provider.dropped or provider.address_book:
            return NOTHING
    others = {plain(other) for other in header}
    if name in {"nom", "name"} and others & {"prenom", "vorname"} and not others & LAST_NAMES:
        return "last_name"
    if name == "nombre" and others & {"apellido", "apellidos"}:
        return "first_name"
    return ROLE_OF_NAME.get(name, "")


def _unless_taken(role: str, name: str, header: Sequence[str], provider: Provider) -> str:
    """The first of the provider's columns for a role has it; one more of them is not kept."""
    if role in SEVERAL or role == NOTHING:
        return role
    first = next(plain(other) for other in header if provider.roles.get(plain(other)) == role)
    return role if first == name else NOTHING


def _free_name(name: str, taken: Sequence[str]) -> str:
    if name not in taken:
        return name
    return next(f"{name} {number}" for number in range(2, len(taken) + 3) if f"{name} {number}" not in taken)
