"""A backup: one file with everything that a lost host would take with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from trax_mailer.errors import Refused
from trax_mailer.settings import Settings
from trax_mailer.storage import Ledger, open_ledger, open_ring
from trax_mailer.storage.backup_file import About, write_backup
from trax_mailer.storage.ledger_file import write_ledger_file
from trax_mailer.storage.migrations import NEWEST
from trax_mailer.storage.safe_file import refuse_place
from trax_mailer.storage.work_folder import work_folder
from trax_mailer.tokens import KEYS_NAME
from trax_mailer.workflows.wiring import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup that was made: its file, its size in bytes, and how many rows of each table are in it."""

    file: Path
    size: int
    made_at: dt.datetime
    counts: dict[str, int]


def make_backup(
    workspace: Workspace,
    file: Path | None,
    *,
    force: bool,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Backup:
    """Write the ledger, as it is at one moment, and its key ring into one file. Nobody has to wait for it.

    Without a file, or where it is a folder, the name holds the time; without either it is put into `backups`
    in the state directory. Raises Refused where it lies in the workspace, Conflict where it exists (unless
    `force`), BadState where something cannot be read or written.
    """
    settings = workspace.settings
    now = dt.datetime.now(dt.UTC)
    with open_ledger(settings.state, settings.database) as ledger:
        open_ring(ledger)  # a backup without the right keys would be found out too late
        chosen = _choose(settings, ledger, file, now=now)
        refuse_place(chosen, force=force)  # before the work, which may take long
        return write_out(ledger, settings, chosen, force=force, progress=progress)


def write_out(
    ledger: Ledger,
    settings: Settings,
    file: Path,
    *,
    force: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Backup:
    """Write the backup of an open ledger; with whatever key ring there is, whole or not."""
    with work_folder(ledger.state) as work:
        made_at = dt.datetime.now(dt.UTC)
        copied, counts = write_ledger_file(ledger, work, progress=progress)
        # After the ledger, so that the ring holds every key that the ledger knows.
        keys = ledger.state / KEYS_NAME
        about = About(
            made_at=made_at,
            version=version("trax-mailer"),
            schema=NEWEST,
            kind=ledger.kind,
            list_id=settings.list_id,
            counts=counts,
        )
        held = _copy_of(keys, work) if keys.exists() else None
        size = write_backup(file, about, ledger=copied, keys=held, force=force)
    return Backup(file=file, size=size, made_at=made_at, counts=counts)


def _copy_of(keys: Path, work: Path) -> Path:
    """The ring as it is now: it may be replaced while it is packed."""
    copy = work / KEYS_NAME
    copy.write_bytes(keys.read_bytes())
    return copy


def _choose(settings: Settings, ledger: Ledger, file: Path | None, *, now: dt.datetime) -> Path:
    name = f"trax-backup-{now:%Y%m%dT%H%M%SZ}.tar.gz"
    if file is None:
        folder = ledger.state / "backups"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder / name
    chosen = file.expanduser().absolute()
    chosen = chosen / name if chosen.is_dir() else chosen
    if chosen.resolve().is_relative_to(settings.root.resolve()) and not chosen.is_relative_to(ledger.state):
        raise Refused(
            f"{chosen} lies in the workspace, where git would publish readers' addresses and keys.",
            advice="Choose a folder outside, best on another machine, and keep the file encrypted.",
        )
    return chosen
