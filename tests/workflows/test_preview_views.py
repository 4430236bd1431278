import pytest

from trax_mailer.workflows.preview_views import Scheme, force_scheme

DARK = "<style>@media (prefers-color-scheme: dark) { p { color: white } }</style>"
LIGHT = "<style>@media screen and (prefers-color-scheme:light) { p { color: black } }</style>"
ALWAYS, NEVER = "(min-width: 0px)", "(max-width: -1px)"


@pytest.mark.parametrize(
    ("html", "scheme", "query"),
    [
        (DARK, Scheme.DARK, ALWAYS),
        (DARK, Scheme.LIGHT, NEVER),
        (LIGHT, Scheme.LIGHT, ALWAYS),
        (LIGHT, Scheme.DARK, NEVER),
    ],
)
def test_media_query_is_decided_when_a_scheme_is_forced(html, scheme, query):
    forced = force_scheme(html, scheme)
    assert query in forced
    assert "prefers-color-scheme" not in forced


def test_media_attribute_is_decided_when_a_scheme_is_forced():
    html = '<style media="(prefers-color-scheme: dark)">p {}</style>'
    assert force_scheme(html, Scheme.DARK) == f'<style media="{ALWAYS}">p {{}}</style>'


def test_page_declares_one_scheme_when_it_is_forced():
    html = '<meta name="color-scheme" content="light dark"><style>:root { color-scheme: light dark }</style>'
    assert force_scheme(html, Scheme.DARK) == (
        '<meta name="color-scheme" content="dark"><style>:root { color-scheme: dark }</style>'
    )


def test_words_stay_when_they_speak_of_media_queries():
    html = "<p>Write (prefers-color-scheme: dark) and color-scheme: light dark</p>"
    assert force_scheme(html, Scheme.DARK) == html
