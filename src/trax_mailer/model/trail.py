"""One line of the trail of acts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from trax_mailer.model.act import ActKind


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailLine:
    """An act with names for ids.

    `reader` is the address of the one it was about, empty where it was about none or several; `erased`
    where they have none any more. `state` is what it brought them to, empty where it did not.
    """

    id: int
    at: dt.datetime
    kind: ActKind
    by: str
    source: str
    words: str
    reader: str
    erased: bool
    list_name: str
    state: str
    details: Mapping[str, object]

    def as_data(self) -> dict[str, object]:
        """The same as plain JSON."""
        return {
            "id": self.id,
            "at": self.at.isoformat(),
            "kind": self.kind.value,
            "by": self.by,
            "source": self.source,
            "words": self.words,
            "reader": self.reader or None,
            "erased": self.erased,
            "list": self.list_name or None,
            "state": self.state or None,
            "details": dict(self.details),
        }
