import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trax_mailer.fields import Field, Kind, read_fields
from trax_mailer.fields.faults import markdown_faults, merge_faults
from trax_mailer.model.values import Markdown, Text
from trax_mailer.yamltree import read_tree


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.MARKDOWN])
def test_merge_fields_stand_when_they_are_known(read, kind):
    words = "Dear {{ reader.first_name | default('colleague') }}"

    value, findings = read(f'"{words}"', kind)

    assert findings == ()
    assert value in {Text(words), Markdown(words)}


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.MARKDOWN])
@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("{{ reader.fist_name }}", "Did you mean “reader.first_name”?"),
        ("{{ reader.organization }}", "Did you mean “reader.organisation”?"),
        ("{{ first_name }}", "Did you mean “{{ reader.first_name }}”?"),
        ("{{firstname}}", "Did you mean “{{ reader.first_name }}”?"),
        ("{{ reader.name", "Did you mean “{{ reader.name }}”?"),
        ("{{ reader.name | upper }}", "Did you mean “{{ reader.name }}”?"),
        ("{{ 7*7 }}", "Write “{{ reader.first_name }}”"),
        ("{{ }}", "Write “{{ reader.first_name }}”"),
    ],
)
def test_a_merge_field_is_refused_with_a_guess_when_it_is_unknown(read, kind, written, advice):
    _value, (finding,) = read(f'"Dear {written}"', kind)

    assert finding.check == "merge"
    assert finding.place.column == len('value: "Dear ') + 1
    assert advice in finding.advice
    assert "reader.organisation" in finding.advice


def test_each_merge_field_has_its_place_when_several_stand_in_a_block(read):
    _value, findings = read(
        "|\n  {{ reader.name }} and\n  Chișinău {{ reader.nme }}\n\n  {{ x }}\n", Kind.MARKDOWN
    )

    assert [(finding.place.line, finding.place.column) for finding in findings] == [(3, 12), (5, 3)]
    assert findings[0].excerpt == "  Chișinău {{ reader.nme }}"


def test_merge_fields_are_refused_when_the_field_takes_none(read):
    _value, (finding,) = read('"Hi {{ reader.name }}"', Kind.TEXT, merge=False)

    assert "the same for every reader" in finding.message


def places_and_messages(text):
    block = "body: |\n" + "".join(f"  {line}\n" for line in text.split("\n"))
    tree = read_tree(block.encode(), file="f")
    reading = read_fields(tree.root, (Field(name="body", kind=Kind.MARKDOWN),))
    return [(finding.place.line, finding.place.column, finding.message) for finding in reading.findings]


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a <b>x", 2, 5, "holds HTML, “<b>”"),
        ("one\n\n<div>x</div>", 4, 3, "holds HTML, “<div>”"),
        ("`<b>` and <b>", 2, 13, "holds HTML, “<b>”"),
        ("> quote <br>", 2, 11, "holds HTML, “<br>”"),
        ("- item\n- <i", 3, None, None),
        ("x <!-- secret -->", 2, 5, "holds HTML"),
        ("<script>alert(1)</script>", 2, 3, "holds HTML, “<script>”"),
        ("x <a href='javascript:x'>", 2, 5, "holds HTML"),
        ("[x](javascript:alert)", 2, 7, "a link that may not lead to “javascript:”"),
        ("[x](<java script:a>)", 2, 8, "a link that is no web address"),
        ("[x](www.upr-info.org)", 2, 7, "a link that is no web address"),
        ("[x](page.html)", 2, 7, "a link that is no web address"),
        ("[x]()", 2, 5, "a link that is no web address"),
        ("see\n[x][1]\n\n[1]: data:text/html", 5, 8, "may not lead to “data:”"),
        ("<ftp://x.org/a>", 2, 4, "may not lead to “ftp:”"),
        ("[x](https://a b.org)", 2, 5, "a link that does not work: “](https://a b.org)”"),
        ("[x] (https://x.org) ok", 2, None, None),
        ("![x](photo.png)", 2, 8, "holds a picture inside the text"),
        ("[x](https://x.org/{{ reader.email }})", 2, 7, "a merge field in a link's address"),
    ],
)
def test_markdown_is_refused_at_its_place_when_it_cannot_be_mailed(text, line, column, words):
    found = places_and_messages(text)

    if words is None:
        assert found == []
        return
    assert found[0][:2] == (line, column)
    assert words in found[0][2]


@pytest.mark.parametrize(
    "text",
    [
        "# Title\n\n**bold** *it* `a < b` & c > d",
        "[x](https://x.org) and <https://x.org> and <jobs@upr-info.org>",
        "[x](mailto:a@x.org) [y](tel:+41225737050) [z](#jobs)",
        "[x][1]\n\n[1]: https://x.org",
        "a < b and 3 <5 and \\<b>",
        "text\n\n    <b>in code</b>",
        "```\n<b>{a}</b>\n```",
        'Dear {{ reader.first_name | default("colleague") }}, [read](https://x.org) {{ reader.name }}',
        "Chișinău, São Tomé & Príncipe — “SMART”",
    ],
)
def test_markdown_stands_when_it_can_be_mailed(text):
    assert places_and_messages(text) == []


@pytest.mark.parametrize(
    "piece", ["[", "![", "*a **a ", "`a ``", "<a ", "> ", "- ", "[a](", "{{", "<!--", "\\[", "&amp", "_a __"]
)
def test_looking_for_faults_is_quick_when_text_is_made_to_be_slow(piece):
    text = (piece * 20_000)[:20_000]
    started = time.monotonic()

    list(markdown_faults(text))
    list(merge_faults(text, allowed=True))

    assert time.monotonic() - started < 2


PIECES = st.sampled_from(
    ["[", "](", ")", "<b>", "<", ">", "`", "*", "{{", "}}", " reader.name ", "| default(", '"x"', "\n", "]: ",
     "\n\n", "# ", "> ", "- ", "![", "https://x.org", "javascript:", "a b", "\\", "&", "é", "    ", "<!--"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join))
def test_every_fault_stands_in_the_text_when_markdown_is_jumbled(text):
    for fault in [*markdown_faults(text), *merge_faults(text, allowed=False)]:
        assert 0 <= fault.offset <= len(text)
        assert fault.message
