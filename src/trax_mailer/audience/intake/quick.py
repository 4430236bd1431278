"""The ordinary row, straight to an arrival: the same as by way of an entry, several times as fast.

A row is ordinary where nothing about it needs a decision: a plain address at a domain that is no likely
typo, cells of usual length, a state that the table of states knows. Every other row comes back as None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from json.encoder import encode_basestring

from trax_mailer.audience.addresses import BadAddress, parse_address
from trax_mailer.audience.intake.column_names import KEPT_AS_FIELDS
from trax_mailer.audience.intake.doubts import likely_domain
from trax_mailer.audience.intake.entries import LONGEST_CELL, Plan
from trax_mailer.audience.intake.languages import language_tag
from trax_mailer.audience.intake.rows import Lot, Row
from trax_mailer.audience.intake.statuses import BadStatus, read_status
from trax_mailer.audience.intake.tagging import split_tags
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage.arrivals import Arrival
from trax_mailer.storage.backends.base import as_json

_MOST_CACHED, _MOST_FIELDS = 100_000, 2_000
_DOTTED = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*", re.ASCII)
_UNKNOWN = "?"


class QuickRows:
    """Holds what the columns come to, and what the cells met so far mean."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._default = plan.default.value
        columns = plan.columns
        roles = columns.roles
        self._count = columns.count
        self._email = roles["email"]
        self._name = roles.get("name", -1)
        self._first, self._last = roles.get("first_name", -1), roles.get("last_name", -1)
        self._language, self._status = roles.get("language", -1), roles.get("status", -1)
        self._tags = columns.several.get("tags", ())
        fields = [(roles[role], role) for role in KEPT_AS_FIELDS if role in roles]
        fields += list(columns.fields.items())
        self._fields = [(index, f"{encode_basestring(name)}:", dict[str, str]()) for index, name in fields]
        self._domains: dict[str, bool] = {}
        self._states: dict[str, str] = {"": plan.default.value}
        self._language_tags: dict[str, str] = {}
        # What is rare enough to be left to the thorough way.
        special = {"left_at", "blocked", "attributes", "untracked"} & set(roles)
        self.serves = not (columns.ours or special or "further_email" in columns.several)

    def arrivals(self, lot: Lot, thoroughly: Callable[[Row], Iterable[Arrival]]) -> Iterator[Arrival]:
        """The arrivals of the lot, in its order; what is not ordinary comes from `thoroughly`."""
        if lot.fault or not self.serves:
            for row in lot.rows():
                yield from thoroughly(row)
            return
        for line, cells in zip(lot.lines, lot.cells, strict=True):
            found = self.arrival(line, cells)
            if found is not None:
                yield found
            elif "".join(cells).strip():
                yield from thoroughly(Row(line, tuple(cells)))

    def arrival(self, line: int, cells: Sequence[str]) -> Arrival | None:
        """The arrival of that row, or None where it is not ordinary."""
        if len(cells) != self._count or not self._is_ordinary(cells):
            return None
        state = self._default if self._status < 0 else self._state_of(cells[self._status])
        language = cells[self._language] if self._language >= 0 else ""
        tag = (self._language_tags.get(language) or self._judge_language(language)) if language else ""
        if not state or tag == _UNKNOWN:
            return None
        fields = ",".join(
            [
                met.get(cell) or _met(cell, mark, met)
                for index, mark, met in self._fields
                if (cell := cells[index]) and not cell.isspace()
            ]
        )
        email = cells[self._email]
        key = email.lower()
        if key == email:
            key = email  # one text in memory, and in the file of the sorter
        name = cells[self._name].strip() if self._name >= 0 else ""
        tags = self._tags_of(cells) if self._tags else ""
        return line, key, email, name or self._joined(cells), tag, f"{{{fields}}}", state, tags

    def _is_ordinary(self, cells: Sequence[str]) -> bool:
        """Whether the address is plain, and at a domain where plain ones were found good, and no cell odd."""
        email = cells[self._email]
        local, _, domain = email.partition("@")
        good = self._domains.get(domain)
        if not (self._judge(domain) if good is None else good) or not email.isascii() or len(local) > 40:
            return False
        if not local.isalnum() and not _DOTTED.fullmatch(local):
            return False
        whole = "".join(cells)
        return len(whole) <= LONGEST_CELL and "\x00" not in whole

    def _judge(self, domain: str) -> bool:
        try:
            good = parse_address(f"x@{domain}").email == f"x@{domain}"
        except BadAddress:
            good = False
        subscribes = self._plan.default is SubscriptionState.SUBSCRIBED or self._status >= 0
        if good and subscribes and not self._plan.keep_typos:
            good = not likely_domain(domain.lower())
        if len(self._domains) >= _MOST_CACHED:
            self._domains.clear()
        self._domains[domain] = good
        return good

    def _state_of(self, cell: str) -> str:
        """The state's value; nothing where the row is to be refused for it."""
        state = self._states.get(cell)
        if state is None:
            try:
                state = read_status(cell, default=self._plan.default).value
            except BadStatus:
                state = ""
            if len(self._states) < _MOST_CACHED:
                self._states[cell] = state
        return state

    def _judge_language(self, cell: str) -> str:
        """The tag; `_UNKNOWN` where there is none for these words."""
        tag = language_tag(cell.strip()) or (_UNKNOWN if cell.strip() else "")
        if len(self._language_tags) < _MOST_CACHED:
            self._language_tags[cell] = tag
        return tag

    def _joined(self, cells: Sequence[str]) -> str:
        first = cells[self._first].strip() if self._first >= 0 else ""
        last = cells[self._last].strip() if self._last >= 0 else ""
        return f"{first} {last}" if first and last else first or last

    def _tags_of(self, cells: Sequence[str]) -> str:
        tags = {tag for index in self._tags if cells[index] for tag in split_tags(cells[index])}
        return as_json(sorted(tags)) if tags else ""


def _met(cell: str, mark: str, met: dict[str, str]) -> str:
    """The field as it stands in JSON, remembered for the next that say the same."""
    told = mark + encode_basestring(cell.strip())
    if len(met) < _MOST_FIELDS:
        met[cell] = told
    return told
