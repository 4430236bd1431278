import datetime as dt
import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from trax_mailer.audience import find_subscriber
from trax_mailer.audience.preferences import give_tracking
from trax_mailer.storage.acts import note_wording
from trax_mailer.workflows.embedding import subscribe_form
from trax_mailer.workflows.wiring import Workspace
from web.front import KNOWN, LIST
from web.processes import SERVE_PUBLIC, running, unused_port

pytestmark = pytest.mark.browser
NEW = "amina@example.net"


@pytest.fixture
def foreign_site(tmp_path):
    """A website of another origin that serves the test's folder."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_words):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path)) as site:
        thread = threading.Thread(target=site.serve_forever)
        thread.start()
        yield f"http://localhost:{site.server_port}/index.html"
        site.shutdown()
        thread.join()


@pytest.fixture
def address(front):
    """A running server over the ledger of the front, without any way to send."""
    settings = front.public.settings
    with running(SERVE_PUBLIC, settings.root, settings.state, unused_port()) as server:
        yield server.address


@pytest.fixture
def paths(front):
    """Every page that a GET opens, with as much on it as there can be."""
    front.subscribe(NEW)
    own = front.own()
    reader = find_subscriber(front.ledger, KNOWN)
    now = dt.datetime.now(dt.UTC)
    with front.ledger.write() as connection:
        wording = note_wording(connection, "I agree.", language="en", now=now)
    give_tracking(front.ledger, list_id=1, subscriber_id=reader.id, wording_id=wording, now=now)
    front.post(own, {"do": "move", "email": "mirela@example.net"})
    front.work()
    return {
        "leave": f"/u/{front.token()}",
        "preferences": f"/p/{front.token()}",
        "offers": "/subscribe",
        "subscribe": f"/subscribe?list={LIST}",
        "embedded": f"/subscribe/embed?list={LIST}",
        "confirm": front.link(NEW),
        "ask": "/me",
        "own": own,
        "erase": f"{own}/erase",
        "move": front.link("mirela@example.net"),
    }


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_every_page_is_accessible_in_light_and_dark(
    address, paths, open_page, assert_accessible, language, front
):
    for scheme, width in (("light", 375), ("dark", 1440)):
        page = open_page(address + "healthz", scheme=scheme, width=width, expected_status={422})
        # Colours are the same in each language: in the dark, all pages in one, the fullest in the others.
        all_of_them = scheme == "light" or language == "en"
        for name, path in paths.items() if all_of_them else [("own", paths["own"])]:
            page.goto(f"{address.rstrip('/')}{path}{'&' if '?' in path else '?'}lang={language}")
            assert page.locator("html").get_attribute("lang") == language, name
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
            assert_accessible(page)
    page.goto(f"{address}subscribe?list={LIST}&lang={language}")
    page.locator("main form button").click()
    assert page.get_by_role("alert").count() == 1
    assert_accessible(page)
    page.goto(f"{address}u/{front.token()}?lang={language}")
    page.locator("main form button").click()
    assert page.get_by_role("radio").count() == 5
    assert_accessible(page)


def test_whole_way_is_open_when_javascript_is_off(address, front, open_page):
    """Subscribe, confirm, choose, see one’s data, leave, come back, be erased: no script at all."""
    page = open_page(f"{address}subscribe", java_script_enabled=False, expected_status={422})
    page.get_by_role("link", name="The Lakeside Letter").click()
    page.get_by_label("E-mail address").fill("amina")
    page.get_by_role("button").click()
    page.get_by_text("This is no e-mail address").wait_for()
    page.get_by_label("E-mail address").fill(NEW)
    page.get_by_label("Name").fill("Amina")
    page.get_by_role("button").click()
    page.get_by_role("heading", name="Please look into your inbox").wait_for()
    front.work()

    page.goto(address.rstrip("/") + front.link(NEW))
    page.get_by_role("button", name="Yes, subscribe me").click()
    page.get_by_role("heading", name="You are subscribed").wait_for()
    assert front.state(NEW) == "subscribed"

    page.goto(f"{address}u/{front.token(NEW)}")
    page.get_by_role("link", name="Choose topics or another language instead").click()
    page.get_by_label("Español").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Your preferences are saved").wait_for()
    assert find_subscriber(front.ledger, NEW).language == "es"
    page.get_by_role("button", name="Mail me the link").click()
    page.get_by_text("A link is on its way").wait_for()
    front.work()

    page.goto(address.rstrip("/") + front.link(NEW))
    page.get_by_text(NEW).wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download everything").click()
    assert NEW in download.value.path().read_text("utf-8")
    page.get_by_role("button", name="Unsubscribe from “The Lakeside Letter”").click()
    page.get_by_text("You are unsubscribed from “The Lakeside Letter”").wait_for()
    page.get_by_role("button", name="Subscribe to “The Lakeside Letter”").click()
    page.get_by_text("You are subscribed to “The Lakeside Letter”").wait_for()
    page.get_by_role("link", name="Erase what you hold about me").click()
    page.get_by_role("button", name="Erase everything").click()
    page.get_by_role("heading", name="Everything is erased").wait_for()
    assert find_subscriber(front.ledger, NEW) is None

    page.goto(f"{address}u/{front.token(KNOWN)}")
    page.get_by_role("button", name="Unsubscribe").click()
    page.get_by_label("Too many mails").check()
    page.get_by_role("button", name="Send the answer").click()
    page.get_by_role("heading", name="Thank you").wait_for()
    assert front.acts()[-1].details == {"why": "too_many"}


def test_language_is_changed_where_the_reader_is(address, open_page):
    page = open_page(f"{address}subscribe?list={LIST}", locale="fr-CH")
    page.get_by_role("heading", name="S’abonner").wait_for()
    page.get_by_role("link", name="Español").click()
    page.get_by_role("heading", name="Suscribirse").wait_for()
    assert re.search(r"list=letter", page.url)


def test_form_of_another_site_works_in_a_frame_and_alone(address, front, browser, tmp_path, foreign_site):
    """The organisation's own page, from another origin: the printed form, and the framed one."""
    form = subscribe_form(Workspace(settings=front.public.settings), LIST)
    own_url = front.public.settings.public_url
    site = tmp_path / "index.html"
    frame = f'<iframe src="{address}subscribe/embed?list={LIST}" width="500" height="800"></iframe>'
    site.write_text(f"<!doctype html><h1>Us</h1>{frame}{form.replace(own_url + '/', address)}", "utf-8")
    context = browser.new_context()
    page = context.new_page()
    page.goto(foreign_site)
    framed = page.frame_locator("iframe")
    framed.get_by_label("E-mail address").fill(NEW)
    framed.get_by_role("button").click()
    framed.get_by_role("heading", name="Please look into your inbox").wait_for()
    page.get_by_label("E-mail address").fill("kofi@example.com")
    page.get_by_role("button", name="I agree – subscribe me").click()
    page.get_by_role("heading", name="Please look into your inbox").wait_for()
    assert {row.address for row in front.notices()} == {NEW, "kofi@example.com"}
    assert context.cookies() == []
    context.close()
