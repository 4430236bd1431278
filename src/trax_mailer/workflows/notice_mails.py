"""A notice as a mail: a few words, one button, in plain text and HTML, with nothing in it that tracks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from types import MappingProxyType

from jinja2 import Environment, StrictUndefined, Template

from trax_mailer.delivery import Letter, recipient_for
from trax_mailer.model.edition import Edition
from trax_mailer.model.mailing import Envelope, Recipient
from trax_mailer.model.subscriber import Subscriber
from trax_mailer.settings import Settings
from trax_mailer.workflows.public_catalogues import PACKAGED
from trax_mailer.workflows.public_words import Words

NOTICE = "notice"
"""Begins the id and the Message-ID of such a mail, where a mailing's begins with its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeMail:
    """What is mailed. `about` begins the names of its words; `leave_token` is empty where there is no list.

    `agreed` is the text that a confirmation agrees to, empty elsewhere.
    """

    notice_id: int
    about: str
    email: str
    subscriber_id: int
    path: str
    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    leave_token: str = ""
    agreed: str = ""


def letter_of(mail: NoticeMail, words: Words, envelope: Envelope, settings: Settings) -> Letter:
    """The mail as a transport takes it: its words hold nothing that the reader, or anybody else, typed."""
    values = {"organisation": settings.organisation, **mail.values}
    texts = {
        part: words.say(f"mail_{mail.about}_{part}", **values)
        for part in ("subject", "intro", "button", "ignore")
    }
    url = f"{envelope.public_url}/{mail.path}"
    html = _template().render(
        texts,
        url=url,
        paste=words.say("mail_paste"),
        agreed=mail.agreed,
        agreed_title=words.say("consent_title"),
        language=words.language,
        direction=words.direction,
        newsletter=settings.newsletter,
        organisation=settings.organisation,
        postal_address=settings.postal_address,
    )
    agreed = f"{words.say('consent_title')}: {mail.agreed}" if mail.agreed else ""
    sender = "\n".join(filter(None, [settings.organisation, settings.postal_address]))
    plain = [texts["intro"], f"{texts['button']}:\n{url}", texts["ignore"], agreed, f"-- \n{sender}"]
    edition = Edition(
        language=words.language,
        direction=words.direction,
        subject=(texts["subject"],),
        preheader=(),
        html=(html,),
        text=("\n\n".join(filter(None, plain)) + "\n",),
        links=(),
        assets=(),
    )
    return Letter(edition, envelope, edition.hash, requested=True)


def recipient_of(mail: NoticeMail, envelope: Envelope) -> Recipient:
    """Whom it goes to. No name: anybody can type one into a form."""
    reader = Subscriber(id=mail.subscriber_id, email=mail.email)
    name = f"{NOTICE}.{mail.notice_id}"
    recipient = recipient_for(reader, envelope, delivery=name, token=mail.leave_token, message=name)
    return recipient if mail.leave_token else replace(recipient, unsubscribe_url="")


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string((PACKAGED / "notice.html").read_text(encoding="utf-8"))
