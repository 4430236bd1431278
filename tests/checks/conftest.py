"""An issue on disk, with values where its lines are, and an edition that holds the essentials."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from trax_mailer.checks import run_checks
from trax_mailer.fields import Field, Kind
from trax_mailer.model.edition import Edition, Slot, SlotContext, SlotKind
from trax_mailer.model.finding import Finding, Place
from trax_mailer.model.issue import Issue, Section
from trax_mailer.model.values import Group, Markdown, Text
from trax_mailer.sections import SectionType
from trax_mailer.settings import Settings

FILE = """\
number: 7
title: A title that is long enough
date: 2015-12-01
preheader: What the sea brought to the harbour this month, and who came
sections:
  - type: note
    title: One
    body: |
      Some words.
    deadline: 2015-12-31
"""
EVENT = Field(name="event", kind=Kind.DATE_RANGE, role="event")
NOTE = SectionType(
    name="note",
    label="Note",
    help="",
    fields=(
        Field(name="title", kind=Kind.TEXT),
        Field(name="body", kind=Kind.MARKDOWN),
        Field(name="deadline", kind=Kind.DATE, role="deadline"),
        Field(name="picture", kind=Kind.PICTURE),
        Field(name="links", kind=Kind.LIST, of=Field(name="", kind=Kind.LINK)),
        Field(name="published", kind=Kind.DATE),
        Field(name="days", kind=Kind.LIST, role="event", of=Field(name="", kind=Kind.DATE)),
        Field(name="events", kind=Kind.LIST, of=Field(name="", kind=Kind.GROUP, fields=(EVENT,))),
    ),
    mjml="sections/note.mjml",
    text="sections/note.txt",
    file="templates/email/sections/note.yaml",
)
UNSUBSCRIBE = Slot(SlotKind.UNSUBSCRIBE, SlotContext.ATTRIBUTE)
Check = Callable[..., list[Finding]]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Runs the checks on an issue of one section; `name` keeps the findings of one check only."""

    def run(name: str = "", /, file: str = FILE, today: dt.date = dt.date(2015, 12, 1), **changes: Any):
        (tmp_path / "issue.yaml").write_text(file, "utf-8")
        head = {"title", "preheader", "date", "language"} & changes.keys()
        parts = {"html", "text", "subject", "links", "assets"} & changes.keys()
        values: dict[str, Any] = dict.fromkeys(field.name for field in NOTE.fields)
        values |= {"id": None}
        values |= {key: changes[key] for key in (changes.keys() & values.keys()) - parts - head}
        values |= {"links": changes["link_values"]} if "link_values" in changes else {}
        issue = issue_of(tmp_path, values, {key: changes[key] for key in head})
        edition = edition_of(issue, {key: changes[key] for key in parts})
        settings = Settings(
            root=tmp_path,
            state=tmp_path,
            postal_address=changes.get("address", ""),
            pictures=changes.get("pictures", Settings.pictures),
        )
        found = run_checks(issue, edition, settings=settings, today=today, types={"note": NOTE})
        return [finding for finding in found if not name or finding.check == name]

    return run


def issue_of(folder: Path, values: dict[str, Any], head: dict[str, Any]) -> Issue:
    for name, known in (("title", Text), ("body", Markdown)):
        values[name] = known(values[name]) if isinstance(values[name], str) else values[name]
    places = {name: Place("issues/007/issue.yaml", line, 5) for name, line in LINES.items()}
    section = Section(
        type="note",
        values=Group(MappingProxyType(values)),
        place=Place("issues/007/issue.yaml", 6, 5),
        places=places,
    )
    whole: dict[str, Any] = {
        "number": 7,
        "title": "A title that is long enough",
        "date": dt.date(2015, 12, 1),
        "language": "en",
        "preheader": "What the sea brought to the harbour this month, and who came",
        "sections": (section,),
        "folder": folder,
        "file": "issues/007/issue.yaml",
        "places": {name: Place("issues/007/issue.yaml", line, 1) for name, line in HEAD_LINES.items()},
    }
    return Issue(**(whole | head))


LINES = {"title": 7, "body": 8, "deadline": 10, "picture": 11, "links": 11, "events": 11, "days": 11}
HEAD_LINES = {"number": 1, "title": 2, "date": 3, "preheader": 4}


def edition_of(issue: Issue, parts: dict[str, Any]) -> Edition:
    whole: dict[str, Any] = {
        "language": "en",
        "direction": "ltr",
        "subject": (f"No 7: {issue.title}",),
        "preheader": (issue.preheader,) if issue.preheader else (),
        "html": ("<html>", UNSUBSCRIBE, "</html>"),
        "text": (UNSUBSCRIBE,),
        "links": (),
        "assets": (),
    }
    return Edition(**(whole | parts))


@pytest.fixture
def unsubscribe() -> Slot:
    return UNSUBSCRIBE
