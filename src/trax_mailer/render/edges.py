"""Edges: the sections that belong to topics are marked in both parts, so that they can be left out.

Section templates print the markers (`templates`); here they are made, and put where nothing of them shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from trax_mailer.model.edition import Edge, Edition
from trax_mailer.model.finding import Finding, Severity
from trax_mailer.model.issue import BAND, Issue
from trax_mailer.render.markers import EDGE, Markers
from trax_mailer.render.mjml_check import MjmlProblem
from trax_mailer.render.mjml_tags import CHILDREN

_TOKEN = re.compile(
    rf"""<!--.*?--> | (?P<edge>{EDGE.pattern})(?P<blanks>[ \t]*)
      | <(?P<closes>/)?(?P<tag>[a-zA-Z][\w:-]*)(?:"[^"]*"|'[^']*'|[^'">])*?(?P<alone>/)?>""",
    re.DOTALL | re.VERBOSE,
)
_RUN = re.compile(rf"(?:[ \t\n]*{EDGE.pattern})+[ \t\n]*")


def topics_of_sections(issue: Issue) -> list[tuple[str, ...]]:
    """The topics of each section; who chose none of them does not get it, where there are any.

    A band is shown where any section below it is.
    """
    topics = [section.topics for section in issue.sections]
    below: list[tuple[str, ...]] = []
    for index in reversed(range(len(topics))):
        if issue.sections[index].type == BAND:
            topics[index] = tuple(sorted(set().union(*below))) if all(below) else ()
            below = []
        else:
            below.append(topics[index])
    return topics


def mark_edges(issue: Issue, markers: Markers) -> list[tuple[str, str]]:
    """Two markers for each section that some readers do not get, two empty strings for the others."""
    return [
        (markers.mark_edge(Edge(index, topics)), markers.mark_edge(Edge(index))) if topics else ("", "")
        for index, topics in enumerate(topics_of_sections(issue))
    ]


def edges_in_raw(mjml: str) -> str:
    """The MJML with each edge in a tag of its own, wherever words alone cannot stand. No line is added."""
    if not EDGE.search(mjml):
        return mjml
    open_tags: list[str] = []

    def place(token: re.Match[str]) -> str:
        if token["edge"]:
            bare = not open_tags or open_tags[-1] not in CHILDREN
            # The compiler would keep the blanks behind a raw tag.
            return token.group() if bare else f"<mj-raw>{token['edge']}</mj-raw>"
        _follow(token, open_tags)
        return token.group()

    return _TOKEN.sub(place, mjml)


def unbalanced_edges(mjml: str) -> Iterator[MjmlProblem]:
    """Sections whose template opens a tag that another one closes: they cannot be left out."""
    if not EDGE.search(mjml):
        return
    open_tags: list[str] = []
    began: list[str] = []
    lowest, within = 0, False
    for token in _TOKEN.finditer(mjml):
        _follow(token, open_tags)
        here = [tag for tag in open_tags if tag != "mj-raw"]
        lowest = min(lowest, len(here))
        if not token["edge"]:
            continue
        within = not within
        if within:
            began, lowest = here, len(here)
        elif here != began or lowest < len(began):
            line = mjml.count("\n", 0, token.start()) + 1
            message = "a section that belongs to a topic opens or closes a tag of its surroundings"
            yield MjmlProblem(line, message, "its template must close every tag that it opens")


def edges_at_lines(text: str) -> str:
    """The text with each edge where the next line begins, so that whole lines are left out."""

    def move(run: re.Match[str]) -> str:
        edges = "".join(EDGE.findall(run.group()))
        blanks = EDGE.sub("", run.group())
        above, end, indent = blanks.rpartition("\n")
        return f"{edges}{blanks}" if run.end() == len(text) else f"{above}{end}{edges}{indent}"

    return _RUN.sub(move, text)


def without_edges(issue: Issue, edition: Edition) -> Iterator[Finding]:
    """A warning for each section of a topic that a layout does not show by its template."""
    parts = (("HTML", "mjml", edition.html), ("plain text", "txt", edition.text))
    for name, ending, part in parts:
        marked = {segment.section for segment in part if isinstance(segment, Edge)}
        for index, section in enumerate(issue.sections):
            if section.topics and index not in marked:
                yield Finding(
                    check="topics",
                    severity=Severity.WARNING,
                    message=f"In the {name} part, this section is not left out for readers of others.",
                    place=section.place,
                    advice=f"Let layout.{ending} include the template of each section, as ours does.",
                )


def _follow(token: re.Match[str], open_tags: list[str]) -> None:
    """Keep the tags that are open after the token."""
    if not token["tag"] or token["alone"]:
        return
    if not token["closes"]:
        open_tags.append(token["tag"])
    elif open_tags:
        open_tags.pop()
