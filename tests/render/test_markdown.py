from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from trax_mailer.model.edition import SlotKind
from trax_mailer.render.markdown import render_markdown
from trax_mailer.render.markers import Markers


def as_marked(target: str, label: str) -> str:
    return f"MARK({label})"


def text_of(source: str) -> str:
    return render_markdown(source, mark_link=as_marked)[0].text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("One\ntwo\n\nthree", "One two\n\nthree"),
        ("One\\\ntwo", "One\ntwo"),
        ("*a* **b** `c`", "a b c"),
        ("- a\n- b", "- a\n- b"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("- a\n\n  b\n\n- c", "- a\n\n  b\n- c"),
        ("- a\n  - b\n    - c", "- a\n  - b\n    - c"),
        ("> a\n>\n> b", "> a\n>\n> b"),
        ("## Title\n\nBody", "Title\n\nBody"),
        ("    code\n     more", "    code\n     more"),
        ("a\n\n---\n\nb", "a\n\n* * *\n\nb"),
        ("[the report](https://e.org/x)", "the report <MARK(the report)>"),
        ("<https://e.org/x>", "<MARK(https://e.org/x)>"),
        ("[https://e.org/x](https://e.org/x)", "<MARK(https://e.org/x)>"),
        ("[write](mailto:a@e.org)", "write <a@e.org>"),
        ("<a@e.org>", "a@e.org"),
        ("[a@e.org](mailto:a@e.org)", "a@e.org"),
        ("[call](tel:+4122)", "call <+4122>"),
        ("[below](#job)", "below"),
        ("[*the* `x`](https://e.org/)", "the x <MARK(the x)>"),
        ("AT&amp;T &copy; Chi&#537;in&abreve;u", "AT&T © Chișinău"),
        ("", ""),
    ],
)
def test_plain_text_reads_well_when_made_of_markdown(source, text):
    assert text_of(source) == text


def test_html_is_xhtml_with_marked_links_when_made_of_markdown():
    view, problems = render_markdown(
        "One<br> & *two*\\\nthree [x](https://e.org/?a=1&b=2)", mark_link=as_marked
    )
    assert view.html == ('<p>One&lt;br&gt; &amp; <em>two</em><br />\nthree <a href="MARK(x)">x</a></p>')
    assert problems == ()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("![sea](sea.png)", "a picture (sea.png)"),
        ("[x](page.html)", "“page.html”"),
        ("[x](ftp://e.org/)", "“ftp://e.org/”"),
    ],
)
def test_a_problem_is_told_when_mail_cannot_carry_it(source, words):
    _, problems = render_markdown(source, mark_link=as_marked)
    assert len(problems) == 1
    assert words in problems[0]


def test_a_problem_is_told_when_a_link_is_personal():
    marker = Markers.absent_from("").mark(SlotKind.READER, key="email", length=1, written="w")
    _, problems = render_markdown(f"[x](https://e.org/?m={marker})", mark_link=as_marked)
    assert problems == ("the link “x” holds a merge field in its address",)


@pytest.mark.parametrize("source", ["**" * 3000 + "a" + "**" * 3000, ">" * 5000 + "a", "- " * 3000 + "a"])
def test_nothing_is_too_deep_when_it_is_nested_absurdly(source):
    assert text_of(source)


def test_a_view_is_empty_when_there_are_no_words():
    view, _ = render_markdown("  \n", mark_link=as_marked)
    assert not view
    assert view.html == ""


MARKS = Markers.absent_from("")
READER = MARKS.mark(SlotKind.READER, key="name", length=9, written="w")
PIECES = st.sampled_from(
    [
        READER,
        "*",
        "_",
        "`",
        "[",
        "](https://e.org/)",
        "\n",
        "\n\n",
        "- ",
        "1. ",
        "> ",
        "#",
        "    ",
        "\\",
        "<b>",
        "&",
        "word ",
        "ș",
    ]
)


@given(pieces=st.lists(PIECES, max_size=25))
def test_no_marker_is_lost_and_html_is_well_formed_whatever_is_written(pieces):
    source = "".join(pieces)
    view, problems = render_markdown(source, mark_link=lambda target, label: "MARK")
    if problems:
        return
    # In both ways each marker stands as often as it was written.
    written = len(MARKS.found_in(source))
    assert len(MARKS.found_in(view.html)) == written
    assert len(MARKS.found_in(view.text)) == written
    etree.fromstring(f"<div>{view.html}</div>")
