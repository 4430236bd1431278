"""What a person of the staff does to single readers. Each is an act, with their name and their words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from trax_mailer.audience.erasing import erase_reader
from trax_mailer.audience.holding import Holding, holding_of
from trax_mailer.audience.lifting import lift
from trax_mailer.audience.moving import move_address
from trax_mailer.audience.staff import (
    Added,
    Description,
    Wish,
    add_reader,
    change_reader,
    find_reader,
    tag_reader,
    take_off,
)
from trax_mailer.audience.untracking import untrack_by
from trax_mailer.errors import Refused
from trax_mailer.model.act import Act, ActKind
from trax_mailer.storage import Ledger, open_ledger, open_ring
from trax_mailer.workflows.inviting import invite
from trax_mailer.workflows.subscribers import who
from trax_mailer.workflows.wiring import Workspace

__all__ = [
    "Added",
    "Wish",
    "act_of_staff",
    "add",
    "describe",
    "erase",
    "ledger_of",
    "look_up",
    "move",
    "tag",
    "track",
    "unsubscribe",
    "unsuppress",
]


def look_up(workspace: Workspace, address: str) -> Holding:
    """Everything held on the reader of that address. Raises Refused where there is none."""
    with ledger_of(workspace) as ledger:
        found = holding_of(ledger, find_reader(ledger, address))
    if found is None:
        raise Refused(f"There is no reader {address} any more.")
    return found


def add(workspace: Workspace, wish: Wish, *, consent: str) -> Added:
    """Subscribe somebody. `consent` says how they agreed; without it, they are asked by mail.

    Raises Refused as `add_reader` and `invite` do.
    """
    if not consent.strip():
        invite(workspace, wish)
        return Added.ASKED
    with ledger_of(workspace) as ledger:
        return add_reader(ledger, open_ring(ledger), wish, act=act_of_staff(consent))


def tag(workspace: Workspace, address: str, *, put: Collection[str], take: Collection[str]) -> bool:
    """Put tags on a reader and take others off; False where that changed nothing."""
    with ledger_of(workspace) as ledger:
        return tag_reader(ledger, address, add=put, remove=take, act=act_of_staff("changed the tags"))


def describe(workspace: Workspace, address: str, values: Mapping[str, str]) -> bool:
    """Set the name, the language (`language`) and fields of a reader; False where that changed nothing."""
    fields = {key: value for key, value in values.items() if key not in {"name", "language"}}
    said = Description(name=values.get("name"), language=values.get("language"), fields=fields)
    with ledger_of(workspace) as ledger:
        return change_reader(ledger, address, said, act=act_of_staff("changed what is said of them"))


def track(workspace: Workspace, address: str, *, untracked: bool, list_name: str | None) -> list[str]:
    """Send the reader plain links with nothing counted, or no longer; the lists on which that was new.

    Raises Refused as `untrack_by` does.
    """
    with ledger_of(workspace) as ledger:
        return untrack_by(ledger, address, untracked=untracked, list_name=list_name, act=act_of_staff(""))


def unsubscribe(
    workspace: Workspace, address: str, *, list_name: str | None, everywhere: bool, reason: str
) -> tuple[str, ...]:
    """Take a reader off a list or off everything; the names of the lists that they were on."""
    with ledger_of(workspace) as ledger:
        act = act_of_staff(reason)
        return take_off(ledger, address, list_name=list_name, everywhere=everywhere, act=act)


def move(workspace: Workspace, address: str, to: str, *, reason: str) -> bool:
    """Give a reader another address; False where they have it already."""
    with ledger_of(workspace) as ledger:
        words = f"changed the address: {reason}" if reason else "changed the address"
        reader_id = find_reader(ledger, address)
        return move_address(ledger, open_ring(ledger), reader_id, to, act=act_of_staff(words))


def erase(workspace: Workspace, address: str, *, reason: str) -> bool:
    """Erase a reader for good; False where somebody else just did. `reason` must not name them."""
    with ledger_of(workspace) as ledger:
        words = f"erased: {reason}" if reason else "erased"
        reader_id = find_reader(ledger, address)
        return erase_reader(ledger, open_ring(ledger), reader_id, act=act_of_staff(words))


def unsuppress(workspace: Workspace, address: str, *, reason: str) -> str:
    """Lift the suppression of the address, as `lift` may; returns why it was there."""
    with ledger_of(workspace) as ledger:
        lifted = lift(ledger, address, act=act_of_staff(reason), api=None)
    return lifted.was.value if lifted.was else ""


def act_of_staff(words: str) -> Act:
    """An act of the person at the keyboard, now."""
    return Act(kind=ActKind.STAFF, at=dt.datetime.now(dt.UTC), by=who(), words=" ".join(words.split()))


@contextmanager
def ledger_of(workspace: Workspace) -> Iterator[Ledger]:
    """The workspace's ledger, open."""
    with open_ledger(workspace.settings.state, workspace.settings.database) as ledger:
        yield ledger
