import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trax_mailer.errors import BadState
from trax_mailer.tokens import INERT_TOKEN
from trax_mailer.web.public import doors
from trax_mailer.web.public.doors import BODY_LIMIT
from web.asking import ask
from web.newsroom import LIST, OTHER_LIST

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
NEVER_GIVEN = "A" * 44


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_nothing_changes_when_a_link_is_only_followed(house, method):
    before = house.states()
    answer = ask(house.app, method, f"/u/{house.token()}")
    assert answer.status_code in {200, 204}
    assert house.states() == before
    assert "set-cookie" not in answer.headers


def test_page_names_the_list_and_no_person_when_opened(house):
    page = ask(house.app, "GET", f"/u/{house.token('stefan@example.net')}").text
    assert LIST in page
    assert "<button>Unsubscribe</button>" in page
    for private in ("stefan", "Ștefan", "Rusu", "example.net"):
        assert private not in page


@pytest.mark.parametrize(
    "body",
    [
        {"data": ONE_CLICK},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
        {"data": {"from": "page"}},
        {"content": b""},
        {
            "data": ONE_CLICK,
            "headers": {"origin": "https://mail.example.com", "sec-fetch-site": "cross-site"},
        },
        {"content": b"List-Unsubscribe=One-Click", "headers": {"content-type": "text/plain"}},
    ],
    ids=["urlencoded", "multipart", "button", "empty", "foreign origin", "no form"],
)
def test_reader_leaves_when_the_way_out_is_posted(house, body):
    for _ in range(2):
        answer = ask(house.app, "POST", f"/u/{house.token()}", **body)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        assert LIST in answer.text
        assert house.left()
    assert not house.left(list_name=OTHER_LIST)
    assert not house.left("stefan@example.net")


@pytest.mark.parametrize(("body", "cause"), [({"from": "page"}, "page"), (ONE_CLICK, "one-click")])
def test_cause_is_kept_when_a_reader_leaves(house, body, cause):
    ask(house.app, "POST", f"/u/{house.token()}", data=body)
    assert house.states()["mirela@example.org", LIST][1] == cause


def test_reader_leaves_when_the_keys_were_changed_since(house):
    token = house.token()
    house.public.ring.rotate()
    assert ask(house.app, "POST", f"/u/{token}", data=ONE_CLICK).status_code == 200
    assert house.left()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_nothing_changes_when_a_token_is_forged(house, data):
    token = house.token()
    index = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))
    forged = token[:index] + letter + token[index + 1 :]
    if forged == token:
        return
    answer = ask(house.app, "POST", f"/u/{forged}", data=ONE_CLICK)
    assert answer.status_code == 404
    assert not house.left()


@pytest.mark.parametrize("token", [NEVER_GIVEN, "x", "%00", "preview%20", "ș" * 44, "A" * 5000])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_page_is_friendly_when_a_token_was_never_given(house, method, token):
    before = house.states()
    answer = ask(house.app, method, f"/u/{token}")
    assert answer.status_code == 404
    assert "This link does not work" in answer.text
    assert "editors@lakeside.example.org" in answer.text
    assert house.states() == before


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_page_says_that_it_is_a_test_when_the_token_is_inert(house, method):
    before = house.states()
    answer = ask(house.app, method, f"/u/{INERT_TOKEN}")
    assert answer.status_code == 200
    assert "test mail" in answer.text
    assert "<button" not in answer.text
    assert house.states() == before


