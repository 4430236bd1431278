"""Restoring a backup, so that nothing that was sent is sent again and nobody who left is mailed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import delete

from trax_mailer.delivery.restoring import restored_since
from trax_mailer.errors import BadFile, Conflict, Refused
from trax_mailer.settings import Settings
from trax_mailer.storage import Ledger, open_ledger, open_ring, schema
from trax_mailer.storage.backends.sqlite import LEDGER_NAME
from trax_mailer.storage.backup_file import About, read_backup
from trax_mailer.storage.contents import count_rows, empty_tables, holds_anything, lock_out_writers
from trax_mailer.storage.copying import copy_rows
from trax_mailer.storage.ledger_file import damage_in
from trax_mailer.storage.place import prepare_state_folder
from trax_mailer.storage.work_folder import work_folder
from trax_mailer.workflows.backup import write_out
from trax_mailer.workflows.busy import refuse_busy
from trax_mailer.workflows.restore_damaged import damage_of, put_over_damaged
from trax_mailer.workflows.restore_keys import join_ring, keep_ring, put_ring
from trax_mailer.workflows.restore_parts import Lessons, Restored, Staged, conclude, learn, stage
from trax_mailer.workflows.wiring import Workspace

__all__ = ["Restored", "restore_backup", "restored_since"]

Progress = Callable[[int, int], None]


def restore_backup(
    workspace: Workspace,
    file: Path,
    *,
    replace: bool,
    progress: Progress = lambda _done, _total: None,
) -> Restored:
    """Put the ledger and the keys of the backup in the place of the present ones.

    Every unfinished mailing is paused, and whoever was not settled in it is uncertain. From a ledger that is
    replaced, who left, who is suppressed, what it knows of deliveries, and keys are taken over; it is kept
    aside. Until the last moment everything is as it was. Raises BadFile for a file that is damaged or no
    backup, Conflict where the present ledger holds anything (unless `replace`) or is sending.
    """
    settings = workspace.settings
    on_server = bool(settings.database.url)
    state = prepare_state_folder(settings.state, holds_database=not on_server)
    with work_folder(state) as work:
        about = _unpack(settings, file, work)
        with open_ledger(work) as ledger:
            staged = stage(ledger, about, now=dt.datetime.now(dt.UTC))
            if not on_server and (damage := damage_of(state)):
                return put_over_damaged(state, staged, damage, replace=replace)
            return _put_in(settings, staged, replace=replace, progress=progress)


def _unpack(settings: Settings, file: Path, work: Path) -> About:
    about = read_backup(file, work)
    if about.list_id != settings.list_id:
        raise Refused(
            f"{file} is a backup of another newsletter: {about.list_id}, not {settings.list_id}.",
            advice="Restore it in its own workspace.",
        )
    if words := damage_in(work / LEDGER_NAME):
        raise BadFile(f"The ledger in {file} is damaged: {words}.", advice="Take an earlier backup.")
    return about


def _put_in(settings: Settings, staged: Staged, *, replace: bool, progress: Progress) -> Restored:
    """Replace every row in one transaction: other processes may keep the ledger open, and see no mix."""
    with open_ledger(settings.state, settings.database) as ledger:
        _forget_unused_keys(ledger)
        with ledger.write() as connection:
            lock_out_writers(connection)
            refuse_busy(ledger, connection)
            filled = holds_anything(connection)
            if filled and not replace:
                raise _full(ledger, count_rows(connection))
            gives_way = join_ring(ledger.state, staged.ledger.state, lose=not filled)
            open_ring(staged.ledger)
            kept: tuple[Path, ...] = (
                (write_out(ledger, settings, _aside(ledger, staged)).file,) if filled else ()
            )
            kept += (keep_ring(gives_way, now=staged.now),) if gives_way else ()
            done = conclude(staged, learn(connection, staged) if filled else Lessons(), kept=kept)
            # The joined ring is good for either ledger: a crash from here on leaves links alive.
            put_ring(ledger.state, staged.ledger.state, gives_way=gives_way is not None)
            empty_tables(connection)
            with staged.ledger.read() as source:
                copy_rows(source, connection, progress=progress)
    return done


def _forget_unused_keys(ledger: Ledger) -> None:
    """A ledger in which nothing is has given no links: another ring may take the place of its own."""
    with ledger.write() as connection:
        if not holds_anything(connection):
            connection.execute(delete(schema.key))


def _aside(ledger: Ledger, staged: Staged) -> Path:
    return ledger.state / f"before-restore-{staged.now:%Y%m%dT%H%M%S.%fZ}.tar.gz"


def _full(ledger: Ledger, counts: dict[str, int]) -> Conflict:
    where = f"The ledger in {ledger.state}" if ledger.kind == "sqlite" else "The database"
    return Conflict(
        f"{where} holds {counts['subscriber']:,} readers and {counts['mailing']:,} mailings.",
        advice="Add --replace to put the backup in its place: the present ledger is kept aside, and who left "
        "since the backup stays out.",
    )
