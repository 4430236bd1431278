from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trax_mailer.model.edition import SlotKind
from trax_mailer.render.markers import Markers, shown_length
from trax_mailer.render.plaintext import MarkdownText, heading, tidied, wrap

MARKS = Markers.absent_from("")
LONG = MARKS.mark(SlotKind.LINK, key="1", length=60, written="w")
SHORT = MARKS.mark(SlotKind.READER, key="name", length=3, written="w")
word = st.text(
    st.characters(exclude_categories=("Z", "Cc", "Cs")), min_size=1, max_size=90
) | st.sampled_from([f"<{LONG}>", SHORT, "-", "1.", ">", "a-b", "a\u00a0b"])


@given(
    words=st.lists(word, max_size=40),
    indent=st.integers(0, 8),
    lead=st.sampled_from(["", "  ", "- ", "> ", "12. ", "> - "]),
)
def test_no_line_is_over_72_unless_a_word_is(words, indent, lead):
    text = MarkdownText(lead + " ".join(words))
    wrapped = wrap(text, indent=indent)
    for line in wrapped.split("\n"):
        assert shown_length(line) <= 72 or len(line.strip("> ").split(" ")) <= 2
    assert wrapped.replace(">", "").split() == text.replace(">", "").split()


def test_an_overlong_line_holds_one_word_when_wrapped():
    wrapped = wrap(f"- see {'x' * 80} and <{LONG}> here it is again")
    assert wrapped.split("\n") == ["- see", "  " + "x" * 80, f"  and <{LONG}>", "  here it is again"]


@pytest.mark.parametrize(
    ("text", "indent", "wrapped"),
    [
        ("one two three", 0, "one two\nthree"),
        ("- one two three", 0, "- one two\n  three"),
        ("12. one two", 0, "12. one\n    two"),
        ("> one two three", 0, "> one two\n> three"),
        ("one two three", 2, "  one two\n  three"),
        ("  - one two", 0, "  - one\n    two"),
        ("one\n\ntwo", 0, "one\n\ntwo"),
        ("well-known-words", 0, "well-known-words"),
        ("10:30 x", 0, "10:30 x"),
        ("", 0, ""),
    ],
)
def test_lines_hang_and_quote_when_wrapped(text, indent, wrapped):
    assert wrap(MarkdownText(text), indent=indent, width=9) == wrapped


def test_words_are_not_taken_for_a_quotation_when_they_are_no_markdown():
    assert wrap("> one two three", width=9) == "> one two\nthree"


def test_a_heading_is_underlined_as_long_as_it_is_shown():
    assert heading("Chișinău") == "Chișinău\n========"
    assert heading(f"Dear {SHORT}", "-") == f"Dear {SHORT}\n--------"
    assert heading("x" * 50 + " " + "y" * 50).endswith("\n" + "=" * 50)


def test_gaps_close_when_tidied():
    assert tidied("\n\na  \n\n\n\nb\t\n \n\n") == "a\n\nb\n"
