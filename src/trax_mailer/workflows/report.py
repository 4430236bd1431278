"""Reports: what became of an issue, or of all of them, shown, saved or as a page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from trax_mailer.errors import BadFile, BadOption, Refused
from trax_mailer.issues import find_issue, load_issue
from trax_mailer.model.mailing import Mailing, MailingState
from trax_mailer.model.values import Text
from trax_mailer.model.visit import VisitKind
from trax_mailer.reports import (
    HeatMap,
    Section,
    Table,
    count_report,
    count_trend,
    heat_map,
    report_csv,
    report_page,
    report_tables,
    report_workbook,
    trend_tables,
)
from trax_mailer.storage import open_ledger
from trax_mailer.storage.mailings import load_mailings
from trax_mailer.storage.safe_file import new_file
from trax_mailer.workflows.report_heat import sent_issue
from trax_mailer.workflows.wiring import Workspace

_BEGUN = frozenset(MailingState) - {MailingState.DRAFT, MailingState.SCHEDULED}
_TITLES = ("title", "heading", "name", "label")
FORMATS = ("csv", "xlsx", "html")

__all__ = [
    "FORMATS",
    "Shown",
    "Table",
    "report_on_all",
    "report_on_issue",
    "save_report",
    "section_names",
    "sections_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A report as tables, with what stands above them."""

    title: str
    subtitle: str
    tables: tuple[Table, ...]
    made_at: dt.datetime
    heat: Callable[[], HeatMap] | None = None
    """Draws the heat map of the issue; None where no link of it was counted."""

    def as_data(self) -> dict[str, Any]:
        """The report as plain JSON; a number that is withheld is null."""
        return {
            "title": self.title,
            "subtitle": self.subtitle,
            "made_at": self.made_at.isoformat(),
            "tables": {
                one.key: {
                    "title": one.title,
                    "note": one.note,
                    "rows": [dict(zip(one.columns, row, strict=True)) for row in one.rows],
                }
                for one in self.tables
            },
        }


def report_on_issue(workspace: Workspace, issue_number: int, *, mailing_id: int | None = None) -> Shown:
    """The report on every real mailing of the issue, or on one. Raises Refused where none was begun."""
    settings = workspace.settings
    with open_ledger(settings.state, settings.database) as ledger, ledger.read() as connection:
        mailings = [one for one in _real(connection) if one.issue_number == issue_number]
        if mailing_id is not None:
            mailings = [one for one in mailings if one.id == mailing_id]
        if not mailings:
            which = "" if mailing_id is None else f"mailing {mailing_id} of "
            raise Refused(
                f"There is nothing to report on {which}No {issue_number}: no such mailing was really begun.",
                advice="“trax status” lists the mailings; simulated ones have no report.",
            )
        report = count_report(connection, mailings, names=section_names(workspace, issue_number))
        sent = sent_issue(connection, report)
    tables = report_tables(report, zone=settings.timezone)
    what = ", ".join(f"mailing {one.id} to {one.list_name}" for one in report.mailings)
    title = f"No {report.issue_number}: {report.title}"
    now = dt.datetime.now(settings.timezone)
    clicked = report.visits[VisitKind.CLICK].people
    heat = None if sent is None else partial(heat_map, sent, report.links, clicked=clicked)
    return Shown(title=title, subtitle=what, tables=tables, made_at=now, heat=heat)


def report_on_all(workspace: Workspace) -> Shown:
    """All issues beside each other. Raises Refused where none was sent."""
    settings = workspace.settings
    with open_ledger(settings.state, settings.database) as ledger, ledger.read() as connection:
        trend = count_trend(connection, _real(connection), names_of=partial(sections_of, workspace))
    if not trend.lines:
        raise Refused("No issue was really sent yet.", advice="Send one with: trax send ISSUE --list NAME")
    tables = trend_tables(trend, zone=settings.timezone)
    count = f"{len(trend.lines)} issue{'s' if len(trend.lines) > 1 else ''}"
    now = dt.datetime.now(settings.timezone)
    return Shown(title="All issues", subtitle=count, tables=tables, made_at=now)


def save_report(workspace: Workspace, report: Shown, file: Path, *, form: str, force: bool) -> None:
    """Write the report into the file, readable by its owner alone. Raises what `new_file` raises."""
    if form not in FORMATS:
        raise BadOption(f"“{form}” is no format of a report.", advice=f"There are: {', '.join(FORMATS)}.")
    if form == "csv":
        content = report_csv(report.tables)
    elif form == "xlsx":
        content = report_workbook(report.tables)
    else:
        content = report_page(
            report.tables,
            title=report.title,
            subtitle=report.subtitle,
            newsletter=workspace.settings.newsletter,
            made_at=report.made_at,
            heat=report.heat() if report.heat else None,
        )
    with new_file(file, force=force) as opened:
        opened.write(content)


def section_names(workspace: Workspace, issue_number: int) -> dict[int, str]:
    """What people call the sections of the issue, by their place in it."""
    return {place: " ".join(one).strip() for place, one in sections_of(workspace, issue_number).items()}


def sections_of(workspace: Workspace, issue_number: int) -> dict[int, Section]:
    """The sections of the issue in its file as it is now, by their place; none where it cannot be read."""
    try:
        file = find_issue(workspace.root, str(issue_number))
        loaded = load_issue(
            file, types=workspace.types, settings=workspace.settings, shown_as=workspace.shown(file)
        )
    except BadFile:
        return {}
    sections = loaded.issue.sections if loaded.issue else ()
    return {place: Section(one.type, _title(one.values.values)) for place, one in enumerate(sections)}


def _title(values: Mapping[str, object]) -> str:
    found = next((values[name] for name in _TITLES if isinstance(values.get(name), Text)), None)
    return found.source if isinstance(found, Text) else ""


def _real(connection: Connection) -> Sequence[Mailing]:
    """The mailings that were begun and are not simulated, the oldest first."""
    every = load_mailings(connection)
    return [one for one in reversed(every) if not one.simulated and one.state in _BEGUN]
