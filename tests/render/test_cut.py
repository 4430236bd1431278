from __future__ import annotations

import pytest

from trax_mailer.model.edition import Slot, SlotContext, SlotKind
from trax_mailer.render.cut import BadSlot, cut_html, cut_text, number_literal_links
from trax_mailer.render.links import LinkTable
from trax_mailer.render.markers import Markers

MARKS = Markers.absent_from("")
NAME = MARKS.mark(SlotKind.READER, key="name", default="you", length=9, written="{{ reader.name }}")
LINK = MARKS.mark(SlotKind.LINK, key="1", length=9, written="https://e.org/")


def slot(kind: SlotKind, context: SlotContext) -> Slot:
    return Slot(kind, context, *(("name", "you") if kind is SlotKind.READER else ("1",)))


NAME_HTML = slot(SlotKind.READER, SlotContext.HTML)
NAME_ATTRIBUTE = slot(SlotKind.READER, SlotContext.ATTRIBUTE)
LINK_ATTRIBUTE = slot(SlotKind.LINK, SlotContext.ATTRIBUTE)


@pytest.mark.parametrize(
    ("html", "part"),
    [
        (f"<p>Dear {NAME}!</p>", ("<p>Dear ", NAME_HTML, "!</p>")),
        (f"<p>{NAME.upper()}</p>", ("<p>", NAME_HTML, "</p>")),
        (f"{NAME}{NAME}", (NAME_HTML, NAME_HTML)),
        (f'<img alt="a > {NAME}">', ('<img alt="a > ', NAME_ATTRIBUTE, '">')),
        (f"<img alt='\"{NAME}'>", ("<img alt='\"", NAME_ATTRIBUTE, "'>")),
        (f'<a title="x" href="{LINK}">y</a>', ('<a title="x" href="', LINK_ATTRIBUTE, '">y</a>')),
        (
            f'<!--[if mso]><v:fill src="{LINK}" /><td>{NAME}</td><![endif]-->',
            ('<!--[if mso]><v:fill src="', LINK_ATTRIBUTE, '" /><td>', NAME_HTML, "</td><![endif]-->"),
        ),
        (
            f"<!--[if !mso]><!-->{NAME}<!--<![endif]-->",
            ("<!--[if !mso]><!-->", NAME_HTML, "<!--<![endif]-->"),
        ),
        (f"<title>{NAME}</title>", ("<title>", NAME_HTML, "</title>")),
        (
            f"<div style=\"background:url('{LINK}')\">",
            ("<div style=\"background:url('", LINK_ATTRIBUTE, "')\">"),
        ),
        (f"1 < 2 {NAME}", ("1 < 2 ", NAME_HTML)),
        ("nothing", ("nothing",)),
        ("", ()),
    ],
)
def test_each_slot_has_the_context_of_its_place_when_cut(html, part):
    assert cut_html(html, markers=MARKS) == part


@pytest.mark.parametrize(
    "html",
    [
        f"<style>p {{ color: {NAME} }}</style>",
        f"<!-- {NAME} -->",
        f"<td width={NAME}>",
        f"<td {NAME}>",
        f'<a href="{NAME}">',
        f'<a href="{LINK}?{NAME}">',
        f'<p style="color:{NAME}">',
        f"<img src='x' SRC=\"{NAME}\">",
    ],
)
def test_it_is_refused_when_a_value_could_not_be_escaped_there(html):
    with pytest.raises(BadSlot, match=r"\{\{ reader.name \}\} cannot stand"):
        cut_html(html, markers=MARKS)


@pytest.mark.parametrize(
    "text", [NAME[:-2] + "…", MARKS.stem, MARKS.stem.upper() + "x", MARKS.stem + "9" * 9]
)
def test_it_is_refused_when_a_marker_is_torn(text):
    with pytest.raises(BadSlot, match="cut in two"):
        cut_text(text, markers=MARKS, context=SlotContext.TEXT)


def test_text_is_cut_in_the_context_it_is_given():
    part = cut_text(f"Re: {NAME}", markers=MARKS, context=SlotContext.HEADER)
    assert part == ("Re: ", slot(SlotKind.READER, SlotContext.HEADER))


def test_literal_links_are_numbered_after_the_others_when_a_template_spells_them_out():
    markers = Markers.absent_from("")
    links = LinkTable(markers)
    first = links.mark("https://e.org/first", label="First", section=0)
    html = number_literal_links(
        f'<a href="{first}">1</a>'
        '<a class="x" href="https://e.org/?a=1&amp;b=2" target="_blank">Our <b>site</b></a>'
        '<a href="mailto:a@e.org">m</a><a href="#job">j</a><link href="https://e.org/x.css">',
        links=links,
    )
    numbered = links.numbered({1, 2, 3})
    assert [(link.number, link.target, link.label, link.section) for link in numbered] == [
        (1, "https://e.org/first", "First", 0),
        (2, "https://e.org/?a=1&b=2", "Our site", None),
    ]
    assert len(markers.found_in(html)) == 2
    assert 'href="mailto:a@e.org"' in html
    assert 'href="#job"' in html
