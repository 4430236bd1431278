"""The page of a report: one file with everything in it, for browsers and for printing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from trax_mailer.reports.charts import chart_of
from trax_mailer.reports.tables import Table

_FOLDER = files(__package__)
_CSS = (_FOLDER / "page.css").read_text(encoding="utf-8")
_PAGE = Environment(
    autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
).from_string((_FOLDER / "page.html").read_text(encoding="utf-8"))


def report_page(
    tables: Sequence[Table], *, title: str, subtitle: str, newsletter: str, made_at: dt.datetime
) -> bytes:
    """The page as HTML. Without a script, and nothing in it is fetched from anywhere."""
    parts = [(table, Markup(chart_of(table))) for table in tables]  # noqa: S704 - made by ourselves, escaped
    page = _PAGE.render(
        css=Markup(_CSS),  # noqa: S704 - our own file
        parts=parts,
        title=title,
        subtitle=subtitle,
        newsletter=newsletter,
        made_at=f"{made_at:%Y-%m-%d %H:%M}",
        is_number=lambda cell: cell is None or isinstance(cell, int),
    )
    return page.encode()
