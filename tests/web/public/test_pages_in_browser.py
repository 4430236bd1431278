import pytest

from web.processes import SERVE_PUBLIC, running, unused_port

pytestmark = pytest.mark.browser


@pytest.fixture
def address(house):
    settings = house.public.settings
    with running(SERVE_PUBLIC, settings.root, settings.state, unused_port()) as server:
        yield server.address


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1440])
def test_reader_leaves_when_the_button_is_pressed(
    address, open_page, house, assert_accessible, width, scheme
):
    page = open_page(f"{address}u/{house.token()}", width=width, scheme=scheme)
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="You are unsubscribed").wait_for()
    assert_accessible(page)
    assert house.left()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_is_accessible_when_the_token_is_inert(address, open_page, assert_accessible, scheme):
    assert_accessible(open_page(f"{address}u/preview", scheme=scheme))


def test_pictures_show_when_the_browser_view_is_opened(address, open_page, house):
    page = open_page(f"{address}v/{house.edition.hash}")
    assert page.evaluate("[...document.images].every((image) => image.naturalWidth > 0)")
    assert page.evaluate("document.images.length") > 0
