import datetime as dt

import pytest

from trax_mailer.errors import BadWorkspace, Conflict, Refused
from trax_mailer.issues import load_issue, scaffold
from trax_mailer.issues.frame import write_frame
from trax_mailer.model.finding import Severity
from trax_mailer.sections import load_section_types
from trax_mailer.settings import load_settings

DAY = dt.date(2015, 12, 31)


@pytest.mark.parametrize(
    "title",
    [
        "Simple",
        'What? A "test": yes, it\'s',
        "[UPR Trax] No 58",
        "NO",
        "057",
        "# 1",
        "C:\\new",
        "Chișinău",
        "- {a}",
    ],
)
def test_the_next_issue_passes_the_check_when_it_has_just_been_made(root, settings, types, title):
    (root / "issues" / "058" / "issue.yaml").touch()

    file = scaffold.new_issue(settings, title, on=DAY)

    assert file == root / "issues" / "059" / "issue.yaml"
    loaded = load_issue(file, types=types, settings=settings)
    assert (loaded.issue.number, loaded.issue.title, loaded.issue.date) == (59, title, DAY)
    assert {finding.severity for finding in loaded.findings} == {Severity.WARNING}
    assert all("still holds the words of the frame" in finding.message for finding in loaded.findings)


def test_the_frame_names_every_type_when_it_is_written(types):
    frame = write_frame(number=1, title="x", date=DAY, language="en", types=types)

    assert "#   meeting: title*, body, when" in frame
    assert all(f"#   {name}: " in frame for name in types)
    assert "  - type: lead" in frame


@pytest.mark.parametrize("name", sorted(load_section_types(None)))
def test_any_type_can_begin_a_frame_when_it_needs_no_picture(settings, types, root, name):
    declared = types[name]
    try:
        frame = write_frame(number=58, title="x", date=DAY, language="en", types={name: declared})
    except ValueError:
        assert any(field.kind == "picture" and field.required for field in declared.fields)
        return
    file = root / "issues" / "058" / "issue.yaml"
    file.write_text(frame, encoding="utf-8")

    loaded = load_issue(file, types=types, settings=settings)

    assert loaded.issue is not None, [finding.message for finding in loaded.findings]


def test_the_first_issue_is_number_one_when_there_is_none(settings, root):
    (root / "issues" / "058" / "room.png").unlink()
    (root / "issues" / "058").rmdir()

    assert scaffold.new_issue(settings, "x", on=DAY).parent.name == "001"


@pytest.mark.parametrize("title", ["", "  ", "{{ reader.nmae }}", "a\x07b", "x" * 2000, "\ud800"])
def test_nothing_is_made_when_the_title_cannot_stand(settings, root, title):
    with pytest.raises(Refused, match="This title cannot be used"):
        scaffold.new_issue(settings, title, on=DAY)

    assert [path.name for path in (root / "issues").iterdir()] == ["058"]


def test_nothing_is_written_over_when_somebody_takes_the_number(settings, root, monkeypatch):
    monkeypatch.setattr(scaffold, "issue_folders", lambda _root: {57: None})

    with pytest.raises(Conflict):
        scaffold.new_issue(settings, "x", on=DAY)

    assert not (root / "issues" / "058" / "issue.yaml").exists()


def test_a_new_workspace_is_whole_when_it_has_been_made(tmp_path):
    folder = tmp_path / "news"

    written = scaffold.init_workspace(folder, today=DAY)

    assert folder / "trax.yaml" in written
    assert folder / ".gitignore" in written
    assert all(path.is_file() for path in written)
    settings = load_settings(folder, environ={})
    types = load_section_types(folder / "templates" / "email")
    for file in (folder / "issues").glob("*/issue.yaml"):
        loaded = load_issue(file, types=types, settings=settings)
        assert loaded.issue is not None
        assert loaded.issue.date == DAY


@pytest.fixture
def starter(tmp_path, monkeypatch):
    folder = tmp_path / "starter"
    (folder / "issues" / "001").mkdir(parents=True)
    (folder / "trax.yaml").write_text("theirs", encoding="utf-8")
    (folder / ".gitignore").write_text("x", encoding="utf-8")
    (folder / "issues" / "001" / "issue.yaml").write_bytes("ș".encode())
    monkeypatch.setattr(scaffold, "STARTER", folder)
    return folder


@pytest.mark.parametrize("inside", ["trax.yaml", "issues/001/issue.yaml"])
def test_nothing_is_written_when_any_of_the_files_is_there_already(tmp_path, starter, inside):
    mine = tmp_path / "news" / inside
    mine.parent.mkdir(parents=True)
    mine.write_text("mine", encoding="utf-8")

    with pytest.raises(Conflict, match="is there already; nothing was written"):
        scaffold.init_workspace(tmp_path / "news", today=DAY)

    assert [path for path in (tmp_path / "news").rglob("*") if path.is_file()] == [mine]
    assert mine.read_text(encoding="utf-8") == "mine"


def test_other_files_stay_when_a_workspace_is_made_beside_them(tmp_path, starter):
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "notes.txt").write_text("mine", encoding="utf-8")

    scaffold.init_workspace(tmp_path / "news", today=DAY)

    names = sorted(str(path.relative_to(tmp_path / "news")) for path in (tmp_path / "news").rglob("*.*"))
    assert names == [".gitignore", "issues/001/issue.yaml", "notes.txt", "trax.yaml"]


def test_the_reason_is_given_when_the_folder_cannot_be_made(tmp_path, starter):
    (tmp_path / "file").touch()

    with pytest.raises(BadWorkspace, match="cannot be written"):
        scaffold.init_workspace(tmp_path / "file" / "news", today=DAY)


def test_the_first_issue_tells_of_days_around_its_own_when_a_workspace_is_made(tmp_path):
    scaffold.init_workspace(tmp_path / "news", today=DAY)

    words = (tmp_path / "news" / "issues" / "001" / "issue.yaml").read_text(encoding="utf-8")
    news, first, last = (DAY + dt.timedelta(days=days) for days in (-7, 35, 36))
    assert f"dates: {news}" in words
    assert f"dates: {first} to {last}" in words
