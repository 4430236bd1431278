"""What a notice comes to when its turn is there: a mail to one person, or nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from trax_mailer.audience.addresses import parse_address
from trax_mailer.audience.erasing import erased_among
from trax_mailer.audience.joining import Asking, ask_to_join, complained, never_mailed
from trax_mailer.settings import Settings
from trax_mailer.storage.acts import find_wording
from trax_mailer.storage.blanking import ERASED
from trax_mailer.storage.list_faces import ListFace, list_faces
from trax_mailer.storage.notices import Notice, NoticeKind
from trax_mailer.storage.subscribers import stored_reader, subscribers_among
from trax_mailer.tokens import KeyRing, LinkPurpose, mint_link_token, mint_mail_token
from trax_mailer.workflows.notice_mails import NoticeMail


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The mail, and what the notice has to remember in case that it is tried again."""

    mail: NoticeMail
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """Decides, with the ring that signs the links and the settings that say for how long they work."""

    ring: KeyRing
    settings: Settings

    def decide(self, connection: Connection, notice: Notice, *, now: dt.datetime) -> Decided | None:
        """The mail that follows from the notice; None where nobody is to be mailed. May store a wish."""
        if never_mailed(connection, notice.address):
            return None
        match notice.kind:
            case NoticeKind.SUBSCRIBE:
                return self._subscribe(connection, notice, now=now)
            case _ if complained(connection, notice.address):
                return None
            case NoticeKind.OWN_DATA:
                return self._own_data(connection, notice, now=now)
            case NoticeKind.NEW_ADDRESS:
                return self._new_address(connection, notice, now=now)

    def _subscribe(self, connection: Connection, notice: Notice, *, now: dt.datetime) -> Decided | None:
        face = list_faces(connection).get(notice.list_id or 0)
        if face is None or not face.public:
            return None
        wording_id = _number(notice.data["wording"])
        act_id, subscriber_id = _number(notice.data.get("act", 0)), notice.subscriber_id
        if not act_id:
            asked = ask_to_join(
                connection,
                parse_address(str(notice.data["email"])),
                list_id=face.id,
                wording_id=wording_id,
                details={"name": notice.data["name"], "language": notice.data["language"]},
                now=now,
                by=str(notice.data.get("by", "")),
            )
            act_id, subscriber_id = asked.act_id, asked.subscriber_id
            if asked.what is Asking.ALREADY and subscriber_id is not None:
                return self._already(notice, face, subscriber_id=subscriber_id)
        if subscriber_id is None or stored_reader(connection, subscriber_id) is None:
            return None
        token = mint_link_token(
            self.ring,
            LinkPurpose.CONFIRM,
            subscriber_id=subscriber_id,
            address=notice.address,
            number=act_id,
            now=notice.made_at,
        )
        wording = find_wording(connection, wording_id)
        mail = NoticeMail(
            notice_id=notice.id,
            about="confirm",
            email=str(notice.data["email"]),
            subscriber_id=subscriber_id,
            path=f"confirm/{token}",
            values={"list": face.title, "days": self.settings.subscribing.confirm_days},
            leave_token=self._leave_token(face, subscriber_id),
            agreed=wording.text if wording else "",
        )
        return Decided(mail=mail, data={**notice.data, "act": act_id})

    def _already(self, notice: Notice, face: ListFace, *, subscriber_id: int) -> Decided:
        token = self._leave_token(face, subscriber_id)
        mail = NoticeMail(
            notice_id=notice.id,
            about="already",
            email=str(notice.data["email"]),
            subscriber_id=subscriber_id,
            path=f"p/{token}",
            values={"list": face.title},
            leave_token=token,
        )
        return Decided(mail=mail, data=notice.data)

    def _own_data(self, connection: Connection, notice: Notice, *, now: dt.datetime) -> Decided | None:
        reader = subscribers_among(connection, [notice.address]).get(notice.address)
        if reader is None or reader.id is None:
            return None
        token = mint_link_token(
            self.ring, LinkPurpose.OWN_DATA, subscriber_id=reader.id, address=notice.address, now=now
        )
        mail = NoticeMail(
            notice_id=notice.id,
            about="own",
            email=reader.email,
            subscriber_id=reader.id,
            path=f"me/{token}",
            values={"minutes": self.settings.subscribing.link_minutes},
        )
        return Decided(mail=mail, data=notice.data)

    def _new_address(self, connection: Connection, notice: Notice, *, now: dt.datetime) -> Decided | None:
        stored = stored_reader(connection, notice.subscriber_id or 0)
        if stored is None or stored.address.startswith(ERASED):
            return None
        if erased_among(connection, self.ring, [notice.address]):
            return None
        token = mint_link_token(
            self.ring,
            LinkPurpose.NEW_ADDRESS,
            subscriber_id=notice.subscriber_id or 0,
            address=stored.address,
            number=notice.id,
            now=now,
        )
        mail = NoticeMail(
            notice_id=notice.id,
            about="move",
            email=str(notice.data["email"]),
            subscriber_id=notice.subscriber_id or 0,
            path=f"move/{token}",
            values={"minutes": self.settings.subscribing.link_minutes},
        )
        return Decided(mail=mail, data=notice.data)

    def _leave_token(self, face: ListFace, subscriber_id: int) -> str:
        return mint_mail_token(self.ring, list_id=face.id, subscriber_id=subscriber_id, mailing_id=0)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
