"""The inliner: premailer's traps stay closed, and css-inline agrees with what comes out."""

from __future__ import annotations

import re
from collections import Counter

import css_inline
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from trax_mailer.model.edition import SlotKind
from trax_mailer.render import inline
from trax_mailer.render.inline import InlinerFailed, inline_css
from trax_mailer.render.markers import Markers

PAGE = """<!doctype html><html lang="en"><head><title>T</title>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8">
<style type="text/css">.own { color: red !important; }
@media (max-width: 9px) { p { margin: 0 !important } }</style>
<style></style>
<!--[if mso]><style>.outlook { width: 1px }</style><![endif]-->
</head><body><!--[if mso | IE]><table width="600"><tr><td><![endif]-->
<div class="body own"><h2 style="color:#111111">A</h2>
<p class="lede" align="right">Chișinău <a href="MARK">x</a></p>
<ul><li>1<p>deep</p></li></ul><img class="pic" width="536" height="10" src="SRC" alt="a"></div>
<!--[if mso | IE]></td></tr></table><![endif]--></body></html>"""
CSS = """
h2 { color: #222222; font-size: 20px; }
.body p { margin: 0 0 12px; line-height: 24px; }
.body .lede { margin: 4px; font-size: 17px; text-align: left; }
p { margin: 1px; color: #333333; }
a { color: #1f5a8c; text-decoration: underline; }
li, .body ul { margin: 0; padding-left: 22px; }
ul > li p { color: #444444; }
img.pic { width: 100%; height: auto; }
"""


def styles(page: str) -> list[tuple[str, dict[str, str]]]:
    """Every element's inline style, in a form that does not depend on who wrote it."""
    body = lxml_html.document_fromstring(page).find("body")
    found = []
    for element in body.iter():
        if isinstance(element.tag, str):
            pairs = [pair.split(":", 1) for pair in element.get("style", "").split(";") if ":" in pair]
            found.append((element.tag, {name.strip(): value.strip() for name, value in pairs}))
    return found


def test_css_inline_agrees_when_our_rules_are_inlined():
    other = css_inline.CSSInliner(
        inline_style_tags=False, keep_style_tags=True, load_remote_stylesheets=False, extra_css=CSS
    )
    oracle = styles(other.inline(PAGE))
    assert styles(inline_css(PAGE, css=CSS, head="")) == oracle
    assert sum(1 for _, style in oracle if style) == 7


def test_the_page_stays_what_it_was_when_inlined():
    page = inline_css(PAGE, css=CSS, head="a:hover { color: blue; }")
    assert page.startswith("<!DOCTYPE html>")
    assert ".own { color: red !important; }" in page
    assert "p { margin: 0 !important }" in page
    assert '<img class="pic" width="536" height="10"' in page
    assert 'align="right"' in page
    assert "a:hover { color: blue; }" in page.partition("</head>")[0]
    assert "data-premailer" not in page
    assert "Chișinău" in page
    assert re.findall(r"<!--\[if.*?endif\]-->", page) == re.findall(r"<!--\[if.*?endif\]-->", PAGE)


def test_nothing_is_fetched_when_a_style_sheet_asks_for_it(tmp_path, monkeypatch):
    secret = tmp_path / "secret.css"
    secret.write_text("p { color: #abcdef }")

    def never(*args, **kwargs):
        raise AssertionError("something opened a connection")

    monkeypatch.setattr("socket.create_connection", never)
    monkeypatch.setattr("socket.socket.connect", never)
    css = f"@import url(http://127.0.0.1:9/x.css); @import url(file://{secret}); p {{ margin: 3px }}"
    page = PAGE.replace("</head>", '<link rel="stylesheet" href="http://127.0.0.1:9/y.css"></head>')
    inlined = inline_css(page, css=css, head="")
    assert "abcdef" not in inlined
    assert "margin:3px" in inlined


def test_it_is_refused_when_a_conditional_comment_changes(monkeypatch):
    monkeypatch.setattr(inline, "_premailer", lambda: _Forgetful)
    with pytest.raises(InlinerFailed, match="conditional comment"):
        inline_css(PAGE, css=CSS, head="")


def test_it_is_refused_when_the_doctype_is_lost():
    with pytest.raises(InlinerFailed, match="doctype"):
        inline_css(PAGE.replace("<!doctype html>", ""), css=CSS, head="")


class _Forgetful:
    def __init__(self, **options):
        pass

    def transform(self, html, *, pretty_print):
        return html.replace("<tr>", "")


MARKS = Markers.absent_from("")
MARKED = [MARKS.mark(SlotKind.LINK, key=str(n), length=1, written="w") for n in range(4)]
piece = st.sampled_from(
    [
        *MARKED,
        "<p>",
        "</p>",
        "<b class='lede'>",
        "</b>",
        f'<a href="{MARKED[0]}">',
        f'<img alt=\'a "q" {MARKED[1]}\' src="{MARKED[2]}">',
        "<table><tr><td>",
        "</td></tr></table>",
        f"<!--[if mso]><td width=1>{MARKED[3]}<![endif]-->",
        "&amp;",
        "ș ",
        "&lt;b&gt;",
    ]
)


@given(pieces=st.lists(piece, max_size=20))
def test_no_marker_is_lost_or_doubled_whatever_the_page(pieces):
    page = f"<!doctype html><html><head></head><body>{''.join(pieces)}</body></html>"
    inlined = inline_css(page, css=CSS, head="")
    assert Counter(MARKS.found_in(inlined)) == Counter(MARKS.found_in(page))
