import pytest
from playwright.sync_api import expect

from trax_mailer.settings import load_settings
from trax_mailer.web.preview.app import make_app
from trax_mailer.web.preview.hub import Hub
from trax_mailer.workflows.preview import start_preview
from trax_mailer.workflows.preview_readers import readers_for_preview
from web.asking import ask
from web.newsroom import ISSUE, SETTINGS
from web.processes import SERVE_PREVIEW, running, unused_port

TOPICS = """\
  topics:
    - {name: jobs, title: Jobs, sections: [job]}
    - {name: lake, title: The lake}
    - {name: sport, title: Sport}
"""
JOB = "  - {type: job, title: A boatman is wanted, body: Row us over.}\n"


@pytest.fixture
def newsroom(newsroom):
    """With topics, a job, and a chapter of the lake."""
    settings = SETTINGS.replace("  language: en\n", f"  language: en\n{TOPICS}")
    (newsroom / "trax.yaml").write_text(settings, encoding="utf-8")
    issue = ISSUE.replace("    title: Chapter 1\n", "    title: Chapter 1\n    topics: [lake]\n") + JOB
    (newsroom / "issues" / "007" / "issue.yaml").write_text(issue, encoding="utf-8")
    return newsroom


@pytest.fixture
def app(newsroom, tmp_path):
    settings = load_settings(newsroom, environ={}, state=tmp_path / "state")
    hub = Hub(start_preview(newsroom, None, state=settings.state))
    return make_app(hub, readers_for_preview(settings, None), settings)


@pytest.mark.parametrize("path", ["/mail", "/text", "/source"])
def test_reader_s_own_mail_is_shown_when_topics_are_chosen(app, path):
    whole = ask(app, "GET", path).text
    theirs = ask(app, "GET", path, params={"topics": "jobs"}).text
    assert "A boatman is wanted" in whole
    assert "Chapter 1" in whole
    assert "A boatman is wanted" in theirs
    assert "Chapter 1" not in theirs
    assert "Chapter 2" in theirs


def test_browser_view_is_the_whole_edition_when_topics_are_chosen(app):
    def links(**params):
        return {word for word in ask(app, "GET", "/text", params=params).text.split() if "/v/" in word}

    assert links() == links(topics="jobs")


@pytest.mark.parametrize(
    ("topics", "empty"), [("", False), ("jobs", False), ("sport", True), ("sport,lake", False)]
)
def test_state_says_whether_such_a_reader_is_mailed(app, topics, empty):
    edition = ask(app, "GET", "/state", params={"topics": topics}).json()["edition"]
    assert edition["empty"] is empty
    assert edition["topics"] == [
        {"name": "jobs", "title": "Jobs", "here": True},
        {"name": "lake", "title": "The lake", "here": True},
        {"name": "sport", "title": "Sport", "here": False},
    ]


@pytest.fixture
def address(newsroom, tmp_path):
    with running(SERVE_PREVIEW, newsroom, tmp_path / "state", unused_port()) as server:
        yield server.address


@pytest.mark.browser
def test_mail_changes_when_topics_are_ticked(address, open_page, assert_accessible):
    page = open_page(address)
    mail = page.frame_locator("#mail")
    expect(mail.get_by_role("heading", name="Chapter 1")).to_be_visible()
    page.get_by_text("All topics").click()
    page.get_by_label("Jobs").check()
    expect(mail.get_by_role("heading", name="Chapter 1")).to_have_count(0)
    expect(mail.get_by_role("heading", name="A boatman is wanted")).to_have_count(1)
    expect(page.locator("#chosen")).to_have_text("Jobs")
    assert_accessible(page)
    page.get_by_label("Jobs").uncheck()
    page.get_by_label("Sport").check()
    expect(page.locator("#empty")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Sport")).to_be_hidden()
