"""Saved segments of a workspace: read, checked, counted, and found for a send."""

from __future__ import annotations

from dataclasses import dataclass

from trax_mailer.audience import find_list
from trax_mailer.audience.segments import (
    Loaded,
    SegmentCount,
    count_segment,
    load_segment,
    segment_names,
    segment_schema,
    unknown_words,
)
from trax_mailer.errors import BadFile, BadState
from trax_mailer.model.finding import Finding, Severity, has_errors
from trax_mailer.storage import Ledger, open_ledger
from trax_mailer.workflows.wiring import Workspace

_FOLDER = "subscribers"

__all__ = [
    "Loaded",
    "SegmentCount",
    "SegmentReport",
    "check_segments",
    "count_readers",
    "show_segments",
    "usable_segment",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentReport:
    """A segment, everything found about it, and its numbers, where they were asked for."""

    segment: Loaded
    findings: tuple[Finding, ...]
    counts: tuple[SegmentCount, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether nothing must be sent to it."""
        return has_errors(self.findings)


def show_segments(workspace: Workspace) -> list[Loaded]:
    """Every segment by its file alone, without the ledger, sorted by name."""
    return [_load(workspace, name) for name in segment_names(workspace.root / _FOLDER)]


def check_segments(workspace: Workspace, name: str | None) -> list[SegmentReport]:
    """What is wrong with that segment, or with all of them; its words are compared with the ledger's.

    Without a ledger that can be opened, a note says so. Raises BadFile where there is no such segment.
    """
    names = segment_names(workspace.root / _FOLDER) if name is None else [name]
    loaded = [_load(workspace, one) for one in names]
    try:
        with open_ledger(workspace.settings.state, workspace.settings.database) as ledger:
            return [
                SegmentReport(segment=one, findings=one.findings + unknown_words(ledger, one))
                for one in loaded
            ]
    except BadState as away:
        message = f"Fields and tags were not compared with those of the readers: {away.message}"
        note = Finding(check="segment", severity=Severity.NOTE, message=message, advice=away.advice)
        return [SegmentReport(segment=one, findings=(*one.findings, note)) for one in loaded]


def count_readers(workspace: Workspace, name: str, *, list_name: str | None = None) -> SegmentReport:
    """The segment with its numbers on that list, or on every list; without numbers where it has errors.

    Raises BadFile where there is no such segment, Refused where there is no such list.
    """
    segment = _load(workspace, name)
    with open_ledger(workspace.settings.state, workspace.settings.database) as ledger:
        if list_name is not None:
            find_list(ledger, list_name)
        findings = segment.findings + unknown_words(ledger, segment)
        if segment.rule is None or has_errors(findings):
            return SegmentReport(segment=segment, findings=findings)
        counts = count_segment(ledger, segment.rule, list_name=list_name)
        return SegmentReport(segment=segment, findings=findings, counts=tuple(counts))


def usable_segment(workspace: Workspace, ledger: Ledger, name: str) -> SegmentReport:
    """The segment to send to. Raises BadFile where there is none, or a finding is an error."""
    segment = _load(workspace, name)
    findings = segment.findings + unknown_words(ledger, segment)
    if has_errors(findings):
        raise BadFile(
            f"The segment “{segment.name}” cannot be used yet.",
            findings=findings,
            advice="Mend the errors above, then run the command again.",
        )
    return SegmentReport(segment=segment, findings=findings)


def schema_of_segment() -> dict[str, object]:
    """The JSON Schema of a segment's file."""
    return segment_schema()


def _load(workspace: Workspace, name: str) -> Loaded:
    folder = workspace.root / _FOLDER
    return load_segment(folder, name, zone=workspace.settings.timezone, shown=workspace.shown(folder))
