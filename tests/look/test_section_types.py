"""Every type of section, packaged or the workspace's own, through the whole of loading and rendering."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html

from look.made import TEMPLATES, Mail, write_values
from trax_mailer.sections import load_section_types

TYPES = load_section_types(TEMPLATES)
PACKAGED = {
    "lead", "band", "job", "article", "publication", "training", "follow_up", "seminar", "quote", "video",
    "image", "calendar", "links", "table", "social", "event",
}  # fmt: skip

MailOf = Callable[[Path], Mail]
WriteIssue = Callable[..., Path]


def test_types_are_all_there_when_the_workspace_is_loaded() -> None:
    assert set(load_section_types(None)) == PACKAGED
    assert set(TYPES) == PACKAGED | {"working_group", "pre_sessions"}


def test_every_field_has_words_for_the_writer_when_a_type_is_declared() -> None:
    def silent(fields: Any) -> list[str]:
        return [one.name for one in fields if not (one.label and one.help)] + [
            name for one in fields for name in silent(one.fields or (one.of.fields if one.of else ()))
        ]

    assert {
        name: silent(declared.fields) for name, declared in TYPES.items() if silent(declared.fields)
    } == {}
    assert all(declared.label and declared.help for declared in TYPES.values())


@pytest.mark.parametrize("name", sorted(TYPES))
@pytest.mark.parametrize("full", [True, False], ids=["full", "minimal"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_value_reaches_the_reader_when_a_section_is_rendered(
    name: str, full: bool, language: str, write_issue: WriteIssue, mail_of: MailOf
) -> None:
    written = write_values(TYPES[name], full=full)
    mail = mail_of(write_issue([{"type": "band", "title": "Before"}, written.values], language=language))
    missing = [word for word in written.everywhere + written.in_html if word not in mail.html]
    assert missing == []
    assert [word for word in written.everywhere if word not in mail.text] == []


@pytest.mark.parametrize("name", sorted(TYPES))
def test_lines_keep_to_72_columns_when_only_addresses_are_longer(
    name: str, write_issue: WriteIssue, mail_of: MailOf
) -> None:
    mail = mail_of(write_issue([write_values(TYPES[name], full=True).values]))
    assert [line for line in mail.text.splitlines() if len(line) > 72 and "<http" not in line] == []


@pytest.mark.parametrize("name", sorted(set(TYPES) - {"image"}))
def test_anchor_is_there_when_a_section_has_an_id(
    name: str, write_issue: WriteIssue, mail_of: MailOf
) -> None:
    section = {**write_values(TYPES[name], full=True).values, "id": "here"}
    tree = lxml_html.fromstring(mail_of(write_issue([section])).html)
    assert len(tree.xpath("//*[@id='here']")) == 1


def test_caption_and_credit_are_shown_when_a_picture_has_them(
    write_issue: WriteIssue, mail_of: MailOf
) -> None:
    picture = {"file": "picture.png", "alt": "A lake", "caption": "The lake at dawn", "credit": "Ana Pop"}
    mail = mail_of(write_issue([{"type": "image", "picture": picture}]))
    for part in (mail.html, mail.text):
        assert "The lake at dawn" in part
        assert "Ana Pop" in part
    assert "A lake" in mail.text


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"caption": "The lake", "credit": "Ana Pop"}, "The lake · Photo: Ana Pop"),
        ({"caption": "The lake"}, "The lake"),
        ({"credit": "Ana Pop"}, "Photo: Ana Pop"),
    ],
)
def test_credit_stands_apart_from_the_caption_when_there_are_both(
    given: dict[str, str], shown: str, write_issue: WriteIssue, mail_of: MailOf
) -> None:
    mail = mail_of(
        write_issue([{"type": "image", "picture": {"file": "picture.png", "alt": "A lake"} | given}])
    )
    (caption,) = lxml_html.fromstring(mail.html).find_class("caption")
    assert caption.text_content() == shown


def test_picture_keeps_an_empty_alt_when_it_is_decorative(write_issue: WriteIssue, mail_of: MailOf) -> None:
    picture = {"file": "picture.png", "decorative": True}
    mail = mail_of(write_issue([{"type": "image", "picture": picture}]))
    images = lxml_html.fromstring(mail.html).xpath("//img[contains(@src, '/a/')]")
    assert "" in [image.get("alt") for image in images]
    assert all(image.get("alt") is not None for image in images)


def test_headline_is_the_title_when_the_lead_or_the_whole_lead_is_missing(
    write_issue: WriteIssue, mail_of: MailOf
) -> None:
    for sections in ([{"type": "lead", "body": "Words."}], [{"type": "band", "title": "Words"}]):
        mail = mail_of(write_issue(sections))
        headlines = lxml_html.fromstring(mail.html).xpath("//h1")
        assert [headline.text_content() for headline in headlines] == ["Every type"]
        assert "Every type\n==========" in mail.text


def test_names_stay_whole_when_they_hold_markup_and_many_scripts(
    write_issue: WriteIssue, mail_of: MailOf
) -> None:
    name = 'Ștefan & "Ana" <b> שלום 陈'
    mail = mail_of(write_issue([{"type": "quote", "body": "Words.", "by": name}]))
    assert name in lxml_html.fromstring(mail.html).text_content()
    assert name in mail.text


def test_mail_reads_from_the_right_when_its_language_does(write_issue: WriteIssue, mail_of: MailOf) -> None:
    mail = mail_of(write_issue([write_values(TYPES["article"], full=True).values], language="ar"))
    root = lxml_html.fromstring(mail.html)
    assert (root.get("lang"), root.get("dir")) == ("ar", "rtl")
    assert "direction:ltr" not in mail.html
    assert "إلغاء الاشتراك" in mail.text
