"""The whole way from an issue to an edition."""

from __future__ import annotations

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import PurePosixPath

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from trax_mailer.model.edition import Edition, Part, Slot, SlotContext, SlotKind
from trax_mailer.model.filling import fill_part
from trax_mailer.model.finding import Severity
from trax_mailer.model.values import DateRange, Group, Link, Markdown, Picture, Text, Url
from trax_mailer.render import render_issue


def shown(edition: Edition, part: Part) -> str:
    """The part as the made-up reader Ștefan gets it, every address readable."""
    targets = {str(link.number): link.target for link in edition.links}

    def resolve(slot: Slot) -> str:
        if slot.kind is SlotKind.LINK:
            return targets[slot.key]
        if slot.kind is SlotKind.READER:
            return 'Ștefan & "Ana" <b>' if slot.key == "first_name" else slot.default
        return f"https://beam.example.org/{slot.kind}/{slot.key[:6]}"

    return fill_part(part, resolve)


def test_an_edition_is_made_when_an_issue_is_rendered(make_issue, look, settings):
    issue = make_issue(
        {
            "title": 'Hello {{ reader.first_name | default("friend") }}',
            "body": "Read [the report](https://example.org/report?a=1&b=2) by *Ștefan*.",
            "deadline": dt.date(2015, 12, 31),
            "picture": Picture(file=PurePosixPath("sea.png"), alt="The sea at Constanța"),
            "links": (Link(label="More", url=Url("https://example.org/more")),),
        }
    )
    rendered = render_issue(issue, look=look, settings=settings)
    assert rendered.findings == ()
    edition = rendered.edition
    assert edition is not None
    html, text = shown(edition, edition.html), shown(edition, edition.text)
    page = lxml_html.document_fromstring(html)
    assert html.startswith("<!DOCTYPE html>")
    assert page.findtext(".//title") == "[Beam] No 7: Ships & names: Chișinău"
    assert (page.get("lang"), page.get("dir")) == ("en", "ltr")
    assert page.find(".//h2").text == 'Hello Ștefan & "Ana" <b>'
    assert page.find(".//h2").get("style") == "color:#222222; font-size:20px"
    assert page.find(".//img").get("alt") == "The sea at Constanța"
    assert [a.get("href") for a in page.iterfind(".//a")] == [
        "https://beam.example.org/browser/",
        "https://example.org/report?a=1&b=2",
        "https://example.org/more",
        "https://lighthouse.example.org/",
        "https://beam.example.org/unsubscribe/",
    ]
    assert "the report <https://example.org/report?a=1&b=2>" in " ".join(text.split())
    assert "31 December 2015" in text
    assert [(link.number, link.label, link.section) for link in edition.links] == [
        (1, "the report", 0),
        (2, "More", 0),
        (3, "The Lighthouse", None),
    ]
    assert [(asset.media_type, asset.width) for asset in edition.assets] == [("image/png", 640)]
    assert edition.subject == ("[Beam] No 7: Ships & names: Chișinău",)


def test_the_same_bytes_come_out_when_rendered_twice(make_issue, look, settings):
    issue = make_issue({"title": "{{ reader.name }}", "body": "[a](https://example.org/)"})
    first = render_issue(issue, look=look, settings=settings).edition
    second = render_issue(issue, look=look, settings=settings).edition
    assert first is not None
    assert first == second
    assert first.hash == second.hash


def test_slots_know_their_context_when_cut(make_issue, look, settings):
    issue = make_issue(
        {
            "title": "{{ reader.name }}",
            "picture": Picture(file=PurePosixPath("sea.png"), alt="For {{ reader.country }}"),
        },
        title="For {{ reader.first_name }}",
    )
    edition = render_issue(issue, look=look, settings=settings).edition
    assert edition is not None
    found = {
        (slot.key, slot.context)
        for part in (edition.html, edition.text, edition.subject)
        for slot in part
        if isinstance(slot, Slot) and slot.kind is SlotKind.READER
    }
    assert found >= {
        ("name", SlotContext.HTML),
        ("name", SlotContext.TEXT),
        ("country", SlotContext.ATTRIBUTE),
        ("first_name", SlotContext.HTML),
        ("first_name", SlotContext.HEADER),
    }


def hrefs(edition: Edition) -> list[str | None]:
    return [
        a.get("href") for a in lxml_html.document_fromstring(shown(edition, edition.html)).iterfind(".//a")
    ]


def rendered(issue, look, settings) -> Edition:
    result = render_issue(issue, look=look, settings=settings)
    assert [finding for finding in result.findings if finding.severity is Severity.ERROR] == []
    assert result.edition is not None
    return result.edition


