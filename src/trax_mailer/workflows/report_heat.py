"""What the heat map of a report shows: the issue as most of its readers had it."""

from __future__ import annotations

from sqlalchemy import Connection

from trax_mailer.model.report import Report
from trax_mailer.model.topics import edition_for
from trax_mailer.model.visit import TrackingMode
from trax_mailer.reports import SentIssue
from trax_mailer.storage.editions import load_edition
from trax_mailer.storage.report_editions import count_editions


def sent_issue(connection: Connection, report: Report) -> SentIssue | None:
    """The edition and variant that most readers of tracked mailings had; None where none is tracked."""
    ids = [one.id for one in report.mailings if one.tracking != TrackingMode.NONE]
    counts = count_editions(connection, ids)
    if not counts:
        return None
    (edition_hash, topics), most = max(counts.items(), key=lambda item: (item[1], item[0]))
    edition = load_edition(connection, edition_hash)
    if edition is None:
        return None
    chosen = f"with the topics {topics.replace(',', ', ')}" if topics else "with everything in it"
    words = f"The issue as it was sent, in “{edition.language}”"
    if len(counts) > 1:
        words += f", {chosen}, as most readers had it: {most:,} of {sum(counts.values()):,}"
    variant = edition_for(edition, frozenset(topics.split(",") if topics else ()))
    return SentIssue(edition=variant, words=f"{words}.")
