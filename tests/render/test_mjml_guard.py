"""The ASCII guard: nothing panics, and readers see the words that were written."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from lxml import html as lxml_html

from trax_mailer.render.mjml_compile import compile_mjml
from trax_mailer.render.mjml_guard import guard_mjml

# What reaches the guard: views strip the control characters that XML 1.0 §2.2 and HTML forbid.
words = st.text(
    st.one_of(
        st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"),
        st.sampled_from("ș>\\\"'<& \u00a0\u200d\u200c\u200f\u00ad\u064e\u2028{}&;#\n\t"),
    ),
    max_size=60,
)


def page(text: str, *, alt: str = "", title: str = "T", quote: str = '"') -> lxml_html.HtmlElement:
    escaped_alt = html.escape(alt).replace("\n", " ").replace("\t", " ")
    mjml = (
        f"<mjml><mj-head><mj-title>{html.escape(title)}</mj-title>"
        f"<mj-preview>{html.escape(text)}</mj-preview></mj-head><mj-body>"
        f"<mj-section><mj-column><mj-text><p id='p'>{html.escape(text)}</p></mj-text>"
        f"<mj-image src={quote}x{quote} alt={quote}{escaped_alt}{quote} /></mj-column></mj-section>"
        f"</mj-body></mjml>"
    )
    compiled = compile_mjml(mjml, language="en", direction="ltr", title="T")
    return lxml_html.document_fromstring(compiled)


@given(text=words, alt=words, quote=st.sampled_from("\"'"))
def test_text_and_alt_are_equal_when_random_words_go_through(text, alt, quote):
    found = page(text, alt=alt, quote=quote)
    assert found.find(".//p").text_content() == text
    # An attribute's line breaks and tabs are blanks (XML 1.0 §3.3.3).
    assert found.find(".//img").get("alt") == re.sub(r"[\n\t]", " ", alt)


@given(title=words)
def test_title_and_aria_label_are_equal_when_random_words_go_through(title):
    found = page("x", title=f"T{title}.")
    expected = re.sub(r"[\n\t]+", " ", f"T{title}.")
    assert found.find(".//div[@role='article']").get("aria-label") == expected
    assert found.findtext(".//title") == expected


@given(text=words)
def test_nothing_beyond_ascii_is_left_when_guarded(text):
    mjml = f"<mj-text title='{html.escape(text)}'>{html.escape(text)}<!-- ș --></mj-text>"
    guarded = guard_mjml(mjml)
    assert guarded.isascii()
    parsed = etree.fromstring(guarded)
    assert (parsed.text or "") == text


@pytest.mark.parametrize(
    ("written", "guarded"),
    [
        ("<mj-text>ș > x</mj-text>", "<mj-text>&#537; &gt; x</mj-text>"),
        ("<mj-image alt='12\u00a0\"Nov\"'/>", '<mj-image alt="12&#160;&quot;Nov&quot;"/>'),
        ('<mj-image alt="a\\b &eacute; &amp;" />', '<mj-image alt="a&#92;b &#233; &amp;" />'),
        ("<mj-style>a > b { content: 'ș'; }</mj-style>", "<mj-style>a > b { content: '\\219 '; }</mj-style>"),
        ('<mj-title>"q" \\</mj-title>', "<mj-title>&quot;q&quot; &#92;</mj-title>"),
        ("<p>&nbsp;&lt;</p>", "<p>&#160;&lt;</p>"),
        ("<!-- ș > -->", "<!-- &#537; > -->"),
    ],
)
def test_each_trap_is_disarmed_when_guarded(written, guarded):
    assert guard_mjml(written) == guarded
