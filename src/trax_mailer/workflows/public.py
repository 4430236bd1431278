"""What the public pages answer: leaving a list, pictures, the browser view.

The ledger and the words are all they need: no issue is read, so that a mail sent years ago keeps its
pictures and its way out whatever became of the files.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from trax_mailer.audience import leave
from trax_mailer.model.act import ActKind
from trax_mailer.model.edition import Asset
from trax_mailer.model.finding import Finding
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.settings import Settings
from trax_mailer.storage import Ledger, open_ledger, open_ring
from trax_mailer.storage.editions import load_asset, load_edition
from trax_mailer.storage.list_faces import ListFace, list_faces
from trax_mailer.storage.subscriptions import lists_of
from trax_mailer.tokens import INERT_TOKEN, KeyRing, MailToken, read_mail_token
from trax_mailer.workflows.public_catalogues import load_catalogues, packaged
from trax_mailer.workflows.public_words import Catalogues
from trax_mailer.workflows.reading import Reading, read_part

_ASSET_NAME = re.compile(r"([0-9a-f]{64})\.[a-z]{3,4}", re.ASCII)
_GONE = (None, SubscriptionState.UNSUBSCRIBED, SubscriptionState.COMPLAINED)
_EDITION_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicLedger:
    """What the public pages stand on: the settings, the ledger, the key ring and the words.

    `notes` say what the words leave out.
    """

    settings: Settings
    ledger: Ledger
    ring: KeyRing
    catalogues: Catalogues = field(default_factory=packaged)
    notes: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Door:
    """The way out of one list. `face` is None for the inert token of previews and test mails.

    `gone` says that the token's reader is not on the list, or is nobody any more.
    """

    face: ListFace | None = None
    gone: bool = False

    @property
    def inert(self) -> bool:
        """Whether nothing can be left here."""
        return self.face is None

    @property
    def title(self) -> str:
        """The list, as readers know it."""
        return self.face.title if self.face else ""

    @property
    def return_name(self) -> str:
        """The name under which anybody may subscribe to the list again; empty where only staff can."""
        return self.face.name if self.face and self.face.public else ""


@contextmanager
def open_public(settings: Settings) -> Iterator[PublicLedger]:
    """The ledger and the key ring of the state directory. Raises BadState where they cannot be used.

    Raises BadFile where the workspace's own words cannot be used.
    """
    catalogues, notes = load_catalogues(settings.root)
    with open_ledger(settings.state, settings.database) as ledger:
        ring = open_ring(ledger)
        yield PublicLedger(settings=settings, ledger=ledger, ring=ring, catalogues=catalogues, notes=notes)


def find_door(public: PublicLedger, token: str) -> Door | None:
    """The list that the token leads out of, or None for a token that was never given. Changes nothing."""
    if token == INERT_TOKEN:
        return Door()
    read = read_mail_token(public.ring, token)
    return None if read is None else door_of(public, read)


def unsubscribe(public: PublicLedger, token: str, *, kind: ActKind, now: dt.datetime) -> Door | None:
    """Take the token's reader off the token's list, and off no other; the same again changes nothing.

    Mailings under way notice: each claim looks at the subscription again. None, and nothing changed,
    for a token that was never given.
    """
    if token == INERT_TOKEN:
        return Door()
    read = read_mail_token(public.ring, token)
    door = None if read is None else door_of(public, read)
    if read is None or door is None:
        return None
    leave(public.ledger, list_id=read.list_id, subscriber_id=read.subscriber_id, kind=kind, now=now)
    return door


def find_asset(public: PublicLedger, name: str) -> Asset | None:
    """The picture of that name (`<sha256>.<extension>`), or None."""
    wanted = _ASSET_NAME.fullmatch(name)
    if wanted is None:
        return None
    with public.ledger.read() as connection:
        asset = load_asset(connection, wanted[1])
    return asset if asset is not None and asset.name == name else None


def browser_view(public: PublicLedger, edition_hash: str) -> str | None:
    """The HTML of the neutral edition, as a page at `/v/<hash>`, or None.

    It greets nobody: merge fields show the writer's default, the way out is the inert one.
    """
    if _EDITION_HASH.fullmatch(edition_hash) is None:
        return None
    with public.ledger.read() as connection:
        edition = load_edition(connection, edition_hash)
    if edition is None:
        return None
    # Relative, so that it holds below whatever path a web server in front puts the pages.
    nobody = Reading(pictures="../a/", browser=f"../v/{edition_hash}", leave=f"../u/{INERT_TOKEN}")
    return read_part(edition, edition.html, nobody)


def door_of(public: PublicLedger, token: MailToken) -> Door | None:
    """The door that a token opens which was read already."""
    with public.ledger.read() as connection:
        face = list_faces(connection).get(token.list_id)
        standing = lists_of(connection, token.subscriber_id).get(token.list_id)
    return None if face is None else Door(face, gone=(standing.state if standing else None) in _GONE)
