from __future__ import annotations

from pathlib import PurePosixPath

from trax_mailer.model.values import Link, Picture, Url


def test_a_merge_field_is_told_when_it_has_no_default(check):
    file = "\n" * 8 + "      Dear {{ reader.first_name }}, {{ reader.first_name }} {{ reader.email }}\n"
    (finding,) = check(
        "merge", file=file, body="Dear {{ reader.first_name }}, {{ reader.first_name }} {{ reader.email }}"
    )
    assert finding.message == "Where a reader's first name is not known, nothing stands here."
    assert (finding.place.line, finding.place.column) == (9, 15)
    assert 'default("' in finding.advice


def test_nothing_is_said_when_there_is_a_default(check):
    assert check(body='Dear {{ reader.first_name | default("colleague") }}') == []


def test_titles_labels_and_descriptions_are_read_too(check):
    found = check(
        "merge",
        title="For {{ reader.name }}",
        preheader="For {{ reader.country }}",
        link_values=(Link(label="{{ reader.name }}", url=Url("https://e.org/")),),
        picture=Picture(file=PurePosixPath("x.png"), alt="{{ reader.name }}"),
    )
    assert [finding.place.line for finding in found] == [2, 4, 11, 11]
