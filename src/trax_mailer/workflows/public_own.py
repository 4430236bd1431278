"""What a reader may do who came by a link mailed to their address: see, leave, join, move, be erased."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

from trax_mailer.audience import leave
from trax_mailer.audience.addresses import Address
from trax_mailer.audience.confirming import join_directly
from trax_mailer.audience.erasing import erase_reader
from trax_mailer.audience.holding import Holding, holding_of
from trax_mailer.audience.moving import move_address
from trax_mailer.audience.preferences import give_tracking, withdraw_tracking
from trax_mailer.audience.untracking import allow_tracking, stop_tracking
from trax_mailer.errors import Refused
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage.acts import note_wording
from trax_mailer.storage.list_faces import list_faces
from trax_mailer.storage.notices import Notice, NoticeKind, find_new_address, queue_notice
from trax_mailer.storage.subscribers import stored_reader
from trax_mailer.storage.subscriptions import lists_of
from trax_mailer.storage.tracking_consents import tracked_lists
from trax_mailer.tokens import LinkPurpose, LinkToken, read_link_token
from trax_mailer.workflows.public import PublicLedger
from trax_mailer.workflows.public_subscribing import MOST_NOTICES, WITHIN, offer_of
from trax_mailer.workflows.public_words import Words

SOURCE = "own data page"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnList:
    """A list on the page: where the reader stands (None: never on it), and what they may agree to there."""

    list_id: int
    title: str
    state: SubscriptionState | None
    may_leave: bool
    may_join: bool
    consent: str
    tracked: bool
    untracked: bool
    tracking_consent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPage:
    """Everything that the page shows."""

    holding: Holding
    lists: tuple[OwnList, ...]


def ask_by_address(public: PublicLedger, address: Address, words: Words, *, now: dt.datetime) -> None:
    """Store that somebody wants the link for that address. The same statement for every address."""
    with public.ledger.write() as connection:
        notice = Notice(kind=NoticeKind.OWN_DATA, address=address.key, language=words.language)
        queue_notice(connection, notice, most=MOST_NOTICES, since=now - WITHIN, now=now)


def reader_at(public: PublicLedger, token: str, *, now: dt.datetime) -> int | None:
    """The reader whom the link was mailed to; None where it is too old, or not theirs any more."""
    read = _fresh(public, token, LinkPurpose.OWN_DATA, now=now)
    return None if read is None else read.subscriber_id


def own_page(public: PublicLedger, reader_id: int, words: Words) -> OwnPage | None:
    """What is held on the reader; None where they are nobody any more. Changes nothing."""
    holding = holding_of(public.ledger, reader_id)
    if holding is None:
        return None
    with public.ledger.read() as connection:
        faces = list_faces(connection)
        standings = lists_of(connection, reader_id)
        tracked = tracked_lists(connection, reader_id)
    shown = []
    for face in faces.values():
        state = standings[face.id].state if face.id in standings else None
        if state is None and not face.public:
            continue
        on_it = state is SubscriptionState.SUBSCRIBED
        tracking = words.say("tracking_consent", list=face.title, organisation=public.settings.organisation)
        shown.append(
            OwnList(
                list_id=face.id,
                title=face.title,
                state=state,
                may_leave=state in {SubscriptionState.SUBSCRIBED, SubscriptionState.PENDING},
                may_join=face.public and not on_it and state is not SubscriptionState.COMPLAINED,
                consent=offer_of(public, face, words).consent,
                tracked=face.id in tracked,
                untracked=face.id in standings and standings[face.id].untracked,
                tracking_consent=tracking,
            )
        )
    return OwnPage(holding=holding, lists=tuple(shown))


def export_own(public: PublicLedger, reader_id: int) -> str | None:
    """Everything held on the reader, as JSON; None where they are nobody any more."""
    holding = holding_of(public.ledger, reader_id)
    return None if holding is None else json.dumps(holding.as_data(), ensure_ascii=False, indent=2) + "\n"


def leave_list(public: PublicLedger, reader_id: int, list_id: int, *, now: dt.datetime) -> None:
    """Take the reader off the list."""
    leave(public.ledger, list_id=list_id, subscriber_id=reader_id, kind=ActKind.PAGE, now=now)


def join_list(public: PublicLedger, reader_id: int, list_id: int, words: Words, *, now: dt.datetime) -> bool:
    """Subscribe the reader, who proved to have the address. False where the list is not open to them."""
    with public.ledger.write() as connection:
        face = list_faces(connection).get(list_id)
        if face is None or not face.public:
            return False
        consent = offer_of(public, face, words).consent
        act = Act(
            kind=ActKind.CONFIRMATION,
            at=now,
            source=SOURCE,
            wording_id=note_wording(connection, consent, language=words.language, now=now),
            subscriber_id=reader_id,
            list_id=list_id,
        )
        return join_directly(connection, public.ring, act)


def consent_to_tracking(
    public: PublicLedger, reader_id: int, list_id: int, words: Words, *, now: dt.datetime
) -> bool:
    """Keep the reader's consent to being tracked on the list, with the text they agreed to."""
    with public.ledger.write() as connection:
        face = list_faces(connection).get(list_id)
        if face is None:
            return False
        text = words.say("tracking_consent", list=face.title, organisation=public.settings.organisation)
        wording = note_wording(connection, text, language=words.language, now=now)
    ids = {"list_id": list_id, "subscriber_id": reader_id}
    return give_tracking(public.ledger, **ids, wording_id=wording, now=now)


