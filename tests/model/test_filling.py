import html

from hypothesis import given
from hypothesis import strategies as st

from trax_mailer.model.edition import Slot, SlotContext, SlotKind
from trax_mailer.model.filling import bind_part, escape_for, fill_part, reader_value

_NAME = Slot(SlotKind.READER, SlotContext.HTML, "name", "colleague")
_LINK = Slot(SlotKind.LINK, SlotContext.ATTRIBUTE, "1")


def _resolve(slot):
    return "https://example.org/?a=1&b=2" if slot.kind is SlotKind.LINK else 'Ștefan & "Ana" <b>'


def test_values_are_escaped_for_where_they_stand_when_filled():
    assert fill_part(('<a href="', _LINK, '">', _NAME, "</a>"), _resolve) == (
        '<a href="https://example.org/?a=1&amp;b=2">Ștefan &amp; &quot;Ana&quot; &lt;b&gt;</a>'
    )
    in_text = Slot(SlotKind.READER, SlotContext.TEXT, "name")
    assert fill_part(("Dear ", in_text), _resolve) == 'Dear Ștefan & "Ana" <b>'


def test_only_the_readers_own_slots_are_left_when_bound():
    bound = bind_part(('<a href="', _LINK, '">', _NAME, "</a>"), _resolve)
    assert bound == ('<a href="https://example.org/?a=1&amp;b=2">', _NAME, "</a>")


def test_the_writers_default_stands_in_when_the_reader_has_no_such_value():
    assert reader_value(_NAME, {}) == "colleague"
    assert reader_value(_NAME, {"name": "  "}) == "colleague"
    assert reader_value(_NAME, {"name": "Ana"}) == "Ana"


@given(st.text())
def test_a_header_value_never_breaks_its_line_when_escaped(value):
    escaped = escape_for(value, SlotContext.HEADER)
    assert len(escaped.splitlines()) <= 1


@given(st.text())
def test_an_html_value_comes_back_whole_and_opens_no_tag_when_escaped(value):
    escaped = escape_for(value, SlotContext.HTML)
    assert html.unescape(escaped) == value
    assert not set(escaped) & set('<>"')
