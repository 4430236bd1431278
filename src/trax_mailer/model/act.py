"""Acts: who did what to readers, when, and how; the cause of every change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class ActKind(StrEnum):
    """How something came to be changed."""

    IMPORT = "import"
    """A file was imported. Says that a person vouched for the file, not that each reader asked."""
    FORM = "form"
    """Somebody typed the address into the subscribe form. Does not mean that it is theirs."""
    CONFIRMATION = "confirmation"
    """The reader confirmed, by a link that was mailed to the address."""
    PAGE = "page"
    """The reader's own act on a page that a mail's link opens."""
    ONE_CLICK = "one-click"
    """A one-click unsubscription (RFC 8058), pressed in a mail program. Nobody saw a page."""
    MAIL = "mail"
    """The reader asked by a mail of their own to be taken off. Whoever wrote it answered a copy of theirs."""
    STAFF = "staff"
    """A person of the organisation."""
    BOUNCE = "bounce"
    """Mail to the address fails for good."""
    COMPLAINT = "complaint"
    """The reader reported a mail as unwanted."""
    PROVIDER = "provider"
    """Taken over from the lists of the provider, such as SendGrid's suppressions."""
    RESTORE = "restore"
    """Carried over from the ledger that a restored backup replaced."""
    EXPIRY = "expiry"
    """Nobody confirmed in time."""


OWN_ACTS = frozenset({ActKind.CONFIRMATION})
"""The acts that may bring back somebody who left: the reader's own, proven by a link mailed to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act. An import, whatever it changes, is one; so is a click.

    `by` is a person of the staff, as the system knows them, and empty for a reader's own act. `source` is a
    file's name, a page or a provider's list. `words` are what was done or why, for people. `wording_id` is
    the wording that was agreed to. `subscriber_id` and `list_id` are whom and what it was about, where it
    was one. `details` holds plain JSON; never an address, an IP address or a user agent.
    """

    kind: ActKind
    at: dt.datetime
    by: str = ""
    source: str = ""
    words: str = ""
    wording_id: int | None = None
    subscriber_id: int | None = None
    list_id: int | None = None
    details: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    id: int = 0
    """Given when it is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A text that readers agreed to, word for word. Its hash covers text and language."""

    id: int
    language: str
    text: str
    since: dt.datetime