@pytest.mark.parametrize("chunks", [False, True], ids=["length said", "chunked"])
def test_nothing_changes_when_a_body_is_too_large(house, chunks):
    async def pieces():
        for _ in range(BODY_LIMIT // 1024 + 1):
            yield b"x" * 1024

    content = pieces() if chunks else b"x" * (BODY_LIMIT + 1)
    answer = ask(house.app, "POST", f"/u/{house.token()}", content=content)
    assert answer.status_code == 413
    assert not house.left()


@pytest.mark.parametrize(
    ("accepted", "language", "button"),
    [
        ("fr-CH, en;q=0.5", "fr", "Se désabonner"),
        ("es", "es", "Darse de baja"),
        ("de, ro;q=0.9", "en", "Unsubscribe"),
        ("", "en", "Unsubscribe"),
    ],
)
def test_page_speaks_the_language_when_it_is_asked_for(house, accepted, language, button):
    answer = ask(house.app, "GET", f"/u/{house.token()}", headers={"accept-language": accepted})
    assert f'<html lang="{language}">' in answer.text
    assert button in answer.text
    assert answer.headers["content-language"] == language
    assert answer.headers["vary"] == "Accept-Language"


def test_page_is_the_same_when_a_slash_follows(house):
    answer = ask(house.app, "POST", f"/u/{house.token()}/", data=ONE_CLICK)
    assert answer.status_code == 404
    assert not house.left()


def test_other_methods_are_refused_when_tried(house):
    answer = ask(house.app, "DELETE", f"/u/{house.token()}")
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]
    assert not house.left()


def test_log_holds_no_token_when_the_ledger_cannot_be_used(house, monkeypatch, caplog):
    def broken(*_arguments, **_further):
        raise BadState("the disk is full", advice="Make room.")

    monkeypatch.setattr(doors, "unsubscribe", broken)
    token = house.token()
    answer = ask(house.app, "POST", f"/u/{token}", data=ONE_CLICK)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "60"
    assert "try again" in answer.text
    assert "the disk is full" in caplog.text
    assert token not in caplog.text


def test_picture_is_served_for_ever_when_it_exists(house):
    asset = house.edition.assets[0]
    answer = ask(house.app, "GET", f"/a/{asset.name}")
    assert answer.content == asset.data
    assert answer.headers["content-type"] == asset.media_type
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    again = ask(house.app, "GET", f"/a/{asset.name}", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = ask(house.app, "HEAD", f"/a/{asset.name}")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) == len(asset.data)


@pytest.mark.parametrize(
    "change", [lambda name: name[:-3] + "gif", lambda name: "0" + name[1:], lambda _: "x"]
)
def test_nothing_is_served_when_no_picture_has_the_name(house, change):
    name = change(house.edition.assets[0].name)
    assert ask(house.app, "GET", f"/a/{name}").status_code == 404


def test_browser_view_greets_nobody_when_opened(house):
    answer = ask(house.app, "GET", f"/v/{house.edition.hash}")
    assert answer.status_code == 200
    assert "Good morning, reader" in answer.text
    assert f'href="../u/{INERT_TOKEN}"' in answer.text
    assert f'src="../a/{house.edition.assets[0].name}"' in answer.text
    assert 'href="https://lakeside.example.org/programme"' in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "img-src 'self'" in policy
    assert "script" not in policy
    assert answer.headers["x-robots-tag"] == "noindex"
    known = ask(
        house.app, "GET", f"/v/{house.edition.hash}", headers={"if-none-match": answer.headers["etag"]}
    )
    assert known.status_code == 304


@pytest.mark.parametrize("path", ["/", "/nothing", "/v/" + "0" * 64, "/v/x", "/a/x.png", "/u/", "/studio"])
def test_page_is_calm_when_nothing_is_there(house, path):
    answer = ask(house.app, "GET", path)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


@pytest.mark.parametrize("path", ["/", "/healthz", "/u/preview", "/u/x", "/a/x.png", "/v/x"])
def test_headers_protect_when_anything_is_answered(house, path):
    headers = ask(house.app, "GET", path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-robots-tag"] == "noindex"
    assert "set-cookie" not in headers


def test_health_is_ok_when_asked(house):
    answer = ask(house.app, "GET", "/healthz")
    assert (answer.text, answer.headers["content-type"]) == ("ok", "text/plain; charset=utf-8")
