import pytest

from trax_mailer.errors import Away
from trax_mailer.model.visit import VisitKind
from trax_mailer.web.public import make_app
from trax_mailer.web.tracking import TrackedLinks
from trax_mailer.web.tracking.app import PIXEL
from trax_mailer.workflows.tracking.arrivals import Arrivals
from trax_mailer.workflows.tracking.targets import Targets
from web.asking import ask

BASE = "https://letter.lakeside.example.org"
HOME = "https://lakeside.example.org"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"


class Face:
    """The tracked links before the public pages, without a server."""

    def __init__(self, tracked, *, home=HOME, room=1000):
        self.arrivals = Arrivals(room)
        self.targets = Targets(tracked.public.ledger)
        self.app = TrackedLinks(
            make_app(tracked.public),
            ring=tracked.public.ring,
            targets=self.targets,
            arrivals=self.arrivals,
            base=BASE,
            home=home,
        )

    def ask(self, path, *, method="GET", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return ask(self.app, method, path, headers={"user-agent": BROWSER} | named)

    def noted(self):
        return [(one.kind, one.link, one.method, one.agent, one.hints) for one in self.arrivals.take(1000)[0]]


@pytest.fixture
def face(tracked):
    return Face(tracked)


def location(answer):
    return dict(answer.headers.raw)[b"Location" if (b"Location", b"") in answer.headers.raw else b"location"]


def test_reader_is_led_to_the_target_byte_for_byte_when_a_link_is_followed(face, tracked):
    token = tracked.token()
    for number, target in enumerate(tracked.targets, start=1):
        answer = face.ask(f"/c/{token}/{number}")
        assert answer.status_code == 302
        assert location(answer) == target.encode("ascii")
    assert len(face.noted()) == len(tracked.targets)


def test_nothing_remembers_the_answer_when_a_link_is_followed(face, tracked):
    answer = face.ask(f"/c/{tracked.token()}/1")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in answer.headers
    assert answer.content == b""


def test_pixel_is_a_picture_of_43_bytes_when_asked_for(face, tracked):
    answer = face.ask(f"/o/{tracked.token()}")
    assert (answer.status_code, answer.content, len(PIXEL)) == (200, PIXEL, 43)
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("image/gif", "no-store")
    assert face.noted() == [(VisitKind.OPEN, 0, "GET", "browser", "")]


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("sec_purpose", "prefetch;prerender"),
        ("purpose", "prefetch"),
        ("x_moz", "prefetch"),
        ("x_purpose", "preview"),
    ],
)
def test_prefetch_is_told_apart_when_the_program_says_so(face, tracked, header, value):
    assert face.ask(f"/c/{tracked.token()}/1", **{header: value}).status_code == 302
    assert face.noted() == [(VisitKind.CLICK, 1, "GET", "browser", "prefetch")]


@pytest.mark.parametrize("path", ["/c/{}/1", "/o/{}"])
def test_head_is_told_apart_when_it_is_asked(face, tracked, path):
    answer = face.ask(path.format(tracked.token()), method="HEAD")
    assert answer.status_code in {200, 302}
    assert answer.content == b""
    assert [one[2] for one in face.noted()] == ["HEAD"]


def test_agents_class_alone_is_kept_when_it_says_who_it_is(face, tracked):
    for words in ("curl/8.5.0", "Mozilla/5.0", "", "Mozilla/5.0 (via ggpht.com GoogleImageProxy)"):
        face.ask(f"/o/{tracked.token()}", user_agent=words)
    assert [one[3] for one in face.noted()] == ["tool", "apple-proxy", "empty", "gmail-proxy"]


def test_reader_is_still_led_when_the_queue_is_full(tracked):
    face = Face(tracked, room=2)
    for _ in range(5):
        assert location(face.ask(f"/c/{tracked.token()}/1")) == tracked.targets[0].encode()
    assert face.arrivals.take(10)[1] == 3


def test_reader_is_led_and_nothing_kept_when_the_token_is_inert(face, tracked):
    assert location(face.ask(f"/c/{tracked.token(inert=True)}/2")) == tracked.targets[1].encode()
    assert face.ask(f"/o/{tracked.token(inert=True)}").status_code == 200
    assert face.noted() == []


def test_mail_itself_is_shown_when_there_is_no_such_link(face, tracked):
    view = f"{BASE}/v/{tracked.edition_hash}".encode()
    for rest in ("/99999", "", "/", "/x", "/1x2"):
        answer = face.ask(f"/c/{tracked.token()}{rest}")
        expected = tracked.targets[0].encode() if rest == "/1x2" else view
        assert (answer.status_code, location(answer)) == (302, expected)
    assert [one[1] for one in face.noted()] == [1]


def test_hidden_link_is_noted_and_shows_the_mail_when_followed(face, tracked):
    assert location(face.ask(f"/c/{tracked.token()}/0")) == f"{BASE}/v/{tracked.edition_hash}".encode()
    assert [one[:2] for one in face.noted()] == [(VisitKind.CLICK, 0)]


@pytest.mark.parametrize("added", [".", ")", "/", "?fbclid=1&x=2", "%20", "%3E", "/index.html", "%0d%0aX:1"])
def test_reader_is_led_to_the_target_when_something_was_added_to_the_address(face, tracked, added):
    assert location(face.ask(f"/c/{tracked.token()}/1{added}")) == tracked.targets[0].encode()


@pytest.mark.parametrize("token", ["x", "A" * 40, "preview", "%00", "..%2f..", "A" * 41, "é", "A" * 5000])
def test_reader_is_taken_home_when_the_token_is_none_of_ours(face, token):
    answer = face.ask(f"/c/{token}/1?to=https://evil.example")
    assert (answer.status_code, location(answer)) == (302, HOME.encode())
    assert face.ask(f"/o/{token}").status_code in {200, 302}
    assert face.noted() == []


def test_reader_is_taken_home_when_the_token_was_changed(face, tracked):
    for place in range(0, 40, 3):
        token = list(tracked.token())
        token[place] = "A" if token[place] != "A" else "B"
        assert location(face.ask(f"/c/{''.join(token)}/1")) == HOME.encode()


def test_page_says_what_to_do_when_there_is_no_home(tracked):
    answer = Face(tracked, home="").ask("/c/cut/1")
    assert answer.status_code == 200
    assert "This link does not work" in answer.text


def test_other_pages_are_served_when_they_are_asked_for(face):
    assert face.ask("/healthz").text == "ok"
    assert face.ask("/elsewhere").status_code == 404


@pytest.mark.parametrize("method", ["POST", "DELETE", "OPTIONS"])
def test_other_methods_are_refused_when_asked(face, tracked, method):
    answer = face.ask(f"/c/{tracked.token()}/1", method=method)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert face.noted() == []


def test_reader_is_taken_home_when_the_ledger_is_away_and_the_mailing_not_in_memory(
    face, tracked, monkeypatch, caplog
):
    def away(_mailing_id):
        raise Away("The database does not answer.")

    monkeypatch.setattr(face.targets, "load", away)
    token = tracked.token()
    assert location(face.ask(f"/c/{token}/1")) == HOME.encode()
    assert token not in caplog.text
    monkeypatch.undo()
    face.targets.refresh()
    monkeypatch.setattr(face.targets, "load", away)
    assert location(face.ask(f"/c/{token}/1")) == tracked.targets[0].encode()
