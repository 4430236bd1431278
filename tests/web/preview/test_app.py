import pytest

from trax_mailer.settings import load_settings
from trax_mailer.web.preview.app import make_app
from trax_mailer.web.preview.hub import Hub
from trax_mailer.workflows.preview import start_preview
from trax_mailer.workflows.preview_readers import readers_for_preview
from web.asking import ask


@pytest.fixture
def preview(newsroom, tmp_path):
    """The application over the newsroom as it stands."""

    def made():
        settings = load_settings(newsroom, environ={}, state=tmp_path / "state")
        hub = Hub(start_preview(newsroom, None, state=settings.state))
        return make_app(hub, readers_for_preview(settings, None), settings)

    return made


def test_page_loads_nothing_from_elsewhere_when_opened(preview):
    answer = ask(preview(), "GET", "/")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "https://" not in answer.text


@pytest.mark.parametrize(
    ("path", "media_type"),
    [("/page.css", "text/css"), ("/page.js", "text/javascript"), ("/text", "text/plain")],
)
def test_file_has_its_type_when_asked_for(preview, path, media_type):
    answer = ask(preview(), "GET", path)
    assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"


def test_state_says_what_the_inbox_shows_when_the_issue_is_good(preview):
    state = ask(preview(), "GET", "/state").json()
    assert (state["file"], state["number"], state["stale"]) == ("issues/007/issue.yaml", 7, False)
    assert state["edition"]["sender"] == "Lakeside Institute"
    assert state["edition"]["subject"] == "[Lakeside] No 7: What the autumn session brings"
    assert state["edition"]["preheader"] == "Three reviews, one vacancy and a view over the lake."
    assert [reader["email"] for reader in state["readers"]] == ["mirela@example.org", "stefan@example.net"]


def test_reader_is_greeted_when_chosen(preview):
    app = preview()
    assert "Good morning, reader" in ask(app, "GET", "/mail").text
    answer = ask(app, "GET", "/mail", params={"reader": "stefan@example.net"})
    assert "Good morning, Ștefan &amp; &quot;Ana&quot; &lt;b&gt;" in answer.text
    text = ask(app, "GET", "/text", params={"reader": "stefan@example.net"}).text
    assert 'Good morning, Ștefan & "Ana" <b>' in text


def test_reader_is_reported_when_unknown(preview):
    state = ask(preview(), "GET", "/state", params={"reader": "nobody@example.org"}).json()
    assert state["reader_known"] is False


def test_mail_is_locked_in_when_framed(preview):
    answer = ask(preview(), "GET", "/mail", params={"scheme": "dark"})
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; img-src 'self'; style-src 'unsafe-inline';")
    assert "frame-ancestors 'self'" in policy


def test_tokens_are_inert_when_previewed(preview):
    app = preview()
    for path in ("/mail", "/text", "/source"):
        assert "https://letter.lakeside.example.org/u/preview" in ask(app, "GET", path).text


def test_picture_comes_from_the_preview_when_shown(preview, edition):
    app, name = preview(), edition.assets[0].name
    assert f'src="/a/{name}"' in ask(app, "GET", "/mail").text
    assert ask(app, "GET", f"/a/{name}").content == edition.assets[0].data
    assert ask(app, "GET", "/a/nothing.png").status_code == 404


@pytest.mark.parametrize("path", ["/", "/state", "/mail", "/text", "/source", "/a/x.png", "/changes"])
def test_other_hosts_get_nothing_when_they_ask(preview, path):
    answer = ask(preview(), "GET", path, headers={"host": "evil.example"})
    assert answer.status_code == 403
    assert "Lakeside" not in answer.text


def test_page_is_there_when_the_issue_never_was_good(preview, newsroom):
    (newsroom / "issues" / "007" / "issue.yaml").write_text("number: seven\n", encoding="utf-8")
    app = preview()
    state = ask(app, "GET", "/state").json()
    assert state["stale"] is True
    assert state["edition"] is None
    found = {finding["place"]: finding["excerpt"] for finding in state["findings"]}
    assert found["issues/007/issue.yaml:1:9"] == "number: seven"
    for path in ("/mail", "/text", "/source"):
        assert ask(app, "GET", path).text == ""
