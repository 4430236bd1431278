"""The HTML part: `layout.mjml` filled, checked, compiled, inlined, and cut into segments and slots."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

from markupsafe import escape

from trax_mailer.model.edition import EdgedPart
from trax_mailer.model.finding import Finding, Place
from trax_mailer.render.cut import BadSlot, cut_html, number_literal_links
from trax_mailer.render.edges import edges_in_raw, unbalanced_edges
from trax_mailer.render.frame import Frame
from trax_mailer.render.inline import InlinerFailed, inline_css
from trax_mailer.render.look import LAYOUT_HTML, STYLE, Look
from trax_mailer.render.mjml_check import MjmlProblem, check_mjml
from trax_mailer.render.mjml_compile import CompilerFailed, compile_mjml
from trax_mailer.render.style_sheet import BadStyle, StyleSheet, read_style
from trax_mailer.render.templates import BadTemplate

_read_style = lru_cache(maxsize=16)(read_style)


def html_part(frame: Frame, look: Look) -> EdgedPart:
    """The HTML of an issue. Raises BadTemplate, with the template's file and line."""
    source = edges_in_raw(look.templates.render(LAYOUT_HTML, frame.html))
    if problems := [*check_mjml(source), *unbalanced_edges(source)]:
        places = look.templates.trace(LAYOUT_HTML, frame.html)
        raise BadTemplate(*(_mjml_finding(problem, places, look) for problem in problems))
    style = _style(frame, look)
    try:
        compiled = number_literal_links(_compiled(source, frame), links=frame.views.links)
        return cut_html(_inlined(compiled, style, frame), markers=frame.views.markers)
    except (CompilerFailed, InlinerFailed) as error:
        message = f"The HTML part cannot be made: {error}."
        raise BadTemplate(
            look.templates.finding(message, place=look.templates.place(LAYOUT_HTML, 1))
        ) from error
    except BadSlot as error:
        raise BadTemplate(_slot_finding(error, frame, look, source)) from error


def _mjml_finding(problem: MjmlProblem, places: list[Place], look: Look) -> Finding:
    def place_of(line: int) -> Place:
        return places[min(line, len(places)) - 1]

    advice = problem.advice
    if problem.opened is not None:
        advice = f"It is opened at {place_of(problem.opened)}. {advice}"
    return look.templates.finding(problem.message, place=place_of(problem.line), advice=advice, check="mjml")


def _compiled(source: str, frame: Frame) -> str:
    compiled = compile_mjml(
        source, language=frame.language, direction=frame.direction, title=str(escape(frame.subject))
    )
    markers = frame.views.markers
    if missing := set(markers.found_in(source)) - set(markers.found_in(compiled)):
        raise CompilerFailed(f"the compiler lost {_written(missing, frame)}")
    return compiled


def _inlined(compiled: str, style: StyleSheet, frame: Frame) -> str:
    inlined = inline_css(compiled, css=style.inlined, head=style.head)
    markers = frame.views.markers
    before, after = Counter(markers.found_in(compiled)), Counter(markers.found_in(inlined))
    if before != after:
        cut_html(compiled, markers=markers)  # says it better where a value could not stand there anyway
        raise InlinerFailed(
            f"the inliner lost or doubled {_written({*(before - after), *(after - before)}, frame)}"
        )
    return inlined


def _style(frame: Frame, look: Look) -> StyleSheet:
    if not look.templates.has(STYLE):
        return StyleSheet("", "")
    css = look.templates.render(STYLE, frame.html)
    try:
        return _read_style(css)
    except BadStyle as error:
        places = look.templates.trace(STYLE, frame.html)
        place = places[min(error.line, len(places)) - 1]
        raise BadTemplate(look.templates.finding(str(error), place=place, check="style")) from error


def _slot_finding(error: BadSlot, frame: Frame, look: Look, source: str) -> Finding:
    """Where in the templates the marker stands that cannot be filled."""
    line = next((at for at, words in enumerate(source.split("\n")) if error.marker in words.lower()), None)
    if line is None:
        place = look.templates.place(LAYOUT_HTML, 1)
    else:
        place = look.templates.trace(LAYOUT_HTML, frame.html)[line]
    return look.templates.finding(str(error), place=place)


def _written(markers: set[str], frame: Frame) -> str:
    return ", ".join(sorted(frame.views.markers.written_out(marker) for marker in markers))
