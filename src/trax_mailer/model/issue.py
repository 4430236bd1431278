"""An issue: the content, as typed sections in the order the writer gave them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from trax_mailer.model.finding import Place
from trax_mailer.model.values import Group

BAND = "band"
"""The section type that is a heading above others: it is shown where any section below it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section of an issue.

    `values` holds every field its type declares. `places` gives where each value stands in the
    file, by dotted path (`deadline`, `entries.0.date`). `topics` are those of its type and its own, sorted;
    who chose topics gets it where one of them is among its own, or where it has none.
    """

    type: str
    values: Group
    place: Place
    places: Mapping[str, Place]
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One number of the newsletter, as written.

    `title` and `preheader` may hold merge fields. `folder` holds the issue's pictures. `places` is
    like `Section.places`, for the fields at the head of the file.
    """

    number: int
    title: str
    date: dt.date
    language: str
    preheader: str
    sections: tuple[Section, ...]
    folder: Path
    file: str
    places: Mapping[str, Place]
