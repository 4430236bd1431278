import re
from pathlib import Path

import pytest

from trax_mailer.errors import BadFile
from trax_mailer.model.finding import Severity
from trax_mailer.workflows.public_catalogues import PACKAGED, braces_in, load_catalogues, packaged

SOURCE = PACKAGED.parents[2]
WORDS = packaged().by_tag
ENGLISH = WORDS["en"]


@pytest.fixture
def own(tmp_path):
    """Writes a catalogue of the workspace's own and loads all of them."""

    def load(text, *, name="fr.yaml"):
        folder = tmp_path / "templates" / "pages"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
        return load_catalogues(tmp_path)

    return load


def test_three_languages_are_spoken_when_nothing_is_added(tmp_path):
    found, notes = load_catalogues(tmp_path)
    assert found.languages == {"en": "English", "es": "Español", "fr": "Français"}
    assert notes == ()


@pytest.mark.parametrize("tag", WORDS)
def test_everything_is_said_when_a_language_is_spoken(tag):
    names = re.findall(r"^(\S+): ", (PACKAGED / f"{tag}.yaml").read_text("utf-8"), re.MULTILINE)
    assert names == list(ENGLISH.texts)
    for name, english in ENGLISH.texts.items():
        said = WORDS[tag].texts[name]
        assert said.strip()
        assert braces_in(said) == braces_in(english)
        assert tag == "en" or name == "own_name" or said != english


def test_no_word_is_missing_or_left_over_when_the_pages_are_read():
    files = [*(SOURCE / "web" / "public").rglob("*.html"), *(SOURCE / "web" / "public").glob("*.py")]
    files += [*(SOURCE / "workflows").glob("*.py")]
    text = "\n".join(path.read_text("utf-8") for path in files)
    spoken = set(re.findall(r"[\"']([a-z]+(?:_[a-z-]+)+)[\"']", text)) & set(ENGLISH.texts)
    made = {f"{name}_{part}" for name in re.findall(r"\"(\w+)\"", text) for part in ("title", "reason")}
    made |= {f"mail_{about}_{part}" for about in ("confirm", "already", "own", "move") for part in MAIL_PARTS}
    made |= {name for name in ENGLISH.texts if name.startswith(("state_", "act_", "why_"))}
    left_over = set(ENGLISH.texts) - spoken - made - {"optional", "saved", "consent"}
    assert left_over == set()
    asked_for = set(re.findall(r"say\(\s*\"(\w+)\"\s*[,)]", text))
    assert asked_for <= set(ENGLISH.texts)


MAIL_PARTS = ("subject", "intro", "button", "ignore")


@pytest.mark.parametrize(
    ("accepted", "fallback", "language"),
    [
        ("fr", "en", "fr"),
        ("FR-be;q=0.3, es-MX;q=0.8", "en", "es"),
        ("fr;q=0, es", "en", "es"),
        ("de", "fr", "fr"),
        ("de", "de", "en"),
        ("*", "es", "es"),
        (";;q=,q=x,,", "fr", "fr"),
        ("x" * 100_000, "en", "en"),
    ],
)
def test_language_fits_when_a_browser_asks(accepted, fallback, language):
    assert packaged().choose(accepted=accepted, fallback=fallback).language == language


def test_language_of_the_address_comes_first_when_both_are_named():
    assert packaged().choose(asked="es", accepted="fr", fallback="en").language == "es"


def test_workspace_changes_one_word_when_it_names_it(own):
    found, notes = own("leave_button: Je pars\n")
    assert notes == ()
    assert found.by_tag["fr"].say("leave_button") == "Je pars"
    assert found.by_tag["fr"].say("leave_title") == "Se désabonner"


def test_workspace_adds_a_language_when_it_writes_one(own):
    found, [note] = own("leave_title: إلغاء الاشتراك\n", name="ar.yaml")
    arabic = found.choose(accepted="ar-EG")
    assert (arabic.language, arabic.direction) == ("ar", "rtl")
    assert arabic.say("leave_title") == "إلغاء الاشتراك"
    assert arabic.say("save_button") == "Save"
    assert found.languages["ar"] == "العربية"
    assert note.severity is Severity.NOTE
    assert "English is used" in note.message


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("leave_buton: x\n", "fr.yaml", "leave_button"),
        ("leave_question: '{liste}'\n", "fr.yaml", "{liste}"),
        ("leave_question: '{list.__class__}'\n", "fr.yaml", "more than a name"),
        ("leave_question: '{list'\n", "fr.yaml", "without its partner"),
        ("leave_question: '{list!r}'\n", "fr.yaml", "more than a name"),
        ("leave_title:\n", "fr.yaml", "none stand here"),
        ("leave_title: [a]\n", "fr.yaml", "none stand here"),
        ("- a\n", "fr.yaml", "words by name"),
        ("leave_title: x\n", "french!.yaml", "names no language"),
        ("leave_title: [\n", "fr.yaml", "fr.yaml"),
    ],
)
def test_problem_is_told_with_its_place_when_a_catalogue_is_wrong(own, text, name, words):
    with pytest.raises(BadFile) as refused:
        own(text, name=name)
    [first, *_] = refused.value.findings
    shown = f"{first.place} {first.message} {first.advice}"
    assert words in shown
    assert f"templates/pages/{name}" in shown


def test_catalogues_are_packaged_with_the_program():
    assert Path(PACKAGED).is_dir()
    assert (PACKAGED / "notice.html").is_file()
