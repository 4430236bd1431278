"""Bringing readers in from a file, or from an archive of several."""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from trax_mailer.audience.intake import ImportReport, Options, Reading, import_subscribers
from trax_mailer.audience.intake.archives import Member, is_archive, unpacked
from trax_mailer.audience.intake.refusals import free_name
from trax_mailer.errors import Refused
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage import Ledger, open_ledger
from trax_mailer.storage.safe_file import refuse_place
from trax_mailer.workflows.subscribers import who
from trax_mailer.workflows.wiring import Workspace

__all__ = ["ImportReport", "ImportRequest", "command_to_import_again", "import_file"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What a person asked for. `state` is None where the file shall say it; `refused` where its name is ours.

    `meant` says what columns hold, by their names. `consent` says how the readers agreed.
    """

    list_name: str
    state: str | None = None
    encoding: str | None = None
    meant: Mapping[str, str] = field(default_factory=dict)
    consent: str = ""
    keep_typos: bool = False
    every_address: bool = False
    refused: Path | None = None
    force: bool = False
    dry_run: bool = False


def import_file(
    workspace: Workspace,
    file: Path,
    request: ImportRequest,
    *,
    progress: Progress = lambda _done, _total: None,
) -> list[ImportReport]:
    """Import the readers of `file` into a list; of an archive each file in it, who left first.

    Raises BadFile when a file as a whole cannot be used, Refused when it lists people who left and is to be
    imported as subscribed, Conflict when the file for refused rows exists, BadState when the ledger cannot
    be opened.
    """
    if request.refused is not None and not request.dry_run:
        if request.refused.resolve() == file.resolve():
            raise Refused("Refused rows cannot be written over the file that is imported.")
        refuse_place(request.refused, force=request.force)
    with open_ledger(workspace.settings.state, workspace.settings.database) as ledger:
        if not is_archive(file):
            return [_import(ledger, Member(file=file, source=file.name), file, request, progress)]
        with unpacked(file, workspace.settings.state) as members:
            several = len(members) > 1
            return [
                _import(ledger, member, file, request, progress, part=Path(member.source).stem * several)
                for member in members
            ]


def command_to_import_again(report: ImportReport, request: ImportRequest) -> str:
    """The command that imports the mended refused rows."""
    words = ["trax", "subscribers", "import", str(report.refused_file), "--list", request.list_name]
    if report.facts.state is not SubscriptionState.SUBSCRIBED or request.state:
        words += ["--as", report.facts.state.value]
    for column, meaning in request.meant.items():
        words += ["--map", f"{column}={meaning}"]
    if request.consent:
        words += ["--consent", request.consent]
    return shlex.join(words)


def _import(
    ledger: Ledger,
    member: Member,
    file: Path,
    request: ImportRequest,
    progress: Progress,
    *,
    part: str = "",
) -> ImportReport:
    options = Options(
        reading=Reading(encoding=request.encoding, meant=request.meant),
        keep_typos=request.keep_typos,
        every_address=request.every_address,
        consent=request.consent,
        dry_run=request.dry_run,
        source=member.source,
        refused_file=_refused_file(file, request, part),
        force=request.force,
    )
    return import_subscribers(
        ledger,
        member.file,
        list_name=request.list_name,
        state=SubscriptionState(request.state) if request.state else None,
        imported_by=who(),
        now=dt.datetime.now(dt.UTC),
        options=options,
        progress=progress,
    )


def _refused_file(file: Path, request: ImportRequest, part: str) -> Path:
    """Where refused rows go: of an archive, the name of the file in it stays in the name."""
    if request.refused is None:
        return free_name(file.with_name(f"{part}.csv") if part else file)
    return request.refused.with_stem(f"{request.refused.stem}-{part}") if part else request.refused
