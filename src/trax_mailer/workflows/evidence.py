"""Looking for evidence about uncertain deliveries where mail servers leave it: logs and bounces."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from trax_mailer.delivery import find_mailing, mark_of
from trax_mailer.errors import Refused
from trax_mailer.events import Report, lines_of, read_mailbox, read_smtp_log
from trax_mailer.storage import open_ledger
from trax_mailer.storage.settling import settle_by_events
from trax_mailer.workflows.ingest import keep_reports
from trax_mailer.workflows.wiring import Workspace

_AT_ONCE = 1000


def read_log(workspace: Workspace, mailing_id: int, path: Path) -> int:
    """Take in a mail server's log (Postfix or Exim, plain or gzip). Returns how many deliveries it settled.

    What the log does not mention stays uncertain. Raises Refused where there is no such mailing, BadFile
    where the file cannot be read; what was read before the trouble is kept.
    """

    def read(mark: str, now: dt.datetime) -> Iterator[Report]:
        return read_smtp_log(lines_of(path), mark=mark, now=now)

    return _take_in(workspace, mailing_id, read, provider="mail-log")


def read_bounces(workspace: Workspace, mailing_id: int, path: Path) -> int:
    """Take in bounces and answers from a Maildir, an mbox or one message, like `read_log`."""

    def read(mark: str, now: dt.datetime) -> Iterator[Report]:
        return read_mailbox(path, mark=mark, now=now)

    return _take_in(workspace, mailing_id, read, provider="mailbox")


def _take_in(
    workspace: Workspace,
    mailing_id: int,
    read: Callable[[str, dt.datetime], Iterable[Report]],
    *,
    provider: str,
) -> int:
    settings, now = workspace.settings, dt.datetime.now(dt.UTC)
    with open_ledger(settings.state, settings.database) as ledger:
        mailing = find_mailing(ledger, mailing_id)
        if mailing is None:
            raise Refused(f"There is no mailing {mailing_id}.", advice="See them all with: trax status")
        settled, reports = 0, iter(read(mark_of(mailing.envelope), now))
        while part := list(islice(reports, _AT_ONCE)):
            ours = [one for one in part if one.message_id.startswith(f"{mailing_id}.")]
            kept = keep_reports(ledger, ours, provider=provider, rule=settings.bounces.rule, now=now)
            settled += kept.settled
        with ledger.write(alone=False) as connection:
            return settled + settle_by_events(connection, mailing_id, now=now)
