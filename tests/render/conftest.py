"""A small look of its own, so that these tests depend on no other, and issues built from values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

import pytest
from PIL import Image

from trax_mailer.fields import Field, Kind
from trax_mailer.model.finding import Place
from trax_mailer.model.issue import Issue, Section
from trax_mailer.model.values import Group, Markdown, Picture, Text
from trax_mailer.render.look import Look, open_look
from trax_mailer.sections import SectionType
from trax_mailer.settings import Settings

LAYOUT_MJML = """\
{% import "_parts.mjml" as parts %}
<mjml>
  <mj-head>
    <mj-title>{{ subject }}</mj-title>
    <mj-preview>{{ issue.preheader }}</mj-preview>
    <mj-attributes><mj-text align="left" color="{{ theme.light.ink }}" /></mj-attributes>
    <mj-style>
      @media (prefers-color-scheme: dark) { .sheet div { color: {{ theme.dark.ink }} !important; } }
    </mj-style>
  </mj-head>
  <mj-body width="600px">
    <mj-section css-class="frame"><mj-column><mj-text>
      <a href="{{ browser_url }}">{{ words.view_in_browser }}</a>
    </mj-text></mj-column></mj-section>
    {% for each in sections %}
    {% set section = each.values %}
    {% include each.template %}
    {% endfor %}
    <mj-section><mj-column><mj-text css-class="small">
      <p>{{ newsletter.organisation }}, {{ newsletter.postal_address }}</p>
      {% if newsletter.website %}
      <p><a href="{{ newsletter.website }}">{{ newsletter.website }}</a></p>
      {% endif %}
      <p><a href="{{ unsubscribe_url }}">{{ words.unsubscribe }}</a></p>
    </mj-text></mj-column></mj-section>
  </mj-body>
</mjml>
"""
PARTS_MJML = """\
{% macro picture(picture) %}
{% if picture %}
<mj-image src="{{ picture.src }}" alt="{{ picture.alt }}" width="{{ [picture.width, 520] | min }}px"
  {%- if picture.link %} href="{{ picture.link }}"{% endif %} title="{{ words.unsubscribe }}" />
{% endif %}
{% endmacro %}
"""
LAYOUT_TXT = """\
{{ issue.title | heading("=") }}
{{ words.view_in_browser }} <{{ browser_url }}>

{% for each in sections %}
{% set section = each.values %}
{% include each.template %}

{% endfor %}
{{ newsletter.postal_address }}
{{ words.unsubscribe }} <{{ unsubscribe_url }}>
"""
NOTE_MJML = """\
{% import "_parts.mjml" as parts %}
<mj-section css-class="sheet">
  <mj-column>
    <mj-text>
      {% if section.title %}
      <h2>{{ section.title }}</h2>
      {% endif %}
      {% if section.deadline %}
      <p>{{ section.deadline.long }}</p>
      {% endif %}
      {{ section.body.html }}
      {% for link in section.links or [] %}
      <p><a href="{{ link.url }}">{{ link.label }}</a></p>
      {% endfor %}
    </mj-text>
    {{ parts.picture(section.picture) }}
  </mj-column>
</mj-section>
"""
NOTE_TXT = """\
{% if section.title %}
{{ section.title | heading("-") }}
{% endif %}
{% if section.deadline %}
{{ section.deadline.long }}
{% endif %}
{{ section.body.text | wrap }}
{% for link in section.links or [] %}
{{ (link.label ~ " <" ~ link.url ~ ">") | wrap }}
{% endfor %}
"""
STYLE = """\
h2 { color: {{ theme.light.ink }}; font-size: 20px; }
p { margin: 0 0 12px; }
a:hover { color: red; }
"""
THEME = """\
light: {ink: "#222222"}
dark: {ink: "#eeeeee"}
"""
WORDS = """\
en: {view_in_browser: View in browser, unsubscribe: Unsubscribe}
fr: {view_in_browser: Voir dans le navigateur, unsubscribe: Se désabonner}
"""
FILES = {
    "layout.mjml": LAYOUT_MJML,
    "layout.txt": LAYOUT_TXT,
    "_parts.mjml": PARTS_MJML,
    "sections/note.mjml": NOTE_MJML,
    "sections/note.txt": NOTE_TXT,
    "style.css": STYLE,
    "theme.yaml": THEME,
    "words.yaml": WORDS,
}
NOTE = SectionType(
    name="note",
    label="Note",
    help="A note.",
    fields=(
        Field(name="title", kind=Kind.TEXT),
        Field(name="body", kind=Kind.MARKDOWN),
        Field(name="deadline", kind=Kind.DATE, role="deadline"),
        Field(name="picture", kind=Kind.PICTURE),
        Field(name="links", kind=Kind.LIST, of=Field(name="link", kind=Kind.LINK)),
    ),
    mjml="sections/note.mjml",
    text="sections/note.txt",
    file="templates/email/sections/note.yaml",
)

OpenLook = Callable[..., Look]
MakeIssue = Callable[..., Issue]


@pytest.fixture
def open_small_look(tmp_path: Path) -> OpenLook:
    """Opens the small look, with these files put in place of its own."""

    def open_it(changed: Mapping[str, str] = MappingProxyType({}), /) -> Look:
        folder = tmp_path / "templates" / "email"
        (folder / "sections").mkdir(parents=True, exist_ok=True)
        for name, content in {**FILES, **changed}.items():
            (folder / name).write_text(content, "utf-8")
        return open_look(((folder, "templates/email"),), {"note": NOTE})

    return open_it


@pytest.fixture
def look(open_small_look: OpenLook) -> Look:
    return open_small_look()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        root=tmp_path,
        state=tmp_path / "state",
        organisation="The Lighthouse",
        postal_address="1 Harbour Road, 1202 Geneva",
        website="https://lighthouse.example.org/",
        newsletter="Beam",
        subject="[Beam] No {number}: {title}",
        public_url="https://beam.example.org",
    )


@pytest.fixture
def issue_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "issues" / "007"
    folder.mkdir(parents=True)
    Image.new("RGB", (640, 320), "#336699").save(folder / "sea.png")
    return folder


@pytest.fixture
def sea() -> Picture:
    return Picture(file=PurePosixPath("sea.png"), alt="The sea at Constanța")


@pytest.fixture
def make_issue(issue_folder: Path) -> MakeIssue:
    """Makes an issue of `note` sections, one for each set of values."""

    def make(*notes: Mapping[str, Any], **head: Any) -> Issue:
        sections = tuple(
            note_section(note, line=10 + 10 * index) for index, note in enumerate(notes or [{"title": "One"}])
        )
        values: dict[str, Any] = {
            "number": 7,
            "title": "Ships & names: Chișinău",
            "date": dt.date(2015, 12, 1),
            "language": "en",
            "preheader": "What the sea brought",
            "sections": sections,
            "folder": issue_folder,
            "file": "issues/007/issue.yaml",
            "places": {},
        }
        return Issue(**(values | head))

    return make


def note_section(note: Mapping[str, Any], *, line: int) -> Section:
    """A section of type `note`; plain strings become the value its field holds."""
    values: dict[str, Any] = {"id": None, "title": None, "body": Markdown(""), "deadline": None}
    values |= {"picture": None, "links": None}
    for name, value in note.items():
        known = {"title": Text, "body": Markdown}.get(name)
        values[name] = known(value) if known and isinstance(value, str) else value
    places = {name: Place("issues/007/issue.yaml", line + at, 5) for at, name in enumerate(values)}
    return Section(
        type="note", values=Group(values), place=Place("issues/007/issue.yaml", line, 3), places=places
    )
