"""A roster: readers one by one, with where they stand, to list and to export."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from trax_mailer.model.subscriber import SubscriptionState


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a reader stands with one list, and since when; `untracked` readers get plain links."""

    list_name: str
    state: SubscriptionState
    since: dt.datetime
    topics: tuple[str, ...]
    untracked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterLine:
    """One reader. `suppressed` is the reason why they are never mailed, empty where there is none."""

    id: int
    email: str
    name: str
    language: str
    fields: Mapping[str, str]
    since: dt.datetime
    tags: tuple[str, ...]
    suppressed: str
    places: tuple[Place, ...]

    def as_data(self) -> dict[str, object]:
        """The same as plain JSON, times in ISO 8601."""
        return {
            "id": self.id,
            "email": self.email,
            "name": self.name,
            "language": self.language,
            "fields": dict(self.fields),
            "since": self.since.isoformat(),
            "tags": list(self.tags),
            "suppressed": self.suppressed or None,
            "lists": [
                {
                    "list": place.list_name,
                    "state": place.state.value,
                    "since": place.since.isoformat(),
                    "topics": list(place.topics),
                    "untracked": place.untracked,
                }
                for place in self.places
            ],
        }
