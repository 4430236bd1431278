"""Bounces in servers' own forms, by flufl.bounce: qmail, old Exim, Exchange, Yahoo and the like."""

from __future__ import annotations

import logging
import re
from email.message import Message

from flufl.bounce import all_failures

from trax_mailer.events.mail.message import Unusable, addresses_in, field_of, own_parts, text_of
from trax_mailer.events.mail.told import Told
from trax_mailer.events.statuses import refusal_of, with_status
from trax_mailer.model.event import EventKind
from trax_mailer.model.refusal import statuses_in, without_statuses
from trax_mailer.model.server_words import MOST_CHARACTERS, clean_words

_DAEMONS = (
    "mailer-daemon",
    "mailer_daemon",
    "mailerdaemon",
    "mail-daemon",
    "postmaster",
    "microsoftexchange",
)
_COPY = re.compile(
    r"^(?:-{3,} ?(?:below this line|this is a copy|original message|message header|returned|the body)"
    r"|[>| \t]{0,8}(?:received|return-path|message-id|mime-version): )",
    re.IGNORECASE | re.MULTILINE,
)
"""Where the server's own words end, and a copy of what it could not deliver begins."""

_SAYS = re.compile(r"^.{0,500}?(?<!\d)(?:[45]\d\d[ -]|[45]\.\d{1,3}\.\d{1,3}(?!\d)).{0,500}$", re.MULTILINE)
"""The first line with a code; without one, nothing is repeated: it might be anybody's words."""

_MOST_TEXT = 64 * 1024

logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL + 1)  # it logs whole exceptions, with addresses


def from_daemon(message: Message) -> bool:
    """Whether a mail system wrote it: by its sender, or by the field that Exim and Gmail add."""
    senders = addresses_in(message, "From", "Sender")
    raw = field_of(message, "From").lower()
    return (
        any(one.lower().startswith(_DAEMONS) for one in senders)
        or raw.startswith(_DAEMONS)
        or message.get("X-Failed-Recipients") is not None
    )


def read_plain_bounce(message: Message) -> list[Told]:
    """What it tells of each address it names; nothing where its form is not known. Raises Unusable."""
    temporary, permanent = _failures(message)
    words = own_words(message)
    codes = statuses_in(words)
    # Of several codes nobody knows which is whose: without one, it counts and decides nothing by itself.
    status = codes.pop() if len(codes) == 1 and len(permanent | temporary) == 1 else ""
    line = _SAYS.search(words)
    said = line[0] if line else ""
    return [
        _told(address, status, said if status else without_statuses(said), for_good=address in permanent)
        for address in sorted(permanent | temporary)
    ]


def _told(address: str, status: str, said: str, *, for_good: bool) -> Told:
    kind = refusal_of(status) if for_good else EventKind.DEFERRED
    reason = clean_words(said, address=address)
    if for_good:
        reason = with_status(status, reason)[:MOST_CHARACTERS]
    return Told(kind=kind, reason=reason, addresses=(address,))


def own_words(message: Message) -> str:
    """What the server says itself, before the copy of the message."""
    text = plain_text(message)
    copy = _COPY.search(text)
    return text[: copy.start()] if copy else text


def plain_text(message: Message) -> str:
    """The first text in the message."""
    for part in own_parts(message):
        if part.get_content_maintype() == "text":
            return text_of(part)[:_MOST_TEXT]
    return ""


def _failures(message: Message) -> tuple[set[str], set[str]]:
    try:
        temporary, permanent = all_failures(message)
    except Exception as error:  # noqa: BLE001 - whatever its detectors stumble over, said in a word
        raise Unusable(f"the library of bounces stumbled over it ({type(error).__name__})") from None
    failed = set(addresses_in(message, "X-Failed-Recipients"))
    soft = {one.decode("ascii", "replace") for one in temporary} - failed
    return _whole(soft), _whole({one.decode("ascii", "replace") for one in permanent} or failed)


def _whole(addresses: set[str]) -> set[str]:
    return {one.strip("<>") for one in addresses if "@" in one}
