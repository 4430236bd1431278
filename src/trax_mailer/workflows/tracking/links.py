"""The links of an issue that was sent, and leading one of them elsewhere."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection

from trax_mailer.errors import BadOption, Refused
from trax_mailer.fields import Field, Kind, Wrong, parse_url
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.mailing import Mailing
from trax_mailer.model.visit import TrackingMode
from trax_mailer.render.links import as_sent, is_web_address
from trax_mailer.storage import open_ledger
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.link_tables import LinkTable, add_retarget, link_table
from trax_mailer.storage.mailings import load_mailings
from trax_mailer.workflows.subscribers import who
from trax_mailer.workflows.wiring import Workspace

_FIELD = Field(name="url", kind=Kind.URL, help="")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLine:
    """A link of an issue: where it led when it was sent, and where it leads now.

    `mailings` are those that carry it, as tracked links: only these can be led elsewhere.
    """

    number: int
    label: str
    sent_as: str
    target: str
    mailings: tuple[int, ...]

    @property
    def moved(self) -> bool:
        """Whether it leads elsewhere by now."""
        return self.target != self.sent_as


def links_of_issue(workspace: Workspace, issue_number: int) -> tuple[LinkLine, ...]:
    """The links of the newest mailing of the issue, with the other mailings that carry the same.

    Raises Refused where the issue was never sent.
    """
    settings = workspace.settings
    with open_ledger(settings.state, settings.database) as ledger, ledger.read() as connection:
        return _lines(connection, issue_number)


def retarget(workspace: Workspace, issue_number: int, number: int, *, url: str) -> LinkLine:
    """Lead that link elsewhere, in every copy of every mailing of the issue that carries it tracked.

    Servers take it in within a second. Raises BadOption where `url` is no web address, Refused where there is
    no such link, or where its copies lead to the target without us.
    """
    target = _web_address(url)
    settings = workspace.settings
    now = dt.datetime.now(dt.UTC)
    with open_ledger(settings.state, settings.database) as ledger, ledger.write() as connection:
        line = next((one for one in _lines(connection, issue_number) if one.number == number), None)
        if line is None:
            raise Refused(
                f"No {issue_number} has no link {number}.", advice=f"See them with: trax links {issue_number}"
            )
        if not line.mailings:
            raise Refused(
                f"Link {number} of No {issue_number} cannot be changed: it was sent as the plain target.",
                advice="Only tracked links lead over our server; see trax tracking.",
            )
        words = f"link {number} of No {issue_number} leads to {target}"
        act_id = add_act(connection, Act(kind=ActKind.STAFF, at=now, by=who(), words=words))
        for mailing_id in line.mailings:
            add_retarget(connection, mailing_id, number, target=target, act_id=act_id, now=now)
        return next(one for one in _lines(connection, issue_number) if one.number == number)


def _lines(connection: Connection, issue_number: int) -> tuple[LinkLine, ...]:
    mailings = [one for one in load_mailings(connection) if one.issue_number == issue_number]
    mailings.sort(key=lambda one: one.simulated)
    tables = {one.id: table for one in mailings if (table := link_table(connection, one.id))}
    if not tables:
        raise Refused(f"No {issue_number} was never sent.", advice="See what was with: trax status")
    tracked = [one for one in mailings if one.tracking is not TrackingMode.NONE and one.id in tables]
    shown = tables[(tracked or mailings)[0].id]
    return tuple(_line(shown, number, tracked=tracked, tables=tables) for number in sorted(shown.links))


def _line(shown: LinkTable, number: int, *, tracked: list[Mailing], tables: dict[int, LinkTable]) -> LinkLine:
    link = shown.links[number]
    carrying = [
        one.id
        for one in tracked
        if (same := tables[one.id].links.get(number)) is not None and same.target == link.target
    ]
    return LinkLine(
        number=number,
        label=link.label,
        sent_as=link.target,
        target=shown.target(number) or link.target,
        mailings=tuple(sorted(carrying)),
    )


def _web_address(words: str) -> str:
    try:
        url = parse_url(words, _FIELD)
    except Wrong as wrong:
        raise BadOption(f"The new target {wrong}", advice=wrong.advice) from None
    if not is_web_address(url.target):
        raise BadOption("A link can only be led to a web address.", advice="Give one with https://.")
    return as_sent(url.target)
