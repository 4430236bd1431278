"""What became of an import, for people and for scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trax_mailer.workflows.importing import ImportReport, ImportRequest

_SHOWN = 20
"""So many refused rows are shown; the file has them all."""


def print_as_text(reports: Sequence[ImportReport], request: ImportRequest) -> None:
    """The file, in a dry run its columns, the numbers, and the first refused rows."""
    for number, report in enumerate(reports):
        if number:
            _say("")
        _say_facts(report)
        if request.dry_run:
            _print_columns(report)
        _say_numbers(report, request)
        _say_refused(report, request)
    if request.dry_run:
        _say("Nothing was written. Without --dry-run, it is.")


def print_as_json(reports: Sequence[ImportReport], request: ImportRequest) -> None:
    """One object; of an archive with several files, the numbers are their sums."""
    from trax_mailer.cli.output import print_json

    data: dict[str, Any] = {
        "list": request.list_name,
        "dry_run": request.dry_run,
        "added": sum(report.added for report in reports),
        "updated": sum(report.updated for report in reports),
        "unchanged": sum(report.unchanged for report in reports),
        "kept_out": sum(report.kept_out for report in reports),
        "refused_count": sum(report.refused_count for report in reports),
        "refused": [
            {"file": report.facts.name, "line": row.line, "email": row.email, "reason": row.reason}
            for report in reports
            for row in report.refused
        ],
        "files": [_data(report) for report in reports],
    }
    print_json(data)


def _data(report: ImportReport) -> dict[str, Any]:
    facts = report.facts
    return {
        "name": facts.name,
        "kind": facts.kind,
        "provider": facts.provider,
        "encoding": facts.encoding,
        "as": facts.state.value,
        "because": facts.state_because,
        "columns": [{"name": name, "meaning": meaning} for name, meaning in facts.meanings],
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "kept_out_by": {bar.value: number for bar, number in report.kept_out_by.items()},
        "refused_by": {fault.value: number for fault, number in report.refused_by.items()},
        "offices": report.offices,
        "refused_file": str(report.refused_file) if report.refused_file else None,
    }


def _say(words: str) -> None:
    from trax_mailer.cli.output import console, escape

    console.print(escape(words))


def _say_facts(report: ImportReport) -> None:
    facts = report.facts
    known = [facts.provider, facts.kind, facts.encoding]
    sample = f" (for example “{facts.sample}”)" if facts.sample and facts.encoding else ""
    _say(f"{facts.name}: {', '.join(word for word in known if word)}{sample}.")
    _say(f"Rows that do not say it themselves are {facts.state.value}: {facts.state_because}.")


def _print_columns(report: ImportReport) -> None:
    from trax_mailer.cli.output import console, escape, table

    shown = table("column", "taken for")
    for name, meaning in report.facts.meanings:
        shown.add_row(escape(name or "(no name)"), escape(meaning))
    console.print(shown)


def _say_numbers(report: ImportReport, request: ImportRequest) -> None:
    would = "would be " if request.dry_run else ""
    _say(
        f"List “{request.list_name}”: {would}{report.added:,} added, {report.updated:,} updated, "
        f"{report.unchanged:,} unchanged, {report.kept_out:,} kept out, "
        f"{report.refused_count:,} rows refused."
    )
    for words, numbers in (("Kept out", report.kept_out_by), ("Refused", report.refused_by)):
        if numbers:
            _say(f"{words}: {_listed(numbers)}.")
    if report.offices:
        _say(f"{report.offices:,} of the addresses are those of offices, such as info@, not of persons.")


def _listed(numbers: Mapping[Any, int]) -> str:
    return ", ".join(f"{number:,} {name.value}" for name, number in sorted(numbers.items()))


def _say_refused(report: ImportReport, request: ImportRequest) -> None:
    from trax_mailer.workflows.importing import command_to_import_again

    for row in report.refused[:_SHOWN]:
        _say(f"{report.facts.name}:{row.line}: {row.reason}")
    if report.refused_count > _SHOWN:
        _say(f"… and {report.refused_count - _SHOWN:,} more.")
    if report.refused_file is not None:
        _say(f"The refused rows are in {report.refused_file}. Mend them there, then:")
        _say(f"  {command_to_import_again(report, request)}")
