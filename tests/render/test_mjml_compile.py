from __future__ import annotations

import mjml
import pytest
from lxml import html as lxml_html

from trax_mailer.render import mjml_compile
from trax_mailer.render.mjml_compile import CompilerFailed, compile_mjml


def compiled(head: str = "", *, attributes: str = "", language: str = "fr", direction: str = "rtl") -> str:
    source = (
        f"<mjml{attributes}><mj-head>{head}</mj-head><mj-body><mj-section><mj-column>"
        "<mj-text>x</mj-text></mj-column></mj-section></mj-body></mjml>"
    )
    return compile_mjml(source, language=language, direction=direction, title="A &amp; B")


@pytest.mark.parametrize("attributes", ["", ' lang="de" dir="ltr"', ' dir="auto"'])
def test_language_and_direction_are_the_issues_whatever_the_layout_says(attributes):
    page = lxml_html.document_fromstring(compiled(attributes=attributes))
    article = page.find(".//div[@role='article']")
    for element in (page, article):
        assert (element.get("lang"), element.get("dir")) == ("fr", "rtl")
    assert 'xmlns:v="urn:schemas-microsoft-com:vml"' in compiled(attributes=attributes)


@pytest.mark.parametrize(
    ("head", "title"), [("", "A & B"), ("<mj-title> </mj-title>", "A & B"), ("<mj-title>C</mj-title>", "C")]
)
def test_a_title_is_always_there(head, title):
    assert lxml_html.document_fromstring(compiled(head)).findtext(".//title") == title


def test_the_preheader_is_followed_by_blanks_so_that_inboxes_show_nothing_else():
    html = compiled("<mj-preview>What the sea\nbrought</mj-preview>")
    words = lxml_html.document_fromstring(html).find(".//body/div").text
    assert words.startswith("What the sea\nbrought\u034f\u200c\u00a0")
    assert words.count("\u034f") == 150 - len("What the sea brought")


def test_there_is_no_preheader_when_the_issue_has_none():
    assert "&#847;" not in compiled("<mj-preview></mj-preview>")


def test_nothing_is_asked_of_other_hosts_when_compiled():
    html = compiled()
    assert "fonts.googleapis" not in html
    assert "http://" not in html.replace("http://www.w3.org/1999/xhtml", "")
    assert "https://" not in html


def test_a_panic_of_the_compiler_is_an_error_of_ours_when_it_happens(monkeypatch, capfd):
    monkeypatch.setattr(
        mjml_compile, "guard_mjml", lambda source: source.replace("x</mj-text", "ș > x</mj-text")
    )
    with pytest.raises(CompilerFailed, match="char boundary"):
        compiled()


def test_a_refusal_is_told_when_the_compiler_gives_one():
    with pytest.raises(CompilerFailed):
        compile_mjml("<mjml><mj-body><mj-text", language="en", direction="ltr", title="T")


def test_it_can_be_stopped_while_compiling(monkeypatch):
    def stop(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(mjml, "mjml2html", stop)
    with pytest.raises(KeyboardInterrupt):
        compiled()
