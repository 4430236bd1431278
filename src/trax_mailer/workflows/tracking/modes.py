"""How much the mailings of a list keep of what readers do: shown, and set."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from trax_mailer.audience import find_list
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.visit import TrackingMode
from trax_mailer.storage import Ledger, open_ledger
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.counters import DROPPED_VISITS, value_of
from trax_mailer.storage.lists import list_ids, set_tracking, tracking_of
from trax_mailer.storage.visit_consents import count_choices
from trax_mailer.workflows.subscribers import who
from trax_mailer.workflows.wiring import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTracking:
    """A list with its mode, how many of its readers consented to more, and how many chose none at all."""

    name: str
    mode: TrackingMode
    consenting: int
    untracked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingAccount:
    """How tracking stands. `dropped` visits found a full queue; their readers were passed on all the same."""

    lists: tuple[ListTracking, ...]
    days: int
    pixel: bool
    dropped: int


def tracking_account(workspace: Workspace) -> TrackingAccount:
    """How tracking stands on every list."""
    settings = workspace.settings
    with open_ledger(settings.state, settings.database) as ledger, ledger.read() as connection:
        lists = []
        for name, list_id in list_ids(connection).items():
            consenting, untracked = count_choices(connection, list_id)
            mode = tracking_of(connection, list_id)
            lists.append(ListTracking(name=name, mode=mode, consenting=consenting, untracked=untracked))
        dropped = value_of(connection, DROPPED_VISITS)
    tracking = settings.tracking
    return TrackingAccount(lists=tuple(lists), days=tracking.days, pixel=tracking.pixel, dropped=dropped)


def choose_tracking(workspace: Workspace, list_name: str, mode: TrackingMode) -> bool:
    """Mailings made to the list from now on keep so much. False where they did already.

    Mailings that are made, and copies that are sent, stay as they are. Raises Refused for an unknown list.
    """
    settings = workspace.settings
    with open_ledger(settings.state, settings.database) as ledger:
        return set_list_tracking(ledger, list_name, mode, by=who(), now=dt.datetime.now(dt.UTC))


def set_list_tracking(
    ledger: Ledger, list_name: str, mode: TrackingMode, *, by: str, now: dt.datetime
) -> bool:
    """The same on an open ledger, as the act of that person."""
    list_id = find_list(ledger, list_name)
    with ledger.write() as connection:
        before = tracking_of(connection, list_id)
        if before is mode:
            return False
        set_tracking(connection, list_id, mode)
        words = f"tracking: {before} → {mode}"
        add_act(connection, Act(kind=ActKind.STAFF, at=now, by=by, words=words, list_id=list_id))
    return True
