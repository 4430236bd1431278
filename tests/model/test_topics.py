import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trax_mailer.model.edition import (
    Asset,
    Edge,
    Edition,
    NumberedLink,
    Slot,
    SlotContext,
    SlotKind,
    edition_from_json,
    edition_to_json,
)
from trax_mailer.model.filling import bind_part, fill_part
from trax_mailer.model.topics import edition_for, is_empty_for, kept_by_all, topics_in

NAMES = ["africa", "jobs", "trainings"]
_PICTURE = Asset(sha256="a" * 64, media_type="image/png", extension="png", width=3, height=2, data=b"png")


def link(number):
    return Slot(SlotKind.LINK, SlotContext.TEXT, str(number))


def picture():
    return Slot(SlotKind.ASSET, SlotContext.ATTRIBUTE, _PICTURE.sha256)


def edition(html, text=None):
    numbers = range(1, 30)
    return Edition(
        language="en",
        direction="ltr",
        subject=("Topics",),
        preheader=(),
        html=html,
        text=html if text is None else text,
        links=tuple(NumberedLink(number=n, target=f"t{n}", label="", section=0) for n in numbers),
        assets=(_PICTURE,),
    )


@st.composite
def edged(draw):
    """Sections as (topics, words), and the part that they make, with words between some of them."""
    sections = draw(
        st.lists(st.tuples(st.sets(st.sampled_from(NAMES)), st.text(alphabet="xyz", max_size=3)), max_size=6)
    )
    part = []
    for index, (topics, words) in enumerate(sections):
        inside = [f"[{index}", *([words] if words else []), link(index + 1), "]"]
        part += [Edge(index, tuple(sorted(topics))), *inside, Edge(index)] if topics else inside
        part += draw(st.sampled_from([[], [" "]]))
    return sections, tuple(part)


@given(edged(), st.sets(st.sampled_from([*NAMES, "sport"])).map(frozenset))
def test_exactly_the_sections_are_left_that_belong_to_no_topic_or_to_a_chosen_one(made, chosen):
    sections, part = made
    whole = edition(part)
    theirs = edition_for(whole, chosen)
    shown = fill_part(theirs.html, lambda slot: slot.key)
    for index, (topics, _) in enumerate(sections):
        assert (f"[{index}" in shown) is (not chosen or not topics or bool(topics & chosen))
    assert not any(isinstance(segment, Edge) for segment in (*theirs.html, *theirs.text))
    assert {one.number for one in theirs.links} == {
        index + 1 for index, (topics, _) in enumerate(sections) if f"[{index}" in shown
    }
    known = set().union(*(topics for topics, _ in sections)) if sections else set()
    assert topics_in(whole) == tuple(sorted(known))
    assert is_empty_for(whole, chosen) is (bool(chosen) and bool(known) and not known & chosen)


@given(edged())
def test_edges_show_nothing_when_a_part_is_filled_or_bound(made):
    _, part = made
    without = tuple(segment for segment in part if not isinstance(segment, Edge))
    assert fill_part(part, lambda slot: slot.key) == fill_part(without, lambda slot: slot.key)
    assert bind_part(part, lambda slot: slot.key) == bind_part(without, lambda slot: slot.key)


@given(edged())
def test_edition_is_the_same_when_it_was_stored_and_read(made):
    whole = edition(*(made[1],))
    stored = edition_to_json(whole)
    assert edition_from_json(stored, pictures={_PICTURE.sha256: b"png"}) == whole
    assert edition_to_json(edition_from_json(stored, pictures={_PICTURE.sha256: b"png"})) == stored


def test_hash_is_the_one_of_before_when_nothing_belongs_to_a_topic():
    # As release 1 stored it: rows of before must be found, and read, by the same hash.
    plain = edition(("words", link(1)))
    assert plain.hash == "d1e4d5104f2a9046b0ec4b2c816aeefb8e9334bb65cfaffed7ce6c82836ee7d8"
    assert edition((Edge(0, ("jobs",)), "words", link(1), Edge(0))).hash != plain.hash


def test_pictures_are_left_out_when_they_stand_in_no_section_that_is_left():
    whole = edition((Edge(0, ("jobs",)), picture(), Edge(0), "rest"))
    assert edition_for(whole, frozenset({"africa"})).assets == ()
    assert edition_for(whole, frozenset({"jobs"})).assets == (_PICTURE,)


def test_only_what_belongs_to_no_topic_is_kept_by_all():
    whole = edition((Edge(0, ("jobs",)), "job", Edge(0), "rest"))
    assert kept_by_all(whole).html == ("rest",)
    assert kept_by_all(dataclasses.replace(whole, html=("all",))).html == ("all",)


@pytest.mark.parametrize("chosen", [frozenset(), frozenset({"jobs"})])
def test_edition_is_for_everybody_when_nothing_in_it_belongs_to_a_topic(chosen):
    assert not is_empty_for(edition(("rest",)), chosen)
