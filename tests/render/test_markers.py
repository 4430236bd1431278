from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from trax_mailer.model.edition import SlotKind
from trax_mailer.render.markers import MARKER, Markers, shown_length


@given(content=st.text(alphabet="tx" + "abcdefghijklmnop", max_size=300) | st.text())
def test_the_stem_is_not_in_the_content_whatever_it_says(content):
    markers = Markers.absent_from(content)
    assert markers.stem not in content.casefold()
    assert markers.stem == Markers.absent_from(content).stem


def test_another_stem_is_taken_when_the_content_holds_the_first():
    # No content holds the stem of its own hash; the loop is there all the same.
    first = Markers.absent_from("x").stem
    assert Markers.absent_from(f"x{first}").stem != first


def test_the_same_marker_is_given_when_the_meaning_is_the_same():
    markers = Markers.absent_from("")
    one = markers.mark(SlotKind.READER, key="name", length=16, written="{{ reader.name }}")
    again = markers.mark(SlotKind.READER, key="name", length=16, written="{{ reader.name }}")
    other = markers.mark(SlotKind.READER, key="name", default="x", length=16, written="{{ reader.name }}")
    assert one == again
    assert one != other
    assert MARKER.fullmatch(one)
    assert markers.found_in(f"{one.upper()}{other}7{one}") == [one, other, one]
    assert markers.written_out(f"Dear {one},") == "Dear {{ reader.name }},"


def test_a_marker_counts_as_long_as_its_value_when_measured():
    markers = Markers.absent_from("")
    link = markers.mark(SlotKind.LINK, key="1", length=120, written="https://example.org/")
    assert shown_length(f"<{link}>") == 122
    assert shown_length("plain") == 5


def test_a_stranger_means_nothing_when_asked():
    assert Markers.absent_from("").meaning("txabcdefghijkl000000001") is None
