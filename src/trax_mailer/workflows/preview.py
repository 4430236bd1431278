"""Previewing an issue while it is written: each save becomes a state, the last good edition kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from trax_mailer.errors import BadFile, TraxError
from trax_mailer.issues import find_issue
from trax_mailer.model.edition import Edition
from trax_mailer.model.finding import Finding, Severity
from trax_mailer.settings import Settings
from trax_mailer.workflows.check import CheckReport, check_issue
from trax_mailer.workflows.wiring import open_workspace


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewState:
    """An issue as it stands at one moment.

    `edition` and `settings` are the newest that could be made; `stale` says that the files have changed
    since and cannot be rendered, for the reasons in `findings`. `revision` counts the states from 1.
    """

    revision: int
    file: str
    findings: tuple[Finding, ...]
    number: int | None
    edition: Edition | None
    settings: Settings | None
    stale: bool


def start_preview(root: Path, reference: str | None, *, state: Path | None = None) -> PreviewSource:
    """The issue that `reference` names, the newest when None. Raises BadFile when there is none."""
    folder = root.resolve()
    return PreviewSource(root=folder, file=find_issue(folder, reference).resolve(), state=state)


def build_preview(source: PreviewSource, previous: PreviewState | None = None) -> PreviewState:
    """The issue, the templates and trax.yaml as they are now, through the same check as before a send.

    Never raises for what a file says: that becomes findings.
    """
    try:
        workspace = open_workspace(source.root, state=source.state)
        report = check_issue(workspace, str(source.file))
    except TraxError as problem:
        return _broken(source, _findings_of(problem), previous=previous)
    if report.edition is None:
        return _broken(source, report.findings, previous=previous)
    return _good(report, workspace.settings, previous=previous)


def _good(report: CheckReport, settings: Settings, *, previous: PreviewState | None) -> PreviewState:
    return PreviewState(
        revision=_next(previous),
        file=report.file,
        findings=report.findings,
        number=report.issue.number if report.issue else None,
        edition=report.edition,
        settings=settings,
        stale=False,
    )


def _broken(
    source: PreviewSource, findings: tuple[Finding, ...], *, previous: PreviewState | None
) -> PreviewState:
    file = source.file
    return PreviewState(
        revision=_next(previous),
        file=str(file.relative_to(source.root) if file.is_relative_to(source.root) else file),
        findings=findings,
        number=previous.number if previous else None,
        edition=previous.edition if previous else None,
        settings=previous.settings if previous else None,
        stale=True,
    )


def _next(previous: PreviewState | None) -> int:
    return previous.revision + 1 if previous else 1


def _findings_of(problem: TraxError) -> tuple[Finding, ...]:
    if isinstance(problem, BadFile) and problem.findings:
        return problem.findings
    return (Finding(check="files", severity=Severity.ERROR, message=problem.message, advice=problem.advice),)
