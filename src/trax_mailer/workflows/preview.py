"""Previewing an issue while it is written: each save becomes a state, the last good edition kept."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from trax_mailer.errors import BadFile, TraxError
from trax_mailer.issues import find_issue
from trax_mailer.model.edition import Edition
from trax_mailer.model.finding import Finding, Severity
from trax_mailer.settings import SETTINGS_FILE, Settings
from trax_mailer.workflows.check import check_issue
from trax_mailer.workflows.wiring import Workspace, open_workspace

Stamp: TypeAlias = tuple[tuple[str, int, int], ...]
"""Tells one standing of files from another: each one's path, time in nanoseconds and size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewSource:
    """What is previewed: one issue's file in one workspace, both absolute."""

    root: Path
    file: Path
    state: Path | None

    @property
    def folders(self) -> tuple[Path, ...]:
        """What to watch with everything below. The folder above the issue's, which outlives it in git."""
        issues = self.root / "issues"
        own = issues if self.file.is_relative_to(issues) else self.file.parent
        return tuple(folder for folder in (own, self.root / "templates") if folder.is_dir())

    def stamp(self) -> Stamp:
        """The standing of what every issue shares: trax.yaml and the templates."""
        shared = (self.root / SETTINGS_FILE, *sorted((self.root / "templates").rglob("*")))
        return tuple(
            (str(file), about.st_mtime_ns, about.st_size)
            for file in shared
            if (about := _about(file)) is not None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewState:
    """An issue as it stands at one moment.

    `edition` and `settings` are the newest that could be made; `stale` says that the files have changed
    since and cannot be rendered, for the reasons in `findings`. `revision` counts the states from 1.
    `workspace` is kept for as long as its `stamp` holds: reading the templates takes three times as
    long as rendering an issue with them.
    """

    revision: int
    file: str
    findings: tuple[Finding, ...]
    number: int | None
    edition: Edition | None
    settings: Settings | None
    stale: bool
    workspace: Workspace | None = field(repr=False)
    stamp: Stamp = field(repr=False)


def start_preview(root: Path, reference: str | None, *, state: Path | None = None) -> PreviewSource:
    """The issue that `reference` names, the newest when None. Raises BadFile when there is none."""
    folder = root.resolve()
    return PreviewSource(root=folder, file=find_issue(folder, reference).resolve(), state=state)


def build_preview(source: PreviewSource, previous: PreviewState | None = None) -> PreviewState:
    """The issue, the templates and trax.yaml as they are now, through the same check as before a send.

    Never raises for what a file says: that becomes findings.
    """
    before = previous or _nothing_yet(source)
    stamp = source.stamp()  # taken first: a file saved from here on is noticed the next time
    workspace = before.workspace if stamp == before.stamp else None
    upcoming = replace(before, revision=before.revision + 1, stamp=stamp, workspace=workspace, stale=True)
    try:
        workspace = workspace or open_workspace(source.root, state=source.state)
        report = check_issue(workspace, str(source.file))
    except TraxError as problem:
        return replace(upcoming, findings=_findings_of(problem))
    upcoming = replace(upcoming, workspace=workspace, findings=report.findings)
    if report.edition is None or report.issue is None:
        return upcoming
    return replace(
        upcoming,
        number=report.issue.number,
        edition=report.edition,
        settings=workspace.settings,
        stale=False,
    )


def _nothing_yet(source: PreviewSource) -> PreviewState:
    file = source.file
    return PreviewState(
        revision=0,
        file=str(file.relative_to(source.root) if file.is_relative_to(source.root) else file),
        findings=(),
        number=None,
        edition=None,
        settings=None,
        stale=True,
        workspace=None,
        stamp=(),
    )


def _about(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except OSError:
        return None  # gone since the folder was listed


def _findings_of(problem: TraxError) -> tuple[Finding, ...]:
    if isinstance(problem, BadFile) and problem.findings:
        return problem.findings
    return (Finding(check="files", severity=Severity.ERROR, message=problem.message, advice=problem.advice),)
