"""Not being counted at all: plain links, nothing kept, for one reader of a list, whatever the list does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from trax_mailer.audience.lists import find_list
from trax_mailer.audience.staff.finding import reader_in
from trax_mailer.errors import Refused
from trax_mailer.model.act import Act, ActKind
from trax_mailer.storage import Ledger
from trax_mailer.storage.acts import acts_about, add_act
from trax_mailer.storage.lists import list_ids
from trax_mailer.storage.subscriptions import lists_of, set_untracked
from trax_mailer.storage.tracking_consents import end_consent, tracked_lists, untrack_without_consent
from trax_mailer.storage.visit_consents import forget_visits_of

_AT_ONCE = 1_000
UNTRACKED = "untracked"
"""Stands in the details of an act that decided it, with what was decided."""


def stop_tracking(ledger: Ledger, *, act: Act) -> bool:
    """The act's reader gets mails of its list without any tracking from now on. False where they did already.

    A consent to individual tracking ends with it, so that visits from mails they have are not kept any more,
    and what was kept of theirs is deleted. Who was never on the list has nothing to choose.
    """
    with ledger.write() as connection:
        return change_tracking(connection, untracked=True, act=act)


def allow_tracking(ledger: Ledger, *, act: Act) -> bool:
    """They get them as the list has it. Consents nothing. False where they did already."""
    with ledger.write() as connection:
        return change_tracking(connection, untracked=False, act=act)


def untrack_by(ledger: Ledger, words: str, *, untracked: bool, list_name: str | None, act: Act) -> list[str]:
    """The same for the reader of that address, at the word of staff; the lists on which that was new.

    Without a list it holds for all that they are or were on. Raises Refused where there is no such reader or
    list, where they were never on it, and where staff would take back what the reader chose themselves.
    """
    only = find_list(ledger, list_name) if list_name else None
    with ledger.write() as connection:
        stored = reader_in(connection, words)
        reader_id = stored.reader.id or 0
        standings = lists_of(connection, reader_id)
        wanted = [one for one in standings if only in {None, one}]
        if not wanted:
            raise Refused(f"{stored.reader.email} was never on {f'“{list_name}”' if only else 'any list'}.")
        if not untracked and _chosen_by_themselves(connection, reader_id, wanted):
            raise Refused(
                f"{stored.reader.email} chose plain links themselves, and is not counted against their word.",
                advice="They change it on the page with their own data, which /me mails them a link to.",
            )
        names = {number: name for name, number in list_ids(connection).items()}
        acts = {one: replace(act, subscriber_id=reader_id, list_id=one) for one in wanted}
        return [
            names[one] for one in wanted if change_tracking(connection, untracked=untracked, act=acts[one])
        ]


def untrack_imported(connection: Connection, keys: Sequence[str], list_id: int | None) -> None:
    """Let the readers with these keys of addresses be untracked on the list, as a file says that brings them.

    An older file says nothing against a consent of the reader's own that stands.
    """
    for start in range(0, len(keys), _AT_ONCE):
        untrack_without_consent(connection, list_id or 0, keys[start : start + _AT_ONCE])


def change_tracking(connection: Connection, *, untracked: bool, act: Act) -> bool:
    """Like the functions above, within a transaction of the caller's."""
    list_id, reader_id = act.list_id or 0, act.subscriber_id or 0
    standing = lists_of(connection, reader_id).get(list_id)
    if standing is None or standing.untracked is untracked:
        return False
    what = "no tracking at all: plain links" if untracked else "counted as the list has it"
    said = replace(
        act,
        words=f"{what}: {act.words}" if act.words else what,
        details={**act.details, UNTRACKED: untracked},
    )
    act_id = add_act(connection, said)
    set_untracked(connection, list_id, reader_id, untracked=untracked)
    if untracked:
        end_tracking(connection, subscriber_id=reader_id, list_id=list_id, act_id=act_id, act=act)
    return True


def end_tracking(connection: Connection, *, subscriber_id: int, list_id: int, act_id: int, act: Act) -> None:
    """End the consent, where one stands, and delete the visits that are tied to the reader.

    The consent first: whoever writes a visit of theirs at this moment holds it, or finds it ended.
    """
    ids = {"subscriber_id": subscriber_id, "list_id": list_id}
    if list_id in tracked_lists(connection, subscriber_id):
        end_consent(connection, **ids, act_id=act_id, now=act.at)
    forget_visits_of(connection, **ids)


def _chosen_by_themselves(connection: Connection, reader_id: int, list_ids: list[int]) -> bool:
    """Whether the last word on any of these lists that the reader be not tracked was their own."""
    last: dict[int, Act] = {}
    for act in acts_about(connection, reader_id):
        if UNTRACKED in act.details and act.list_id in list_ids:
            last[act.list_id or 0] = act
    return any(act.kind is ActKind.PAGE and act.details[UNTRACKED] is True for act in last.values())