def test_mail_addresses_and_anchors_stay_as_written_when_linked(make_issue, look, settings):
    issue = make_issue(
        {
            "body": "[jobs](mailto:jobs@example.org) [call](tel:+41225737050) [below](#job)",
            "links": (Link(label="Write", url=Url("mailto:a@example.org?subject=x&body=y")),),
        }
    )
    edition = rendered(issue, look, replace(settings, website=""))
    assert hrefs(edition)[1:-1] == [
        "mailto:jobs@example.org",
        "tel:+41225737050",
        "#job",
        "mailto:a@example.org?subject=x&body=y",
    ]
    assert edition.links == ()


def test_targets_are_ascii_when_the_writer_uses_other_letters(make_issue, look, settings):
    targets = ["https://example.org/Chișinău?a=%20b&c=ș", "https://müller.example.org/"]
    issue = make_issue({"links": tuple(Link(label="x", url=Url(target)) for target in targets)})
    edition = rendered(issue, look, settings)
    assert [link.target for link in edition.links][:2] == [
        "https://example.org/Chi%C8%99in%C4%83u?a=%20b&c=%C8%99",
        "https://xn--mller-kva.example.org/",
    ]


def test_a_linked_picture_is_numbered_with_its_description_as_label(make_issue, look, settings, sea):
    issue = make_issue({"picture": replace(sea, link=Url("https://example.org/sea"))})
    edition = rendered(issue, look, settings)
    assert (edition.links[0].label, edition.links[0].section) == ("The sea at Constanța", 0)
    assert "https://example.org/sea" in hrefs(edition)


def test_only_what_is_shown_is_carried_when_a_template_leaves_things_out(
    open_small_look, make_issue, settings, sea
):
    look = open_small_look(
        {"sections/note.mjml": "<mj-section></mj-section>", "sections/note.txt": "{{ section.title }}"}
    )
    issue = make_issue({"title": "x", "picture": sea, "links": (Link(label="x", url=Url("https://e.org/")),)})
    edition = rendered(issue, look, settings)
    assert edition.assets == ()
    assert [link.number for link in edition.links] == [2]


def test_one_asset_is_carried_when_a_picture_is_shown_twice(make_issue, look, settings, sea):
    edition = rendered(make_issue({"picture": sea}, {"picture": sea}), look, settings)
    assert len(edition.assets) == 1
    assert sum(1 for part in edition.html if isinstance(part, Slot) and part.kind is SlotKind.ASSET) == 2


def test_a_decorative_picture_has_an_empty_description(make_issue, look, settings, sea):
    edition = rendered(make_issue({"picture": replace(sea, decorative=True)}), look, settings)
    assert lxml_html.document_fromstring(shown(edition, edition.html)).find(".//img").get("alt") == ""


def test_direction_and_words_follow_the_language(make_issue, look, settings):
    arabic = rendered(make_issue(language="ar"), look, settings)
    assert arabic.direction == "rtl"
    page = lxml_html.document_fromstring(shown(arabic, arabic.html))
    assert (page.get("lang"), page.get("dir")) == ("ar", "rtl")
    french = rendered(make_issue(language="fr"), look, settings)
    assert "Se désabonner <https://beam.example.org/unsubscribe/>" in shown(french, french.text)


def test_dark_mode_survives_the_inliner(make_issue, look, settings):
    edition = rendered(make_issue(), look, settings)
    html = shown(edition, edition.html)
    assert "@media (prefers-color-scheme: dark) { .sheet div { color: #eeeeee !important; } }" in html
    assert "a:hover { color: red; }" in html
    assert 'class="sheet"' in html


def test_the_preheader_is_a_part_of_its_own(make_issue, look, settings):
    edition = rendered(make_issue(preheader="For {{ reader.name }}"), look, settings)
    assert edition.preheader == ("For ", Slot(SlotKind.READER, SlotContext.TEXT, "name"))


@pytest.mark.parametrize(
    ("form", "subject"),
    [
        ("No {number}: {title}", "No 7: {number}?"),
        (":No{number}: {title}", ":No7: {number}?"),
        ("{title}", "{number}?"),
        ("100% {title} {x}", "100% {number}? {x}"),
    ],
)
def test_the_subject_has_the_form_of_the_settings(form, subject, make_issue, look, settings):
    edition = rendered(make_issue(title="{number}?"), look, replace(settings, subject=form))
    assert edition.subject == (subject,)


