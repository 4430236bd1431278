"""Restoring over an SQLite file that is damaged: its rows cannot be replaced one by one, the file is."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from trax_mailer.errors import Conflict, TraxError
from trax_mailer.storage import open_ledger, open_ring
from trax_mailer.storage.backends import flocks
from trax_mailer.storage.backends.sqlite import LEDGER_NAME
from trax_mailer.storage.ledger_file import damage_in, make_single
from trax_mailer.storage.safe_file import sync_folder
from trax_mailer.workflows.restore_keys import join_ring, keep_ring, put_ring
from trax_mailer.workflows.restore_parts import (
    Lessons,
    Restored,
    Staged,
    conclude,
    learn_what_can_be_read,
)

_BESIDE = ("-wal", "-shm")


def damage_of(state: Path) -> str:
    """What is wrong with the ledger's file, in words; empty where it is whole, or there is none."""
    file = state / LEDGER_NAME
    if not file.exists():
        return ""
    return damage_in(file) if file.stat().st_size else "it is empty"


def put_over_damaged(state: Path, staged: Staged, damage: str, *, replace: bool) -> Restored:
    """Keep the damaged file aside as it is, learn what can be read of it, and put the unpacked one there.

    Raises Conflict where a lane is held, or, unless `replace` is given, where the file holds anything.
    """
    file = state / LEDGER_NAME
    _refuse_held(state)
    filled = file.stat().st_size > 0
    if filled and not replace:
        raise Conflict(
            f"The ledger in {state} is damaged ({damage}).",
            advice="Add --replace: it is kept aside, and what can be read of who left is taken over.",
        )
    gives_way = join_ring(state, staged.ledger.state, lose=not filled)
    open_ring(staged.ledger)
    kept: tuple[Path, ...] = (_keep(state, staged),) if filled else ()
    kept += (keep_ring(gives_way, now=staged.now),) if gives_way else ()
    done = conclude(staged, _learn(state, staged) if filled else Lessons(), kept=kept)
    staged.ledger.close()
    make_single(staged.ledger.state / LEDGER_NAME)
    put_ring(state, staged.ledger.state, gives_way=gives_way is not None)
    # The log of the old file first: with it, the new one would be damaged, too.
    for ending in _BESIDE:
        (state / f"{LEDGER_NAME}{ending}").unlink(missing_ok=True)
    (staged.ledger.state / LEDGER_NAME).replace(file)
    sync_folder(state)
    return done


def _learn(state: Path, staged: Staged) -> Lessons:
    try:
        with open_ledger(state) as old:
            return learn_what_can_be_read(old, staged)
    except TraxError:
        return Lessons(unread=("everything in it",))


def _keep(state: Path, staged: Staged) -> Path:
    folder = state / f"damaged-{staged.now:%Y%m%dT%H%M%S.%fZ}"
    folder.mkdir(mode=0o700)
    for ending in ("", *_BESIDE):
        with suppress(FileNotFoundError):
            shutil.copyfile(state / f"{LEDGER_NAME}{ending}", folder / f"{LEDGER_NAME}{ending}")
            (folder / f"{LEDGER_NAME}{ending}").chmod(0o600)
    return folder


def _refuse_held(state: Path) -> None:
    for file in (state / "lanes").glob("*.lock"):
        mailing_id, lane, *_rest = file.name.split(".")
        if flocks.is_held(state / "lanes", int(mailing_id), lane=int(lane)):
            raise Conflict(
                f"Mailing {mailing_id} is being sent at this moment.",
                advice="Stop whatever is sending: trax send, trax serve, trax worker.",
            )
