import pytest
from starlette.responses import PlainTextResponse

from trax_mailer.web.preview.guard import OwnHostOnly
from web.asking import ask

APP = OwnHostOnly(PlainTextResponse("own"))


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8058", "localhost:8058", "localhost", "[::1]:8058", "LOCALHOST:1"]
)
def test_request_is_answered_when_it_names_this_machine(host):
    assert ask(APP, "GET", "/", headers={"host": host}).text == "own"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8058",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "10.0.0.5",
        "[",
        "",
    ],
)
def test_request_is_refused_when_it_names_another_host(host):
    assert ask(APP, "GET", "/", headers={"host": host}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:3000"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"},
    ],
)
def test_request_is_refused_when_another_sites_page_makes_it(headers):
    assert ask(APP, "GET", "/", headers={"host": "localhost:8058", **headers}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://localhost:8058"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
        {"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"},
        {"sec-fetch-site": "none"},
    ],
)
def test_request_is_answered_when_the_own_page_or_a_person_makes_it(headers):
    assert ask(APP, "GET", "/", headers={"host": "localhost:8058", **headers}).text == "own"
