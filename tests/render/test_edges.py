"""Sections that belong to topics are marked, whatever the layout knows of it."""

from __future__ import annotations

import dataclasses

import pytest
from lxml import html as lxml_html

from render.conftest import FILES, LAYOUT_MJML, LAYOUT_TXT, NOTE_MJML
from trax_mailer.model.edition import Edge
from trax_mailer.model.filling import fill_part
from trax_mailer.model.finding import Severity
from trax_mailer.model.topics import edition_for, topics_in
from trax_mailer.render import render_issue

JOBS, OTHERS = frozenset({"jobs"}), frozenset({"sport"})
INCLUDE = "    {% include each.template %}\n"


def with_topics(issue, *topics):
    """The issue with these topics, section by section."""
    sections = tuple(
        dataclasses.replace(section, topics=tuple(filter(None, own.split(","))))
        for section, own in zip(issue.sections, topics, strict=True)
    )
    return dataclasses.replace(issue, sections=sections)


@pytest.fixture
def three(make_issue):
    return with_topics(make_issue({"title": "One"}, {"title": "Two"}, {"title": "Three"}), "", "jobs", "")


def heads(edition, chosen):
    html = fill_part(edition_for(edition, chosen).html, lambda slot: slot.key or "https://x.example")
    return [one.text for one in lxml_html.document_fromstring(html).iter("h2")]


def words(edition, chosen=frozenset()):
    return fill_part(edition_for(edition, chosen).text, lambda slot: f"{slot.kind}")


@pytest.mark.parametrize(
    "layout",
    [
        LAYOUT_MJML,
        LAYOUT_MJML.replace(
            "    {% for each", "    <mj-wrapper>\n    {% for each"
        ).replace("    {% endfor %}", "    {% endfor %}\n    </mj-wrapper>"),
        LAYOUT_MJML.replace(INCLUDE, "{% filter trim %}\n{% include each.template %}\n{% endfilter %}\n"),
        LAYOUT_MJML.replace("\n    {% endfor %}", "{% endfor %}").replace(INCLUDE, INCLUDE.strip()),
    ],
    ids=["body", "wrapper", "trimmed", "one line"],
)  # fmt: skip
def test_section_can_be_left_out_when_the_layout_knows_nothing_of_topics(
    three, open_small_look, settings, layout
):
    look = open_small_look({"layout.mjml": layout})
    rendered = render_issue(three, look=look, settings=settings)
    assert rendered.findings == ()
    edition = rendered.edition
    assert topics_in(edition) == ("jobs",)
    assert heads(edition, JOBS) == ["One", "Two", "Three"]
    assert heads(edition, OTHERS) == ["One", "Three"]


SECTION, COLUMN, TEXT, TABLE = "mj-section", "mj-column", "mj-text", "mj-table"


def tags(*names):
    """Opening and closing tags, one inside the other."""
    return "".join(f"<{name}>" for name in names), "".join(f"</{name}>" for name in reversed(names))


@pytest.mark.parametrize(
    ("own", "around"),
    [
        (tags(TEXT), tags(SECTION, COLUMN)),
        (tags(COLUMN, TEXT), tags(SECTION)),
        (tags("div"), tags(SECTION, COLUMN, TEXT)),
        (tags("tr", "td"), tags(SECTION, COLUMN, TABLE)),
    ],
    ids=["column", "section", "text", "table"],
)
def test_section_can_be_left_out_when_it_is_no_section_of_mjml(three, open_small_look, settings, own, around):
    begin, end = around
    layout = LAYOUT_MJML.replace("    {% for each", f"    {begin}\n    {{% for each").replace(
        "    {% endfor %}", f"    {{% endfor %}}\n    {end}"
    )
    note = "{{ section.title }}</h2>".join([f"{own[0]}<h2>", f"{own[1]}\n"])
    look = open_small_look({"layout.mjml": layout, "sections/note.mjml": note})
    rendered = render_issue(three, look=look, settings=settings)
    assert rendered.findings == ()
    assert heads(rendered.edition, JOBS) == ["One", "Two", "Three"]
    assert heads(rendered.edition, OTHERS) == ["One", "Three"]


