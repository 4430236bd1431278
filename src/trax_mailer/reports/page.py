"""The page of a report: one file with everything in it, for browsers and for printing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from trax_mailer.colours import COLOURS
from trax_mailer.reports.charts import chart_of
from trax_mailer.reports.heat import STEPS, HeatMap
from trax_mailer.reports.tables import Table

_FOLDER = files(__package__)
_CSS = COLOURS + (_FOLDER / "page.css").read_text(encoding="utf-8")
_PAGE = Environment(
    autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
).from_string((_FOLDER / "page.html").read_text(encoding="utf-8"))


def report_page(
    tables: Sequence[Table],
    *,
    title: str,
    subtitle: str,
    newsletter: str,
    made_at: dt.datetime,
    heat: HeatMap | None = None,
) -> bytes:
    """The page as HTML, with the heat map of the issue where there is one.

    Without a script, and nothing in it is fetched from anywhere.
    """
    parts = [(table, Markup(chart_of(table))) for table in tables]  # noqa: S704 - made by ourselves, escaped
    page = _PAGE.render(
        css=Markup(_CSS),  # noqa: S704 - our own file
        parts=parts,
        heat=heat,
        inside=Markup(heat.inside if heat else ""),  # noqa: S704 - made harmless, see there
        steps=range(1, STEPS + 1),
        title=title,
        subtitle=subtitle,
        newsletter=newsletter,
        made_at=f"{made_at:%Y-%m-%d %H:%M}",
        is_number=lambda cell: cell is None or isinstance(cell, int),
    )
    return page.encode()
