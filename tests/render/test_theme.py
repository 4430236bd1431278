from __future__ import annotations

import pytest
from PIL import Image

from trax_mailer.errors import BadFile
from trax_mailer.model.finding import Severity
from trax_mailer.render import load_look, render_issue
from trax_mailer.render.contrast import contrast
from trax_mailer.render.frame import make_frame
from trax_mailer.render.look import open_look
from trax_mailer.sections import load_section_types

BUILTIN = """\
wordmark_width: 180
fonts: {heading: "Georgia, serif", text: "Segoe UI, Noto Sans, sans-serif"}
light: {page: "#f0f0f0", surface: "#ffffff", ink: "#222222", muted: "#555555"}
dark: {page: "#101010", surface: "#181818", ink: "#eeeeee", muted: "#aaaaaa"}
icons: {rss: {file: rss.png, alt: News feed}}
"""


@pytest.fixture
def open_theme(tmp_path, look):
    """Opens a look whose workspace has this theme.yaml, over a packaged one."""
    folders = ((tmp_path / "own", "templates/email"), (tmp_path / "packaged", "packaged"))

    def open_it(theme: str, **files: str):
        for folder, _ in folders:
            folder.mkdir(exist_ok=True)
        for name in ("layout.mjml", "layout.txt"):
            (folders[1][0] / name).write_text("x")
        Image.new("RGB", (64, 64), "red").save(folders[1][0] / "rss.png")
        Image.new("RGB", (360, 64), "blue").save(folders[0][0] / "name.png")
        (folders[1][0] / "theme.yaml").write_text(BUILTIN)
        (folders[1][0] / "words.yaml").write_text("en: {a: A, b: B}\nfr: {a: Ah}\n")
        (folders[0][0] / "theme.yaml").write_text(theme)
        (folders[0][0] / "words.yaml").write_text(files.get("words", ""))
        return open_look(folders, look.types)

    return open_it


def view_of(look, settings, make_issue):
    return make_frame(make_issue(), look=look, settings=settings).html["theme"]


def test_what_a_workspace_names_is_replaced_and_the_rest_stays(open_theme, settings, make_issue):
    look = open_theme(
        'light: {ink: "#333333"}\nwordmark: {file: name.png, alt: Beam}\n'
        "icons: {buoy: {file: name.png, alt: B}}\n"
    )
    theme = view_of(look, settings, make_issue)
    assert (theme.light.ink, theme.light.surface, theme.dark.ink) == ("#333333", "#ffffff", "#eeeeee")
    assert (theme.wordmark.alt, theme.wordmark.width) == ("Beam", 360)
    assert (theme.icons.rss.alt, theme.icons.buoy.alt) == ("News feed", "B")
    assert theme.wordmark_dark is None
    assert theme.tagline is None


@pytest.mark.parametrize(
    ("theme", "line", "words"),
    [
        ("light: {ink: red}", 1, "red"),
        ('tagline: x\nlight: {inc: "#333333"}', 2, "inc"),
        ("wordmark: {file: gone.png, alt: x}", 1, "gone.png"),
        ("wordmark: {file: ../packaged/rss.png, alt: x}", 1, "out of the folder"),
        ("fonts: {heading: \"'Noto Serif', serif\"}", 1, "without quotation marks"),
        ("fonts: {text: 'x; } body { display: none'}", 1, "without quotation marks"),
        ("fonts: [", 1, ""),
        ("- x", 1, ""),
    ],
)
def test_the_place_is_told_when_the_theme_is_wrong(theme, line, words, open_theme):
    with pytest.raises(BadFile) as caught:
        open_theme(theme)
    (finding,) = caught.value.findings
    assert words in finding.message
    assert (finding.place.file, finding.place.line) == ("templates/email/theme.yaml", line)


def test_a_warning_is_given_when_colours_are_hard_to_read(open_theme):
    look = open_theme('tagline: x\nlight:\n  surface: "#ffffff"\n  muted: "#aaaaaa"\n')
    found = [(finding.message.split(" has")[0], finding.place.line) for finding in look.findings]
    assert found == [("“muted” on “surface” (light)", 4), ("“muted” on “page” (light)", 4)]
    assert {finding.severity for finding in look.findings} == {Severity.WARNING}
    assert look.findings[0].excerpt == '  muted: "#aaaaaa"'


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#ffffff", "#ffffff") == 1


def test_a_note_says_so_when_words_are_in_english_instead(open_theme):
    look = open_theme("", words="fr: {b: Bé}\nde: {a: Ah}\n")
    assert look.words.in_language("fr") == ({"a": "Ah", "b": "Bé"}, ())
    words, (note,) = look.words.in_language("de-CH")
    assert words == {"a": "Ah", "b": "B"}
    assert note.severity is Severity.NOTE
    assert "no translation of b" in note.message
    words, (note,) = look.words.in_language("it")
    assert words == {"a": "A", "b": "B"}
    assert "the words of the frame" in note.message


@pytest.mark.parametrize(
    ("words", "line"),
    [("- a", 1), ("en: x", 1), ("en:\n  a: [x]", 2), ("en:\n  a:", 2), ("en: [", 1)],
)
def test_the_place_is_told_when_words_are_wrong(words, line, open_theme):
    with pytest.raises(BadFile) as caught:
        open_theme("", words=words)
    (finding,) = caught.value.findings
    assert (finding.place.file, finding.place.line) == ("templates/email/words.yaml", line)


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_the_packaged_look_is_complete_and_readable(language, make_issue, settings):
    types = load_section_types(None)
    look = load_look(None, types)
    assert look.findings == ()
    issue = make_issue(language=language, sections=())
    rendered = render_issue(issue, look=look, settings=settings)
    assert rendered.findings == ()
    assert rendered.edition is not None
    assert rendered.edition.direction == ("rtl" if language == "ar" else "ltr")