def test_bytes_are_those_of_an_issue_without_topics_when_nothing_is_left_out(
    three, make_issue, look, settings
):
    plain = render_issue(
        make_issue({"title": "One"}, {"title": "Two"}, {"title": "Three"}), look=look, settings=settings
    ).edition
    edged = edition_for(render_issue(three, look=look, settings=settings).edition, frozenset())
    assert (edged.html, edged.text, edged.links) == (plain.html, plain.text, plain.links)


def test_whole_lines_are_left_out_of_the_text_when_a_section_is(three, make_issue, look, settings):
    edition = render_issue(three, look=look, settings=settings).edition
    alone = render_issue(make_issue({"title": "One"}, {"title": "Three"}), look=look, settings=settings)
    assert words(edition, OTHERS) == words(alone.edition)


def test_finding_says_where_when_a_template_opens_what_it_does_not_close(
    make_issue, open_small_look, settings
):
    layout = LAYOUT_MJML.replace("    {% endfor %}", "    </mj-column></mj-section>\n    {% endfor %}")
    note = NOTE_MJML.replace("  </mj-column>\n</mj-section>\n", "")
    look = open_small_look({"layout.mjml": layout, "sections/note.mjml": note})
    issue = make_issue({"title": "One"})
    assert render_issue(issue, look=look, settings=settings).edition is not None
    rendered = render_issue(with_topics(issue, "jobs"), look=look, settings=settings)
    assert rendered.edition is None
    [finding] = rendered.findings
    assert "belongs to a topic opens or closes a tag of its surroundings" in finding.message
    assert finding.place.file.startswith("templates/email/")


@pytest.mark.parametrize("name", ["mjml", "txt"])
def test_warning_is_given_when_a_layout_shows_a_section_without_its_template(
    three, open_small_look, settings, name
):
    layout = FILES[f"layout.{name}"].replace("{% include each.template %}", "")
    look = open_small_look({f"layout.{name}": layout})
    rendered = render_issue(three, look=look, settings=settings)
    assert rendered.edition is not None
    [finding] = rendered.findings
    assert (finding.check, finding.severity, finding.place) == (
        "topics", Severity.WARNING, three.sections[1].place,
    )  # fmt: skip
    assert f"layout.{name}" in finding.advice


def test_lines_of_findings_are_right_when_sections_are_marked(three, open_small_look, settings):
    look = open_small_look({"sections/note.mjml": NOTE_MJML.replace("<mj-column>", "<mj-colunm>")})
    [marked, *_] = render_issue(three, look=look, settings=settings).findings
    plain = with_topics(three, "", "", "")
    [unmarked, *_] = render_issue(plain, look=look, settings=settings).findings
    assert marked.place == unmarked.place
    broken = NOTE_MJML.replace('<mj-section css-class="sheet">', '<mj-section css="sheet">')
    look = open_small_look({"sections/note.mjml": broken})
    places = {one.place for one in render_issue(three, look=look, settings=settings).findings}
    assert places == {one.place for one in render_issue(plain, look=look, settings=settings).findings}


def test_section_without_a_topic_has_no_edges(three, look, settings):
    edition = render_issue(three, look=look, settings=settings).edition
    for part in (edition.html, edition.text):
        assert [one for one in part if isinstance(one, Edge)] == [Edge(1, ("jobs",)), Edge(1)]


def test_text_ends_as_ever_when_the_last_section_is_the_end(three, open_small_look, settings):
    head, _, _ = LAYOUT_TXT.partition("{{ newsletter.postal_address }}")
    look = open_small_look({"layout.txt": head})
    last = with_topics(three, "", "", "jobs")
    plain = words(render_issue(with_topics(three, "", "", ""), look=look, settings=settings).edition)
    edition = render_issue(last, look=look, settings=settings).edition
    assert words(edition) == plain
    assert words(edition, OTHERS).rstrip().endswith("---")
