"""Reading a mailbox of bounces, from top to bottom: sort each message, keep its reports, do what follows."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from trax_mailer.audience import Consequence
from trax_mailer.errors import Refused
from trax_mailer.events import Mail, MailKind, Report, messages_in, read_mail
from trax_mailer.settings import Settings
from trax_mailer.storage import Ledger, open_ledger, open_ring
from trax_mailer.storage.lists import list_ids
from trax_mailer.workflows.bounce_finding import find_message
from trax_mailer.workflows.ingest import keep_reports
from trax_mailer.workflows.leaving_by_mail import Asked, grant
from trax_mailer.workflows.mailbox_reading import read_folder
from trax_mailer.workflows.wiring import Workspace

PROVIDER = "mailbox"
_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ToLookAt:
    """A message that a person has to look at, and why. `place` is where it lies."""

    place: str
    at: dt.datetime
    reason: str


@dataclass(slots=True, kw_only=True)
class Found:
    """What lay in the mailbox, and what followed. No address is in it.

    `new` counts reports that nobody had told before, `unproven` those that name another reader than their
    message went to, `unknown` those of which nobody knows which copy they are about. `left` are the copies
    whose readers were taken off by their mail. `lists` gives the names of lists by id.
    """

    messages: Counter[MailKind] = field(default_factory=Counter)
    new: int = 0
    unproven: int = 0
    unknown: int = 0
    consequences: list[Consequence] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    to_look_at: list[ToLookAt] = field(default_factory=list)
    lists: dict[int, str] = field(default_factory=dict)


def read_bounces_in(workspace: Workspace, path: Path, *, dry_run: bool = False) -> Found:
    """Take in a Maildir, an mbox or one message; nothing in it is changed. Raises BadFile.

    Read again, it says nothing new. With `dry_run` nothing is kept, and nothing follows.
    """
    settings, found = workspace.settings, Found()
    with open_ledger(settings.state, settings.database) as ledger:
        messages = messages_in(path)
        size = None if dry_run else _AT_ONCE  # what follows from several has to be seen at once
        while part := list(islice(messages, size)):
            take_in_messages(ledger, settings, part, found=found, dry_run=dry_run)
        return _named(ledger, found)


def read_imap_once(workspace: Workspace, *, dry_run: bool = False) -> Found:
    """Like `read_imap`, with the ledger of the workspace."""
    settings = workspace.settings
    with open_ledger(settings.state, settings.database) as ledger:
        return read_imap(settings, ledger, dry_run=dry_run)


def read_imap(
    settings: Settings, ledger: Ledger, *, dry_run: bool = False, stop: Callable[[], bool] = lambda: False
) -> Found:
    """Take in what came into the IMAP folder since last time, and what a person has to look at still.

    Raises Refused where the settings name no mailbox, ProviderError where it cannot be read; what was read
    before the trouble is kept. Ends early when `stop` says so.
    """
    if not settings.bounces.host:
        raise Refused(
            "trax.yaml names no mailbox of bounces.",
            advice="Name one there (bounces: host, username), or give --maildir or --mbox; docs/bounces.md.",
        )
    found = Found()

    def take(part: list[tuple[int, bytes]]) -> set[int]:
        places = {f"message {uid}": uid for uid, _content in part}
        named = [(f"message {uid}", content) for uid, content in part]
        before = len(found.to_look_at)
        take_in_messages(ledger, settings, named, found=found, dry_run=dry_run)
        return {places[one.place] for one in found.to_look_at[before:]}

    read_folder(settings, take, at_once=_AT_ONCE, dry_run=dry_run, stop=stop)
    return _named(ledger, found)


def take_in_messages(
    ledger: Ledger,
    settings: Settings,
    messages: Iterable[tuple[str, bytes]],
    *,
    found: Found,
    dry_run: bool,
) -> None:
    """Sort these messages, keep their reports and do what follows; adds to `found`."""
    now = dt.datetime.now(dt.UTC)
    mails = [(place, read_mail(content, now=now)) for place, content in messages]
    reports = list(_with_messages(ledger, (mail for _place, mail in mails), found=found))
    kept = keep_reports(
        ledger,
        reports,
        provider=PROVIDER,
        rule=settings.bounces.rule,
        now=now,
        dry_run=dry_run,
    )
    found.new += kept.new
    found.unproven += kept.unproven
    found.unknown += kept.foreign
    found.consequences += kept.consequences
    for place, mail in mails:
        found.messages[mail.kind] += 1
        reason = mail.reason if mail.kind is MailKind.UNCLEAR else ""
        if mail.kind is MailKind.LEAVING:
            reason = _leave(ledger, mail, found=found, now=now, dry_run=dry_run)
        if reason:
            found.to_look_at.append(ToLookAt(place=place, at=mail.at, reason=reason))


def _with_messages(ledger: Ledger, mails: Iterable[Mail], *, found: Found) -> Iterator[Report]:
    """The reports, each with the Message-ID of the copy it is about; the others are counted."""
    ring = open_ring(ledger)
    with ledger.read() as connection:
        for report in (one for mail in mails for one in mail.reports):
            known = report if report.message_id else find_message(connection, report, ring=ring)
            if known is None:
                found.unknown += 1
            else:
                yield known


def _leave(ledger: Ledger, mail: Mail, *, found: Found, now: dt.datetime, dry_run: bool) -> str:
    """Grant the wish; why a person has to look at it, or nothing."""
    wish = grant(ledger, mail, now=now, dry_run=dry_run)
    if wish.asked is Asked.FOR_STAFF:
        return "it asks to leave, and does not answer a copy of ours from the address that it went to"
    if wish.new and wish.delivery not in found.left:
        found.left.append(wish.delivery)
    return ""


def _named(ledger: Ledger, found: Found) -> Found:
    with ledger.read() as connection:
        found.lists = {list_id: name for name, list_id in list_ids(connection).items()}
    return found
