"""The plain text part: `layout.txt` filled, tidied, and cut into segments and slots."""

from __future__ import annotations

from trax_mailer.model.edition import EdgedPart
from trax_mailer.render.cut import BadSlot, cut_edged_text
from trax_mailer.render.edges import edges_at_lines
from trax_mailer.render.frame import Frame
from trax_mailer.render.look import LAYOUT_TEXT, Look
from trax_mailer.render.plaintext import tidied
from trax_mailer.render.templates import BadTemplate


def text_part(frame: Frame, look: Look) -> EdgedPart:
    """The plain text of an issue. Raises BadTemplate, with the template's file and line."""
    text = tidied(edges_at_lines(look.templates.render(LAYOUT_TEXT, frame.text)))
    try:
        return cut_edged_text(text, markers=frame.views.markers)
    except BadSlot as error:
        place = look.templates.place(LAYOUT_TEXT, 1)
        raise BadTemplate(look.templates.finding(str(error), place=place)) from error
