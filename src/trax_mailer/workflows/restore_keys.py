"""The key ring in a restore: every key of the present ring and of the backup's stays good."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

from trax_mailer.errors import BadFile, BadState, Refused
from trax_mailer.tokens import KEYS_NAME
from trax_mailer.tokens.keyfile import join_keys, read_keys


def join_ring(state: Path, staged: Path, *, lose: bool) -> Path | None:
    """Join the ring of the state directory and the backup's, in the `staged` folder.

    Returns the file of the present ring where it has to give way: it is damaged, or, with `lose`, belongs to
    a ledger in which nothing is. Raises Refused where the two belong to different ledgers, BadFile where
    the backup's ring is damaged.
    """
    present, ring = state / KEYS_NAME, staged / KEYS_NAME
    if ring.exists():
        try:
            read_keys(ring)
        except BadState:
            raise BadFile("The key ring in the backup is damaged.", advice="Take another backup.") from None
    try:
        join_keys(present, ring, into=ring)
    except Refused:
        if lose:
            return present
        raise Refused(
            "The ledger in the backup is no earlier state of this one: their key rings differ.",
            advice="Restore it into a state directory and a database of its own.",
        ) from None
    except BadState:
        if ring.exists():
            return present
        raise
    return None


def keep_ring(ring: Path, *, now: dt.datetime) -> Path:
    """Copy a ring that has to give way; returns the copy."""
    kept = ring.with_name(f"keys-before-restore-{now:%Y%m%dT%H%M%S.%fZ}.json")
    shutil.copyfile(ring, kept)
    kept.chmod(0o600)
    return kept


def put_ring(state: Path, staged: Path, *, gives_way: bool) -> None:
    """Replace the ring of the state directory, whole, by the joined one."""
    present, ring = state / KEYS_NAME, staged / KEYS_NAME
    join_keys(ring if gives_way else present, ring, into=present)
