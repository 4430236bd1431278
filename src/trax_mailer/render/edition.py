"""The whole way from an issue to an edition, top to bottom.

1. Values become views: links numbered, pictures read, merge fields marked (`frame`, `views`).
2. `layout.mjml` is filled, checked, compiled, inlined and cut into segments and slots (`html_part`).
3. `layout.txt` is filled, tidied and cut (`text_part`).
4. What either part uses of links and pictures makes the edition, together with both.
"""

from __future__ import annotations

from dataclasses import dataclass

from trax_mailer.model.edition import EdgedPart, Edition, Slot, SlotContext, SlotKind
from trax_mailer.model.finding import Finding, Place, Severity
from trax_mailer.model.issue import Issue
from trax_mailer.render.cut import cut_text
from trax_mailer.render.edges import without_edges
from trax_mailer.render.frame import Frame, make_frame
from trax_mailer.render.html_part import html_part
from trax_mailer.render.look import Look
from trax_mailer.render.templates import BadTemplate
from trax_mailer.render.text_part import text_part
from trax_mailer.render.views import Problem
from trax_mailer.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """`edition` is None where the findings hold an error."""

    edition: Edition | None
    findings: tuple[Finding, ...]


def render_issue(issue: Issue, *, look: Look, settings: Settings) -> Rendered:
    """Render an issue, or say at which line of which file it cannot be."""
    unknown = [
        _unknown_type(section.type, section.place)
        for section in issue.sections
        if section.type not in look.types
    ]
    if unknown:
        return Rendered(edition=None, findings=tuple(unknown))
    frame = make_frame(issue, look=look, settings=settings)
    if frame.views.problems:
        problems = tuple(_problem(problem, issue) for problem in frame.views.problems)
        return Rendered(edition=None, findings=(*frame.notes, *problems))
    try:
        html = html_part(frame, look)
        text = text_part(frame, look)
    except BadTemplate as error:
        return Rendered(edition=None, findings=(*frame.notes, *error.findings))
    edition = _edition(frame, html=html, text=text)
    return Rendered(edition=edition, findings=(*frame.notes, *without_edges(issue, edition)))


def _edition(frame: Frame, *, html: EdgedPart, text: EdgedPart) -> Edition:
    views = frame.views
    used = [segment for segment in (*html, *text) if isinstance(segment, Slot)]
    numbers = {int(slot.key) for slot in used if slot.kind is SlotKind.LINK}
    shown = dict.fromkeys(slot.key for slot in used if slot.kind is SlotKind.ASSET)
    return Edition(
        language=frame.language,
        direction=frame.direction,
        subject=cut_text(frame.subject, markers=views.markers, context=SlotContext.HEADER),
        preheader=cut_text(frame.preheader, markers=views.markers, context=SlotContext.TEXT),
        html=html,
        text=text,
        links=views.links.numbered(numbers),
        assets=tuple(views.assets[sha256] for sha256 in shown),
    )


def _unknown_type(name: str, place: Place) -> Finding:
    message = f"There is no section type “{name}”."
    return Finding(check="sections", severity=Severity.ERROR, message=message, place=place)


def _problem(problem: Problem, issue: Issue) -> Finding:
    """A value that cannot be shown, at its place in the issue or the nearest one above."""
    place: Place | None = None
    if problem.section is not None:
        section = issue.sections[problem.section]
        path = problem.path
        while path and path not in section.places:
            path = path.rpartition(".")[0]
        place = section.places.get(path, section.place)
    return Finding(
        check=problem.check,
        severity=Severity.ERROR,
        message=f"In “{problem.path}”, {problem.message}.",
        place=place,
        advice=problem.advice,
    )
