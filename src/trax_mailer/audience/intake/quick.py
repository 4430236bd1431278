"""The ordinary row, straight to an arrival: the same as by way of an entry, several times as fast.

A row is ordinary where nothing about it needs a decision: a plain address at a domain that is no likely
typo, cells of usual length, a state that the table of states knows. Every other row comes back as None.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from json.encoder import encode_basestring

from trax_mailer.audience.addresses import BadAddress, parse_address
from trax_mailer.audience.intake.column_names import KEPT_AS_FIELDS
from trax_mailer.audience.intake.doubts import likely_domain
from trax_mailer.audience.intake.entries import LONGEST_CELL, Plan
from trax_mailer.audience.intake.languages import language_tag
from trax_mailer.audience.intake.statuses import BadStatus, read_status
from trax_mailer.audience.intake.tagging import split_tags
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage.arrivals import Arrival
from trax_mailer.storage.backends.base import as_json

_MOST_CACHED = 100_000
_DOTTED = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*", re.ASCII)


class QuickRows:
    """Holds what the columns come to, and what the cells met so far mean."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
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
        self._fields = [(index, f"{encode_basestring(name)}:") for index, name in fields]
        self._domains: dict[str, bool] = {}
        self._states: dict[str, str] = {"": plan.default.value}
        # What is rare enough to be left to the thorough way.
        special = {"left_at", "blocked", "attributes", "untracked"} & set(roles)
        self.serves = not (columns.ours or special or "further_email" in columns.several)

    def arrival(self, line: int, cells: Sequence[str]) -> Arrival | None:
        """The arrival of that row, or None where it is not ordinary."""
        if len(cells) != self._count or not self._is_ordinary(cells[self._email]):
            return None
        email = cells[self._email]
        whole = "".join(cells)
        if len(whole) > LONGEST_CELL or "\x00" in whole:
            return None
        state = self._plan.default.value if self._status < 0 else self._state_of(cells[self._status])
        language = cells[self._language].strip() if self._language >= 0 else ""
        tag = language_tag(language) if language else ""
        if not state or (language and not tag):
            return None
        fields = ",".join(
            [
                mark + encode_basestring(cell)
                for index, mark in self._fields
                if (cell := cells[index]) and (cell := cell.strip())
            ]
        )
        name = cells[self._name].strip() if self._name >= 0 else ""
        if not name:
            name = self._joined(cells)
        tags = self._tags_of(cells) if self._tags else ""
        return line, email.lower(), email, name, tag, f"{{{fields}}}", state, tags

    def _is_ordinary(self, email: str) -> bool:
        """Plain, and at a domain where plain addresses were found good."""
        local, at, domain = email.partition("@")
        if not at or not email.isascii() or len(local) > 40:
            return False
        if not local.isalnum() and not _DOTTED.fullmatch(local):
            return False
        known = self._domains.get(domain)
        return self._judge(domain) if known is None else known

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

    def _joined(self, cells: Sequence[str]) -> str:
        first = cells[self._first].strip() if self._first >= 0 else ""
        last = cells[self._last].strip() if self._last >= 0 else ""
        return f"{first} {last}" if first and last else first or last

    def _tags_of(self, cells: Sequence[str]) -> str:
        tags = {tag for index in self._tags if cells[index] for tag in split_tags(cells[index])}
        return as_json(sorted(tags)) if tags else ""