def end_tracking(public: PublicLedger, reader_id: int, list_id: int, *, now: dt.datetime) -> bool:
    """Withdraw it."""
    return withdraw_tracking(public.ledger, list_id=list_id, subscriber_id=reader_id, now=now)


def choose_plain(
    public: PublicLedger, reader_id: int, list_id: int, *, plain: bool, now: dt.datetime
) -> bool:
    """Send the reader plain links of the list, with nothing counted, or no longer."""
    act = Act(kind=ActKind.PAGE, at=now, source=SOURCE, subscriber_id=reader_id, list_id=list_id)
    return stop_tracking(public.ledger, act=act) if plain else allow_tracking(public.ledger, act=act)


def ask_to_move(
    public: PublicLedger, reader_id: int, address: Address, words: Words, *, now: dt.datetime
) -> None:
    """Have a link mailed to the new address. Says nothing about whether anybody has it."""
    with public.ledger.write() as connection:
        notice = Notice(
            kind=NoticeKind.NEW_ADDRESS,
            address=address.key,
            language=words.language,
            subscriber_id=reader_id,
            data={"email": address.email},
        )
        queue_notice(connection, notice, most=MOST_NOTICES, since=now - WITHIN, now=now)


def move_at(public: PublicLedger, token: str, *, now: dt.datetime) -> bool:
    """Whether the link would move a reader's address now. Changes nothing."""
    return _wanted_move(public, token, now=now) is not None


def move_by(public: PublicLedger, token: str, *, now: dt.datetime) -> bool | None:
    """Move the reader to the address that the link was mailed to.

    None where the link does nothing any more, False where that address cannot be used.
    """
    wanted = _wanted_move(public, token, now=now)
    if wanted is None:
        return None
    reader_id, email = wanted
    act = Act(kind=ActKind.CONFIRMATION, at=now, source="new address page", words="changed the address")
    try:
        move_address(public.ledger, public.ring, reader_id, email, act=act)
    except Refused:
        return False
    return True


def erase_own(public: PublicLedger, reader_id: int, *, now: dt.datetime) -> None:
    """Erase the reader at their own word."""
    act = Act(kind=ActKind.PAGE, at=now, source=SOURCE, words="had themselves erased")
    erase_reader(public.ledger, public.ring, reader_id, act=act)


def _wanted_move(public: PublicLedger, token: str, *, now: dt.datetime) -> tuple[int, str] | None:
    read = _fresh(public, token, LinkPurpose.NEW_ADDRESS, now=now)
    if read is None:
        return None
    with public.ledger.read() as connection:
        notice = find_new_address(connection, read.number)
    if notice is None or notice.subscriber_id != read.subscriber_id:
        return None
    return read.subscriber_id, str(notice.data["email"])


def _fresh(public: PublicLedger, token: str, purpose: LinkPurpose, *, now: dt.datetime) -> LinkToken | None:
    read = read_link_token(public.ring, token)
    lasts = dt.timedelta(minutes=public.settings.subscribing.link_minutes)
    if read is None or read.purpose is not purpose or not read.is_fresh(now, lasts=lasts):
        return None
    with public.ledger.read() as connection:
        stored = stored_reader(connection, read.subscriber_id)
    return read if stored is not None and read.is_for(public.ring, stored.address) else None