def test_the_place_is_told_when_a_value_cannot_be_shown(make_issue, look, settings, issue_folder, sea):
    (issue_folder / "bad.png").write_bytes(b"no picture")
    issue = make_issue(
        {"body": "[x](page.html)"},
        {"picture": Picture(file=PurePosixPath("bad.png"), alt="x")},
        {"picture": Picture(file=PurePosixPath("gone.png"), alt="x")},
    )
    result = render_issue(issue, look=look, settings=settings)
    assert result.edition is None
    assert [(finding.check, finding.place.line) for finding in result.findings] == [
        ("links", 12),
        ("pictures", 24),
        ("pictures", 34),
    ]
    assert "goes to “page.html”" in result.findings[0].message


def test_it_is_told_when_a_section_type_is_unknown(make_issue, look, settings):
    issue = make_issue()
    strange = replace(issue, sections=(replace(issue.sections[0], type="nobody"),))
    result = render_issue(strange, look=look, settings=settings)
    assert [finding.message for finding in result.findings] == ["There is no section type “nobody”."]


def test_dates_groups_and_lists_have_their_views(open_small_look, make_issue, settings):
    look = open_small_look(
        {
            "sections/note.txt": "{% for entry in section.links %}{{ entry.when.long }} {{ entry.name }} "
            "{{ entry.n }} {{ entry.ok }} {{ entry.word }} {{ entry.site }} {{ entry.at | short_date }}\n"
            "{% endfor %}",
            "sections/note.mjml": "<mj-section></mj-section>",
        }
    )
    entry = Group(
        {
            "when": DateRange(dt.date(2015, 12, 15), dt.date(2015, 12, 17)),
            "name": Text("A  name\nin two lines"),
            "n": 3,
            "ok": True,
            "word": "large",
            "site": Url("https://example.org/"),
            "at": dt.time(10, 30),
        }
    )
    edition = rendered(make_issue({"links": (entry,)}), look, settings)
    assert edition.links[0].label == "A name in two lines"
    assert "15–17 December 2015 A name in two lines 3 True large https://example.org/ 10:30" in shown(
        edition, edition.text
    )


def test_control_characters_are_gone_when_text_holds_them(make_issue, look, settings):
    issue = make_issue({"title": "a\x00b\x07c\x85d\ufffee\x9bf", "body": "x\r\ny\ud800"})
    edition = rendered(issue, look, settings)
    assert lxml_html.document_fromstring(shown(edition, edition.html)).find(".//h2").text == "abc def"
    assert "x\ny" not in shown(edition, edition.text)


@pytest.fixture
def render(look, settings):
    return lambda issue: rendered(issue, look, settings)


words = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Z", "Cn", "Co")) | st.sampled_from("<>&\"'{}\\"),
    min_size=1,
)
lines = st.lists(words | st.just("{{ reader.name }}"), min_size=1, max_size=12).map(" ".join)


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(title=lines, alt=lines, label=lines)
def test_words_are_the_same_in_html_and_text_whatever_they_are(title, alt, label, make_issue, render):
    issue = make_issue(
        {
            "title": title,
            "picture": Picture(file=PurePosixPath("sea.png"), alt=alt),
            "links": (Link(label=label, url=Url("https://example.org/")),),
        }
    )
    edition = render(issue)
    page = lxml_html.document_fromstring(shown(edition, edition.html))

    def told(line: str) -> str:
        return re.sub(r"\s+", " ", line.replace("{{ reader.name }}", "")).strip()

    def plain(line: str | None) -> str:
        return re.sub(r"\s+", " ", line or "").strip()

    assert plain(page.find(".//h2").text) == told(title)
    assert plain(page.find(".//img").get("alt")) == told(alt)
    assert plain(page.findall(".//a")[1].text) == told(label)
    text = shown(edition, edition.text)
    assert told(f"{label} <https://example.org/>") in plain(text)
    assert told(title) in plain(text)


@given(source=st.text(max_size=200))
@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
def test_no_body_text_breaks_the_rendering_whatever_it_is(source, make_issue, look, settings):
    result = render_issue(make_issue({"body": Markdown(source)}), look=look, settings=settings)
    assert (result.edition is None) == any(finding.severity is Severity.ERROR for finding in result.findings)
    assert {finding.check for finding in result.findings} <= {"links"}


def test_a_finding_says_so_when_text_is_nested_absurdly(make_issue, look, settings):
    result = render_issue(make_issue({"body": "**" * 3000 + "a" + "**" * 3000}), look=look, settings=settings)
    assert result.edition is None
    assert "Excessive depth" in result.findings[0].message


def test_editions_are_equal_when_rendered_in_many_threads(make_issue, render, sea):
    issue = make_issue({"title": "{{ reader.name }}", "body": "[a](https://e.org/)", "picture": sea})
    expected = render(issue)
    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(lambda _: render(issue) == expected, range(24)))
