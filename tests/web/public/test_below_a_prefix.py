import re
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest

from web.front import LIST

BASE = "https://www.example.org/news/letter"


@pytest.fixture
def pages(front):
    """Every page that a reader may see, by its path."""
    own = front.own()
    front.subscribe("amina@example.net")
    front.post(own, {"do": "move", "email": "mirela@example.net"})
    front.work()
    gone = f"/u/{front.token('stefan@example.net')}"
    front.post(gone)
    paths = [
        f"/u/{front.token()}",
        f"/p/{front.token()}",
        gone,
        gone.replace("/u/", "/p/"),
        "/subscribe",
        f"/subscribe?list={LIST}",
        f"/subscribe/embed?list={LIST}",
        "/subscribe/embed",
        front.link("amina@example.net"),
        "/me",
        own,
        f"{own}/erase",
        "/me/expired",
        "/me/expired/erase",
        "/me/expired/export.json",
        front.link("mirela@example.net"),
    ]
    pages = [("GET", path, front.get(path)) for path in paths]
    return [*pages, ("POST", f"/u/{front.token()}", front.post(f"/u/{front.token()}"))]


def test_every_link_leads_to_a_page_when_the_pages_lie_below_a_prefix(front, pages):
    """A web server in front takes the prefix off: no link may step out of it, or name it."""
    seen = set()
    for _method, path, page in pages:
        for kind, target in re.findall(r'\b(href|action)="([^"]*)"', page.text):
            if target.startswith("data:"):
                continue
            there = urljoin(BASE + path, unescape(target))
            assert there.startswith(BASE + "/"), (path, target)
            rest = there.removeprefix(BASE)
            answer = front.get(rest)
            wanted = {405} if kind == "action" else {200, 410}
            assert answer.status_code in wanted, (path, target)
            seen.add(urlsplit(rest).path.split("/")[1])
    assert seen == {"p", "u", "subscribe", "me", "confirm", "move"}


def test_nothing_tells_others_where_a_reader_was(front, pages):
    for _method, path, page in pages:
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-robots-tag"] == "noindex"
        assert "set-cookie" not in page.headers
        assert "location" not in page.headers
        assert page.status_code not in range(300, 400)
        assert "<script" not in page.text
        outside = re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]*"', page.text)
        assert outside == [], path
