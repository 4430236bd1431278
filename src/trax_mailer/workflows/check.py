"""Checking an issue: load it, render it, look at the result; every finding at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from trax_mailer.checks import run_checks
from trax_mailer.errors import BadFile
from trax_mailer.issues import find_issue, issue_schema, load_issue
from trax_mailer.model.edition import Edition
from trax_mailer.model.finding import Finding, has_errors
from trax_mailer.model.issue import Issue
from trax_mailer.render import render_issue
from trax_mailer.settings import settings_schema
from trax_mailer.workflows.wiring import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What is known of an issue: `issue` and `edition` are None where they could not be made."""

    file: str
    issue: Issue | None
    edition: Edition | None
    findings: tuple[Finding, ...]


def check_issue(workspace: Workspace, reference: str | None, *, today: dt.date | None = None) -> CheckReport:
    """Load, render and check the issue that `reference` names; the newest when None.

    `today` is the day it is judged by, such as that of a scheduled send. Raises BadFile when
    there is no such issue or a template of the workspace is broken.
    """
    file = find_issue(workspace.root, reference)
    shown_as = workspace.shown(file)
    loaded = load_issue(file, types=workspace.types, settings=workspace.settings, shown_as=shown_as)
    if loaded.issue is None:
        return CheckReport(file=shown_as, issue=None, edition=None, findings=loaded.findings)
    rendered = render_issue(loaded.issue, look=workspace.look, settings=workspace.settings)
    findings = loaded.findings + rendered.findings
    if rendered.edition is not None:
        today = today or dt.datetime.now(workspace.settings.timezone).date()
        findings += run_checks(
            loaded.issue, rendered.edition, settings=workspace.settings, types=workspace.types, today=today
        )
    return CheckReport(file=shown_as, issue=loaded.issue, edition=rendered.edition, findings=findings)


def sendable(
    workspace: Workspace, reference: str | None, *, today: dt.date | None = None
) -> tuple[Issue, Edition, tuple[Finding, ...]]:
    """The issue, its edition and what was found by that day. Raises BadFile when a finding is an error."""
    report = check_issue(workspace, reference, today=today)
    if report.issue is None or report.edition is None or has_errors(report.findings):
        raise BadFile(
            f"{report.file} cannot be used yet.",
            findings=report.findings,
            advice="Mend the errors above, then run the command again.",
        )
    return report.issue, report.edition, report.findings


def schema_of_issue(workspace: Workspace) -> dict[str, Any]:
    """The JSON Schema of an issue with this workspace's section types."""
    return issue_schema(workspace.types, topics=workspace.settings.topics)


def schema_of_settings() -> dict[str, Any]:
    """The JSON Schema of trax.yaml."""
    return settings_schema()
