"""What a check says: a severity, words, and a place in a file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"
    """The issue cannot be rendered or must not be sent."""
    WARNING = "warning"
    """Readers would notice; a person decides. Does not stop a send by itself."""
    NOTE = "note"
    """Good to know. Never stops anything."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a file: `file` as shown to the person, `line` and `column` counted from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a person should know about an issue, a template or a setting.

    `check` is the name of the check, in the words of docs/glossary.md (`yaml`, `fields`, `merge`,
    `size`...). `excerpt` is the offending line as it stands. `advice` says what to do instead.
    """

    check: str
    severity: Severity
    message: str
    place: Place | None = None
    excerpt: str = ""
    advice: str = ""


def has_errors(findings: tuple[Finding, ...] | list[Finding]) -> bool:
    """Whether any finding is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def finding_to_data(finding: Finding) -> dict[str, str | int | None]:
    """The finding as plain data; file, line and column are None where it has no place."""
    place = finding.place
    return {
        "check": finding.check,
        "severity": finding.severity.value,
        "message": finding.message,
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "excerpt": finding.excerpt,
        "advice": finding.advice,
    }
