import pytest

from trax_mailer.errors import BadFile
from trax_mailer.workflows.preview import build_preview, start_preview
from web.newsroom import make_newsroom


@pytest.fixture
def newsroom(tmp_path):
    folder = tmp_path / "newsroom"
    make_newsroom(folder)
    return folder


@pytest.fixture
def source(newsroom, tmp_path):
    return start_preview(newsroom, None, state=tmp_path / "state")


def test_newest_issue_is_shown_when_none_is_named(source, newsroom):
    assert source.file == newsroom / "issues" / "007" / "issue.yaml"
    state = build_preview(source)
    assert (state.revision, state.number, state.stale) == (1, 7, False)
    assert state.edition is not None


def test_error_is_clear_when_the_issue_is_unknown(newsroom):
    with pytest.raises(BadFile, match="no issue “99”"):
        start_preview(newsroom, "99")


def test_last_good_edition_stays_when_the_file_breaks(source):
    good = build_preview(source)
    source.file.write_text("number: [", encoding="utf-8")
    broken = build_preview(source, good)
    assert broken.stale
    assert broken.edition == good.edition
    assert broken.revision == 2
    assert broken.findings[0].place.file == "issues/007/issue.yaml"


@pytest.mark.parametrize("name", ["trax.yaml", "templates/email/layout.mjml"])
def test_last_good_edition_stays_when_a_shared_file_breaks(source, newsroom, name):
    good = build_preview(source)
    file = newsroom / name
    before = file.read_bytes() if file.exists() else None
    file.write_text("<mjml>{% if", encoding="utf-8")
    broken = build_preview(source, good)
    assert broken.stale
    assert broken.edition == good.edition
    assert broken.findings
    file.unlink() if before is None else file.write_bytes(before)
    assert not build_preview(source, broken).stale


def test_templates_are_read_once_when_only_the_issue_changes(source):
    first = build_preview(source)
    words = source.file.read_text(encoding="utf-8")
    source.file.write_text(words.replace("Chapter 3", "Chapter three"), encoding="utf-8")
    second = build_preview(source, first)
    assert second.workspace is first.workspace
    assert second.edition != first.edition


def test_edition_changes_when_the_settings_do(source, newsroom):
    first = build_preview(source)
    settings = newsroom / "trax.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("[Lakeside]", "[L]"), encoding="utf-8")
    assert build_preview(source, first).edition.subject != first.edition.subject


def test_file_is_missed_when_it_is_deleted(source):
    good = build_preview(source)
    source.file.unlink()
    state = build_preview(source, good)
    assert state.stale
    assert state.edition == good.edition
    assert state.findings[0].message
