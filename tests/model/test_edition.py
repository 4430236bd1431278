import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trax_mailer.model.edition import (
    Asset,
    Edition,
    NumberedLink,
    Slot,
    SlotContext,
    SlotKind,
    edition_from_json,
    edition_to_json,
)

_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_SLOT = st.builds(Slot, st.sampled_from(SlotKind), st.sampled_from(SlotContext), _TEXT, _TEXT)
_PART = st.lists(_TEXT | _SLOT, max_size=6).map(tuple)
_ASSET = Asset(sha256="a" * 64, media_type="image/png", extension="png", width=3, height=2, data=b"png")
_EDITION = st.builds(
    Edition,
    language=st.sampled_from(["en", "ar"]),
    direction=st.sampled_from(["ltr", "rtl"]),
    subject=_PART,
    preheader=_PART,
    html=_PART,
    text=_PART,
    links=st.lists(
        st.builds(
            NumberedLink,
            number=st.integers(1, 99),
            target=_TEXT,
            label=_TEXT,
            section=st.none() | st.integers(0, 9),
        ),
        max_size=3,
    ).map(tuple),
    assets=st.just((_ASSET,)),
)


@given(_EDITION)
def test_edition_and_hash_survive_when_stored_as_json(edition):
    back = edition_from_json(edition_to_json(edition), pictures={_ASSET.sha256: _ASSET.data})
    assert back == edition
    assert back.hash == edition.hash


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("language", "fr"),
        ("direction", "rtl"),
        ("subject", ("Other",)),
        ("preheader", ("Other",)),
        ("html", ("<p>Other</p>",)),
        ("text", ("Other",)),
        ("links", ()),
        ("assets", ()),
    ],
)
def test_hash_changes_when_any_part_changes(name, value):
    edition = Edition(
        language="en",
        direction="ltr",
        subject=("Subject",),
        preheader=("Preheader",),
        html=("<p>Body</p>",),
        text=("Body",),
        links=(NumberedLink(number=1, target="https://example.org", label="Read", section=0),),
        assets=(_ASSET,),
    )
    assert dataclasses.replace(edition, **{name: value}).hash != edition.hash


def test_hash_differs_when_words_move_between_a_slot_and_plain_text():
    slot = Slot(SlotKind.READER, SlotContext.HTML, "name", "")
    base = dict.fromkeys(("subject", "preheader", "text", "links", "assets"), ())
    base |= {"language": "en", "direction": "ltr"}
    assert Edition(html=(slot,), **base).hash != Edition(html=("name",), **base).hash
