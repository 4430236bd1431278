from __future__ import annotations

import pytest

from trax_mailer.render.mjml_check import check_mjml


def body(content: str, head: str = "") -> str:
    return (
        f"<mjml>\n<mj-head>{head}</mj-head>\n<mj-body><mj-section><mj-column>\n{content}\n"
        f"</mj-column></mj-section></mj-body></mjml>"
    )


def test_nothing_is_said_when_all_is_well():
    content = (
        '<mj-text css-class="a" mj-class="b" padding-top="1px">&nbsp;<p>x<br/>y</p><!-- c --></mj-text>'
        '<mj-image src="x" alt="" /><mj-raw><!--[if mso]><i>y</i><![endif]--></mj-raw>'
    )
    head = (
        "<mj-title>T</mj-title><mj-preview>P</mj-preview><mj-style>a &gt; b {}</mj-style>"
        '<mj-attributes><mj-all color="red" /><mj-class name="b" color="red" /><mj-text color="red" />'
        '</mj-attributes><mj-raw><meta name="a" content="b" /></mj-raw>'
    )
    assert check_mjml(body(content, head)) == []


@pytest.mark.parametrize(
    ("content", "words", "advice"),
    [
        ("<mj-txt>x</mj-txt>", "<mj-txt> is no tag", "<mj-text>"),
        ("<p>x</p>", "<p> is no tag", "mj-text"),
        ('<mj-text colour="red">x</mj-text>', "no attribute “colour”", "“color”"),
        ("<mj-section></mj-section>", "<mj-section> cannot stand in <mj-column>", "may stand"),
        ("<mj-hero></mj-hero>", "<mj-hero> cannot be used", "mj-section"),
        ("<mj-include path='x' />", "<mj-include> cannot be used", "include"),
        ('<mj-image src="x" />', "no alt", 'alt=""'),
        ('<mj-text><img src="x" /></mj-text>', "<img> has no alt", 'alt=""'),
        ('<mj-text mj-class="a b">x</mj-text>', "two classes", "one class"),
        ("<mj-text><mj-button>x</mj-button></mj-text>", "<mj-button> cannot stand in <mj-text>", "close"),
        ("<mj-text><script>x</script></mj-text>", "<script> does not work", ""),
        ("words", "“words” stands directly in <mj-column>", "mj-text"),
        ("<?php x ?>", "processing instructions", ""),
        ("<mj-text><p>x</mj-text>", "<p> is not closed before </mj-text>", "XML"),
        ("<mj-text>a & b</mj-text>", "not well-formed", "&amp;"),
        ("<mj-text>&nosuch;</mj-text>", "nosuch", "XML"),
        ("<mj-text align=left>x</mj-text>", "not well-formed", "quote"),
        (
            '<mj-social><mj-social-element name="facebook" alt="" href="x" /></mj-social>',
            "share link",
            "noshare",
        ),
    ],
)
def test_the_problem_and_line_are_told_when_mjml_is_wrong(content, words, advice):
    problems = check_mjml(body(f"<mj-spacer height='1px' />\n{content}"))
    assert len(problems) == 1
    assert words in problems[0].message
    assert advice in problems[0].advice
    assert problems[0].line == 5


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("<mj-title><b>T</b></mj-title>", "<mj-title> takes words only"),
        ("<mj-preview>a<br/>b</mj-preview>", "<mj-preview> takes words only"),
        ('<mj-style inline="inline">p {}</mj-style>', "does not inline"),
        ("<mj-html-attributes></mj-html-attributes>", "<mj-html-attributes> cannot be used"),
        ('<mj-font name="x" href="https://x" />', "<mj-font> cannot be used"),
        ('<mj-attributes><mj-class name="x"><mj-text /></mj-class></mj-attributes>', "takes no content"),
        ('<mj-attributes><mj-text colour="x" /></mj-attributes>', "no attribute “colour”"),
        ("<mj-attributes><mj-txt /></mj-attributes>", "<mj-txt> is no tag"),
    ],
)
def test_the_problem_is_told_when_the_head_is_wrong(head, words):
    problems = check_mjml(body("<mj-text>x</mj-text>", head))
    assert [words in problem.message for problem in problems] == [True]
    assert problems[0].line == 2


def test_all_problems_are_told_at_once():
    assert len(check_mjml(body('<mj-text a="1">x</mj-text><mj-txt /><mj-image src="" />'))) == 3


def test_the_root_is_checked_too():
    assert "not with <mjml>" in check_mjml("<html></html>")[0].message
    assert (
        "no attribute “css-class”" in check_mjml('<mjml><mj-body css-class="x"></mj-body></mjml>')[0].message
    )
