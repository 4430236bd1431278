"""Mail about our mail as evidence of one mailing: delivery reports and answers that hold its Message-IDs.

An answer of any kind proves that the message was taken.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from trax_mailer.events.mail.boxes import messages_in
from trax_mailer.events.mail.sorting import read_mail
from trax_mailer.events.report import Report


def read_mailbox(path: Path, *, mark: str, now: dt.datetime) -> Iterator[Report]:
    """The reports about messages whose Message-ID ends in `mark`. Changes nothing in the mailbox.

    `now` stands where a message has no date. Raises BadFile.
    """
    for _place, content in messages_in(path):
        for report in read_mail(content, now=now).reports:
            if report.message_id.endswith(f".{mark}"):
                yield report
