"""What a template does wrong is told with its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import FileSystemLoader

from trax_mailer.errors import BadFile
from trax_mailer.render import render_issue
from trax_mailer.render.look import open_look

NOTE = "templates/email/sections/note.mjml"


@pytest.fixture
def finding_of(open_small_look, make_issue, settings, look, sea):
    """The one finding of a rendering in which some words of some template are replaced."""

    def render(name, old, new):
        content = look.templates.folders[0][0].joinpath(name).read_text("utf-8")
        assert old in content
        changed = open_small_look({name: content.replace(old, new, 1)})
        issue = make_issue({"title": "One", "picture": sea})
        rendered = render_issue(issue, look=changed, settings=settings)
        assert rendered.edition is None
        (finding,) = rendered.findings
        return finding

    return render


@pytest.mark.parametrize(
    ("name", "old", "new", "line", "words"),
    [
        (
            "sections/note.mjml",
            "section.title",
            "section.titel",
            5,
            "no field “titel” here; did you mean “title”",
        ),
        ("sections/note.mjml", "section.body.html", "section.links.src", 11, "could have “src”"),
        ("sections/note.mjml", "{% endfor %}", "", 16, "Unexpected end of template"),
        ("sections/note.mjml", "section.body.html", "nobody", 11, "'nobody' is undefined"),
        ("sections/note.mjml", "section.body.html", "1 / 0", 11, "division by zero"),
        ("sections/note.mjml", "section.body.html", "section | nofilter", 11, "nofilter"),
        ("sections/note.mjml", "section.body.html", "[].__class__.__base__", 11, "access to attribute"),
        ("sections/note.mjml", "_parts.mjml", "_partz.mjml", 1, "no template “_partz.mjml”"),
        ("_parts.mjml", "picture.alt", "pictur.alt", 3, "'pictur' is undefined"),
        ("layout.mjml", "words.view_in_browser", "words.view", 13, "no field “view” here"),
        ("layout.txt", "issue.title", "issue.titel", 1, "no field “titel” here"),
        ("style.css", "theme.light.ink", "theme.light.inc", 1, "no field “inc” here; did you mean “ink”"),
    ],
)
def test_file_and_line_are_told_when_a_template_is_wrong(name, old, new, line, words, finding_of):
    finding = finding_of(name, old, new)
    assert words in finding.message
    assert (finding.place.file, finding.place.line) == (f"templates/email/{name}", line)
    assert new in finding.excerpt or not new or line == 16
    assert finding.check == "templates"


@pytest.mark.parametrize(
    ("name", "old", "new", "line", "words"),
    [
        (
            "sections/note.mjml",
            "<h2>{{ section.title }}</h2>",
            "<h2>{{ section.title }}",
            15,
            "<h2> is not closed",
        ),
        ("sections/note.mjml", "<mj-column>", '<mj-column colour="red">', 3, "no attribute “colour”"),
        ("layout.mjml", "<mj-section>", "<mj-sektion>", 25, "is not closed"),
        ("layout.mjml", "<mj-section>", '<mj-section gap="1px">', 19, "no attribute “gap”"),
        ("layout.mjml", '<mj-body width="600px">', '<mj-body css-class="x">', 11, "no attribute “css-class”"),
    ],
)
def test_the_templates_line_is_told_when_its_mjml_is_wrong(name, old, new, line, words, finding_of):
    finding = finding_of(name, old, new)
    assert words in finding.message
    assert finding.check == "mjml"
    assert finding.place.file == f"templates/email/{name}"
    assert finding.place.line == line
    assert new in finding.excerpt or "not closed" in words


def test_the_place_of_the_opening_is_told_when_a_tag_is_not_closed(finding_of):
    finding = finding_of("sections/note.mjml", "<h2>{{ section.title }}</h2>", "<h2>{{ section.title }}")
    assert f"It is opened at {NOTE}:6:1." in finding.advice


def test_the_line_of_the_second_section_is_told_when_a_macro_breaks_it(
    open_small_look, make_issue, settings, look, sea
):
    parts = look.templates.folders[0][0].joinpath("_parts.mjml").read_text("utf-8")
    changed = open_small_look({"_parts.mjml": parts.replace("<mj-image", "<mj-imag")})
    issue = make_issue({"title": "One"}, {"title": "Two", "picture": sea})
    (finding,) = render_issue(issue, look=changed, settings=settings).findings
    assert (finding.place.file, finding.place.line) == ("templates/email/_parts.mjml", 3)
    assert finding.excerpt.startswith("<mj-imag ")


def test_the_line_is_told_when_a_value_cannot_be_filled_in_there(open_small_look, make_issue, settings, look):
    note = look.templates.folders[0][0].joinpath("sections/note.mjml").read_text("utf-8")
    changed = open_small_look(
        {"sections/note.mjml": note.replace("<h2>", '<h2 style="{{ section.title }}">')}
    )
    issue = make_issue({"title": "{{ reader.name }}"})
    (finding,) = render_issue(issue, look=changed, settings=settings).findings
    assert "{{ reader.name }} cannot stand" in finding.message
    assert (finding.place.file, finding.place.line) == (NOTE, 6)


@pytest.mark.parametrize("how", ["truncate(12)", "replace('0', 'o')"])
def test_it_is_told_when_a_template_tears_a_merge_field(how, open_small_look, make_issue, settings, look):
    note = look.templates.folders[0][0].joinpath("sections/note.txt").read_text("utf-8")
    changed = open_small_look(
        {"sections/note.txt": note.replace("section.title |", f"section.title | {how} |")}
    )
    issue = make_issue({"title": "{{ reader.first_name }}, hello"})
    (finding,) = render_issue(issue, look=changed, settings=settings).findings
    assert "cut in two" in finding.message


def test_a_template_cannot_reach_python_when_it_tries(finding_of):
    finding = finding_of("layout.txt", "issue.title", "''.__class__.__mro__[1].__subclasses__()")
    assert "access to attribute" in finding.message


def test_imported_macros_see_the_words_when_the_template_does_not_say_with_context(
    make_issue, look, settings, sea
):
    rendered = render_issue(make_issue({"picture": sea}), look=look, settings=settings)
    assert rendered.edition is not None
    html = "".join(part for part in rendered.edition.html if isinstance(part, str))
    assert 'title="Unsubscribe"' in html


@pytest.mark.parametrize("missing", ["layout.mjml", "layout.txt"])
def test_a_look_is_refused_when_it_has_no_layout(missing, tmp_path, open_small_look):
    look = open_small_look()
    look.templates.folders[0][0].joinpath(missing).unlink()
    with pytest.raises(BadFile) as caught:
        _reopen(look)
    assert [finding.message for finding in caught.value.findings] == [f"There is no {missing}."]


def _reopen(look):
    return open_look(look.templates.folders, look.types)


def test_the_template_is_named_when_it_may_not_be_read(
    open_small_look, make_issue, settings, sea, monkeypatch
):
    changed = open_small_look({})
    read = FileSystemLoader.get_source

    def refuse(loader, environment, template):
        if template == "sections/note.mjml":
            raise PermissionError(13, "Permission denied")
        return read(loader, environment, template)

    def refuse_all(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(FileSystemLoader, "get_source", refuse)
    monkeypatch.setattr(Path, "read_text", refuse_all)

    rendered = render_issue(make_issue({"title": "One", "picture": sea}), look=changed, settings=settings)

    (finding,) = rendered.findings
    assert finding.place.file == NOTE
    assert finding.message == "This template cannot be read: Permission denied."


@pytest.mark.parametrize("name", ["sections/note.mjml", "_parts.mjml", "layout.txt"])
def test_the_template_itself_is_named_when_it_is_not_utf8(name, open_small_look, make_issue, settings, sea):
    changed = open_small_look({})
    folder, shown_as = changed.templates.folders[0]
    folder.joinpath(name).write_bytes(b"caf\xe9")

    rendered = render_issue(make_issue({"title": "One", "picture": sea}), look=changed, settings=settings)

    (finding,) = rendered.findings
    assert finding.place.file == f"{shown_as}/{name}"
    assert "not UTF-8" in finding.message
