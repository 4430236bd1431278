"""Writing an edition into files: a page with its pictures beside it, plain text, and a mail."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from trax_mailer.delivery import Letter, build_skeleton
from trax_mailer.errors import BadFile, Refused
from trax_mailer.model.filling import browser_url, unsubscribe_url
from trax_mailer.model.finding import Finding
from trax_mailer.model.issue import Issue
from trax_mailer.model.subscriber import Subscriber
from trax_mailer.model.topics import edition_for, is_empty_for, topics_in
from trax_mailer.settings import Pictures
from trax_mailer.tokens import INERT_TOKEN
from trax_mailer.workflows.check import sendable
from trax_mailer.workflows.envelope import envelope_for, inert_recipient
from trax_mailer.workflows.reading import Reading, read_part
from trax_mailer.workflows.wiring import Workspace

PICTURES = "pictures"
"""The folder beside the page that holds its pictures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The files written, and what was found on the way."""

    files: tuple[Path, ...]
    findings: tuple[Finding, ...]


def render_to(
    workspace: Workspace, reference: str | None, *, folder: Path, topics: tuple[str, ...] = ()
) -> Written:
    """Write `<number>.html`, `.txt` and `.eml` into `folder`; the same input gives the same bytes.

    With `topics`, as readers get it who chose these, into `<number>-<topics>.html` and so on. Raises BadFile
    when the issue has errors or the folder cannot be written, Refused where such readers get none.
    """
    issue, whole, findings = sendable(workspace, reference)
    if is_empty_for(whole, frozenset(topics)):
        raise Refused(
            f"Nothing in No {issue.number} is among these topics: who chose them does not get it.",
            advice=f"Its sections belong to {', '.join(topics_in(whole))}.",
        )
    edition = edition_for(whole, frozenset(topics)) if topics else whole
    # A file made for looking at needs its pictures inside it, and a date that only the issue decides.
    envelope = envelope_for(
        workspace.settings,
        list_name="preview",
        simulated=True,
        sent_at=_noon(issue, workspace),
        pictures=Pictures.EMBEDDED,
    )
    nobody = Reading(
        pictures=f"{PICTURES}/",
        browser=browser_url(envelope, whole.hash),
        leave=unsubscribe_url(envelope, INERT_TOKEN),
    )
    stem = "-".join([f"{issue.number:03d}", *topics])
    contents = {
        folder / f"{stem}.html": read_part(edition, edition.html, nobody).encode(),
        folder / f"{stem}.txt": read_part(edition, edition.text, nobody).encode(),
        folder / f"{stem}.eml": _mail(Letter(edition, envelope, whole.hash), stem),
    } | {folder / PICTURES / asset.name: asset.data for asset in edition.assets}
    try:
        (folder / PICTURES).mkdir(parents=True, exist_ok=True)
        for path, content in contents.items():
            path.write_bytes(content)
    except OSError as error:
        raise BadFile(
            f"{folder} cannot be written: {error.strerror}", advice="Choose another folder with -o."
        ) from None
    return Written(files=tuple(contents)[:3], findings=findings)


def _mail(letter: Letter, stem: str) -> bytes:
    reader = Subscriber(id=None, email="reader@example.org")
    skeleton = build_skeleton(letter, embedded=True)
    return skeleton.message(inert_recipient(reader, letter.envelope, name=f"preview-{stem}"))


def _noon(issue: Issue, workspace: Workspace) -> dt.datetime:
    local = dt.datetime.combine(issue.date, dt.time(12), tzinfo=workspace.settings.timezone)
    return local.astimezone(dt.UTC)
