"""The fields at the head of every issue and of every section."""

from __future__ import annotations

from trax_mailer.fields import Field, Kind

ISSUE_FIELDS = (
    Field(
        name="number",
        kind=Kind.NUMBER,
        label="Number",
        required=True,
        least=1,
        most=1_000_000,
        help="The issue's number, such as 58.",
    ),
    Field(
        name="title",
        kind=Kind.TEXT,
        label="Title",
        required=True,
        help="The issue's title; it stands in the subject. Quote it when it holds a colon.",
    ),
    Field(
        name="date",
        kind=Kind.DATE,
        label="Date",
        required=True,
        help="The day the issue goes out, as 2015-11-30.",
    ),
    Field(
        name="language",
        kind=Kind.LANGUAGE,
        label="Language",
        help="The language it is written in, as en, fr or es. Left out, it is the newsletter's.",
    ),
    Field(
        name="preheader",
        kind=Kind.TEXT,
        label="Preheader",
        help="The words an inbox shows after the subject.",
    ),
)

SECTIONS_HELP = "The sections of the issue, in order. Each starts with “- type: …”."
TYPE_HELP = "What kind of section this is."
ID_HELP = "A name to link to this section by (“#jobs”): letters, digits and hyphens, each name once."
ID_PATTERN = r"[A-Za-z][A-Za-z0-9-]{0,59}"
