"""The look in a real browser: nothing sticks out on a phone, and axe finds nothing serious."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from look.made import PUBLIC_URL, TEMPLATES, Mail, write_values
from trax_mailer.sections import load_section_types

pytestmark = pytest.mark.browser

NOT_FOR_MAIL = {"rules": {"region": {"enabled": False}, "landmark-one-main": {"enabled": False}}}
TYPES = load_section_types(TEMPLATES)


@contextmanager
def opened(browser: Any, mail: Mail, *, width: int, scheme: str) -> Iterator[Any]:
    """The mail in a window of that width; its pictures come from the edition, anything else from nowhere."""
    pictures = {f"{PUBLIC_URL}/a/{asset.name}": asset for asset in mail.edition.assets}
    asked: list[str] = []

    def answer(route: Any) -> None:
        asset = pictures.get(route.request.url)
        if asset is None:
            asked.append(route.request.url)
            route.abort()
        else:
            route.fulfill(body=asset.data, content_type=asset.media_type)

    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    try:
        page = context.new_page()
        page.route("**/*", answer)
        page.set_content(mail.html, wait_until="load")
        yield page
        assert asked == []
    finally:
        context.close()


@pytest.fixture
def every_type(write_issue: Callable[..., Path], mail_of: Callable[[Path], Mail]) -> Mail:
    sections = [write_values(declared, full=True).values for declared in TYPES.values()]
    return mail_of(write_issue(sections))


@pytest.mark.parametrize("width", [375, 600, 1440])
def test_nothing_sticks_out_when_the_window_is_narrow(
    browser: Any, issue_058: Mail, every_type: Mail, width: int
) -> None:
    for mail in (issue_058, every_type):
        with opened(browser, mail, width=width, scheme="light") as page:
            assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (1440, "light")])
def test_axe_finds_nothing_serious(
    browser: Any, issue_058: Mail, every_type: Mail, width: int, scheme: str
) -> None:
    for mail in (issue_058, every_type):
        with opened(browser, mail, width=width, scheme=scheme) as page:
            violations = Axe().run(page, options=NOT_FOR_MAIL).response["violations"]
            serious = [one for one in violations if one["impact"] in {"serious", "critical"}]
            assert [(one["id"], one["nodes"][0]["html"]) for one in serious] == []


def test_ground_words_and_wordmark_change_when_it_is_dark(browser: Any, issue_058: Mail) -> None:
    look = """() => ({
        ground: getComputedStyle(document.querySelector('.sheet')).backgroundColor,
        ink: getComputedStyle(document.querySelector('h1')).color,
        shown: [...document.querySelectorAll('.light-only img, .dark-only img')].map(e => e.offsetWidth > 0),
    })"""
    with opened(browser, issue_058, width=600, scheme="light") as page:
        light = page.evaluate(look)
    with opened(browser, issue_058, width=600, scheme="dark") as page:
        dark = page.evaluate(look)
    assert light == {"ground": "rgb(255, 255, 255)", "ink": "rgb(23, 48, 58)", "shown": [True, False]}
    assert dark == {"ground": "rgb(18, 32, 37)", "ink": "rgb(228, 234, 233)", "shown": [False, True]}
