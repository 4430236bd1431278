"""Subscribing, as the public pages offer it: what may be asked for, asking, and confirming.

Asking does the same work for every address: it stores a wish and looks nobody up. What follows from it is
decided where notices are sent.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from trax_mailer.audience.addresses import Address
from trax_mailer.audience.confirming import Confirmation, Confirming, confirm, look_at_confirmation
from trax_mailer.storage.acts import find_wording_id, mark_of_wording, note_wording
from trax_mailer.storage.list_faces import ListFace, list_faces
from trax_mailer.storage.notices import Notice, NoticeKind, queue_notice
from trax_mailer.tokens import read_link_token
from trax_mailer.workflows.public import PublicLedger
from trax_mailer.workflows.public_words import Words

MOST_NOTICES = 3
WITHIN = dt.timedelta(hours=24)
"""So many notices are stored for one address within that time."""

_MARK = re.compile(r"[0-9a-f]{64}", re.ASCII)

__all__ = ["Confirming", "Offer", "Wish", "ask", "confirm_by", "confirmation_at", "offers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A list that anybody may subscribe to, with what they agree to by that, and the mark of that text."""

    list_id: int
    name: str
    title: str
    description: str
    consent: str
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A subscribe form that was filled in. `mark` is that of the wording that stood in it.

    `by` is the person of the staff who filled it in for somebody else.
    """

    offer: Offer
    address: Address
    name: str
    language: str
    mark: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a link to confirm does now, and the title of its list, empty where that is not known."""

    what: Confirming
    title: str
    list_name: str


def offers(public: PublicLedger, words: Words) -> dict[str, Offer]:
    """The lists that are open to everybody, by name."""
    with public.ledger.read() as connection:
        faces = list_faces(connection)
    return {face.name: offer_of(public, face, words) for face in faces.values() if face.public}


def offer_of(public: PublicLedger, face: ListFace, words: Words) -> Offer:
    """The list as it is offered in that language."""
    consent = words.say("consent", list=face.title, organisation=public.settings.organisation)
    return Offer(
        list_id=face.id,
        name=face.name,
        title=face.title,
        description=face.description,
        consent=consent,
        mark=mark_of_wording(consent, language=words.language),
    )


def ask(public: PublicLedger, wish: Wish, words: Words, *, now: dt.datetime) -> bool:
    """Store the wish, to be answered by mail. False where the form showed a wording that is not known.

    The same statements for every address, known or not: nothing is looked up.
    """
    with public.ledger.write() as connection:
        if wish.mark in {"", wish.offer.mark}:
            wording = note_wording(connection, wish.offer.consent, language=words.language, now=now)
        else:
            known = find_wording_id(connection, wish.mark) if _MARK.fullmatch(wish.mark) else None
            if known is None:
                return False
            wording = known
        notice = Notice(
            kind=NoticeKind.SUBSCRIBE,
            address=wish.address.key,
            language=words.language,
            list_id=wish.offer.list_id,
            data={
                "email": wish.address.email,
                "name": wish.name,
                "language": wish.language,
                "wording": wording,
                "by": wish.by,
            },
        )
        queue_notice(connection, notice, most=MOST_NOTICES, since=now - WITHIN, now=now)
    return True


def confirmation_at(public: PublicLedger, token: str, *, now: dt.datetime) -> Seen | None:
    """What the link would do now; None for one that was never given. Changes nothing."""
    read = read_link_token(public.ring, token)
    if read is None:
        return None
    lasts = dt.timedelta(days=public.settings.subscribing.confirm_days)
    found = look_at_confirmation(public.ledger, public.ring, read, lasts=lasts, now=now)
    return _seen(public, found)


def confirm_by(public: PublicLedger, token: str, *, now: dt.datetime) -> Seen | None:
    """Subscribe the reader where the link is good; None for one that was never given."""
    read = read_link_token(public.ring, token)
    if read is None:
        return None
    lasts = dt.timedelta(days=public.settings.subscribing.confirm_days)
    return _seen(public, confirm(public.ledger, public.ring, read, lasts=lasts, now=now))


def _seen(public: PublicLedger, found: Confirmation) -> Seen:
    with public.ledger.read() as connection:
        face = list_faces(connection).get(found.list_id)
    return Seen(what=found.what, title=face.title if face else "", list_name=face.name if face else "")
