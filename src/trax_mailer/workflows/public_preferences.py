"""What a mail's own link lets its reader do besides leaving: choose, withdraw, say why, ask for a link.

Mails are passed on: nothing here subscribes anybody, gives a consent, or tells a name or an address.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from trax_mailer.audience.preferences import (
    Preferences,
    choose,
    preferences_of,
    topics_to_choose,
    withdraw_tracking,
)
from trax_mailer.audience.reasons import LONGEST_WORDS, REASONS, tell_why
from trax_mailer.audience.untracking import stop_tracking
from trax_mailer.model.act import Act, ActKind
from trax_mailer.storage.blanking import ERASED
from trax_mailer.storage.notices import Notice, NoticeKind, queue_notice
from trax_mailer.storage.subscribers import stored_reader
from trax_mailer.tokens import MailToken, read_mail_token
from trax_mailer.workflows.public import Door, PublicLedger, door_of
from trax_mailer.workflows.public_subscribing import MOST_NOTICES, WITHIN
from trax_mailer.workflows.public_words import Words

__all__ = [
    "LONGEST_WORDS",
    "REASONS",
    "Choice",
    "ask_for_own_data",
    "find_choice",
    "say_why",
    "stop_counting",
    "take_consent_back",
    "write_choice",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A list, the topics there are (name and title), and what its reader chose; None where they left."""

    door: Door
    topics: tuple[tuple[str, str], ...]
    present: Preferences | None
    token: MailToken


def find_choice(public: PublicLedger, token: str, words: Words) -> Choice | None:
    """What the token's reader may choose, and chose; None for a token that was never given."""
    read = read_mail_token(public.ring, token)
    door = None if read is None else door_of(public, read)
    if read is None or door is None:
        return None
    return Choice(
        door=door,
        topics=topics_to_choose(public.settings, words.language),
        present=preferences_of(public.ledger, list_id=read.list_id, subscriber_id=read.subscriber_id),
        token=read,
    )


def write_choice(
    public: PublicLedger, choice: Choice, *, topics: Collection[str], language: str, now: dt.datetime
) -> bool:
    """Keep the topics and the language. False where no topic at all was chosen, though there are some.

    A reader who chose every topic gets those that come later, too. Who left has nothing to choose.
    """
    names = {name for name, _title in choice.topics}
    chosen = names & set(topics)
    if names and not chosen:
        return False
    if choice.present is None:
        return True
    known = language if language in public.catalogues.by_tag else ""
    kept = _language_kept(choice, known, public)
    choose(
        public.ledger,
        topics=sorted(chosen) if chosen != names else (),
        language=kept,
        act=_act(choice, now=now),
    )
    return True


def take_consent_back(public: PublicLedger, choice: Choice, *, now: dt.datetime) -> None:
    """Withdraw the reader's consent to being tracked on that list."""
    ids = {"list_id": choice.token.list_id, "subscriber_id": choice.token.subscriber_id}
    withdraw_tracking(public.ledger, **ids, now=now)


def stop_counting(public: PublicLedger, choice: Choice, *, now: dt.datetime) -> None:
    """Send the reader plain links from now on, and keep nothing of their reading. Nobody undoes it here."""
    stop_tracking(public.ledger, act=_act(choice, now=now))


def ask_for_own_data(public: PublicLedger, choice: Choice, words: Words, *, now: dt.datetime) -> None:
    """Have a link to their own data mailed to the reader, whose address is not shown.

    For a reader who was erased nothing is stored, and nothing is said either.
    """
    with public.ledger.write() as connection:
        stored = stored_reader(connection, choice.token.subscriber_id)
        if stored is None or stored.address.startswith(ERASED):
            return
        notice = Notice(kind=NoticeKind.OWN_DATA, address=stored.address, language=words.language)
        queue_notice(connection, notice, most=MOST_NOTICES, since=now - WITHIN, now=now)


def say_why(public: PublicLedger, token: str, *, reason: str, words: str, now: dt.datetime) -> Door | None:
    """Keep why the token's reader left, where they left; None for a token that was never given."""
    read = read_mail_token(public.ring, token)
    door = None if read is None else door_of(public, read)
    if read is None or door is None:
        return None
    if public.settings.subscribing.ask_why:
        ids = {"list_id": read.list_id, "subscriber_id": read.subscriber_id}
        tell_why(public.ledger, **ids, reason=reason, words=words, now=now)
    return door


def _language_kept(choice: Choice, chosen: str, public: PublicLedger) -> str:
    """A language that the page does not offer stays where the reader chose nothing else."""
    present = choice.present.language if choice.present else ""
    offered = present in public.catalogues.by_tag
    return chosen or ("" if offered else present)


def _act(choice: Choice, *, now: dt.datetime) -> Act:
    return Act(
        kind=ActKind.PAGE,
        at=now,
        source="preferences",
        subscriber_id=choice.token.subscriber_id,
        list_id=choice.token.list_id,
    )
