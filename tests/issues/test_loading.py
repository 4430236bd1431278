import codecs
import datetime as dt
import time
from pathlib import PurePosixPath

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from trax_mailer.issues import load_issue
from trax_mailer.model.finding import Place, Severity, has_errors
from trax_mailer.model.values import DateRange, Group, Link, Markdown, Picture, Text, Url

HEAD = "number: 58\ntitle: What now?\ndate: 2015-11-30\n"
ONE = "sections:\n  - type: meeting\n    title: Pre-sessions\n"
FULL = """\
number: 058
title: "No 58: what, now?"
date: 2015-11-30
language: en
preheader: "{{ reader.first_name | default('Dear colleague') }}, there is news"
sections:
  - type: meeting
    id: pre-sessions
    title: 057
    body: |
      Dear {{ reader.name }}, see [Chișinău](https://x.org).
    when: {from: 2015-12-15, to: 2015-12-17}
    at: 10:30
    register_by: 2015-12-10 17:00
    contact: jobs@upr-info.org
    photo: {file: room.png, alt: Room XX}
    seats: 040
    open: true
    size: large
    spoken: NO
    links:
      - {label: More, url: https://x.org/more}
    entries:
      - {title: on, on: 2015-12-15}
  - type: meeting
    title: "NO"
"""


def test_an_issue_is_read_when_every_kind_of_value_is_in_it(load, root):
    loaded = load(FULL)

    assert loaded.findings == ()
    issue = loaded.issue
    assert (issue.number, issue.title, issue.date) == (58, "No 58: what, now?", dt.date(2015, 11, 30))
    assert (issue.language, issue.folder) == ("en", root / "issues" / "058")
    assert issue.preheader == "{{ reader.first_name | default('Dear colleague') }}, there is news"
    assert issue.file == "issues/058/issue.yaml"
    first, second = issue.sections
    assert dict(first.values.values) == {
        "id": "pre-sessions",
        "title": Text("057"),
        "body": Markdown("Dear {{ reader.name }}, see [Chișinău](https://x.org)."),
        "when": DateRange(dt.date(2015, 12, 15), dt.date(2015, 12, 17)),
        "at": dt.time(10, 30),
        "register_by": dt.datetime(2015, 12, 10, 16, 0, tzinfo=dt.UTC),
        "contact": "jobs@upr-info.org",
        "photo": Picture(file=PurePosixPath("room.png"), alt="Room XX"),
        "seats": 40,
        "open": True,
        "size": "large",
        "spoken": "no",
        "links": (Link(label="More", url=Url("https://x.org/more")),),
        "entries": (Group({"title": Text("on"), "on": dt.date(2015, 12, 15)}),),
    }
    assert first.place == Place("issues/058/issue.yaml", 7, 5)
    assert first.places["entries.0.on"] == Place("issues/058/issue.yaml", 24, 25)
    assert second.values["title"] == Text("NO")
    assert second.values["id"] is None
    assert issue.places["date"].line == 3


def test_the_newsletters_language_is_meant_when_an_issue_names_none(load):
    assert load(HEAD + ONE).issue.language == "fr"


def test_all_problems_are_given_at_once_when_there_are_many(load):
    loaded = load(
        """\
numbr: 58
title: 10:30
date: 2015-02-30
language: English
sections:
  - type: meting
  - type: meeting
    titel: x
    body: |
      Hello {{ reader.frist_name }} <b>you</b>
    photo: {file: rom.png, alt: x}
    at: 25:00
    links: [{label: a, url: javascript:x}]
  - title: x
"""
    )

    assert loaded.issue is None
    assert [(finding.place.line, finding.place.column) for finding in loaded.findings] == [
        (1, 1), (3, 7), (4, 11), (6, 11), (8, 5), (10, 13), (10, 37), (10, 43), (11, 19),
        (12, 9), (13, 29), (14, 5),
    ]  # fmt: skip
    advice = " ".join(finding.advice for finding in loaded.findings)
    for meant in ("number", "title", "en", "meeting", "reader.first_name", "room.png"):
        assert f"Did you mean “{meant}”?" in advice
    assert {finding.check for finding in loaded.findings} == {"fields", "merge", "pictures"}
    assert all(finding.excerpt for finding in loaded.findings)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "This file is empty."),
        ("# nothing\n", 1, "This file is empty."),
        ("- a\n", 1, "takes fields of its own"),
        ("hello\n", 1, "takes fields of its own"),
        (HEAD, 1, "“sections” is missing"),
        (HEAD + "sections:\n", 4, "“sections” is empty"),
        (HEAD + "sections: []\n", 4, "“sections” is empty"),
        (HEAD + "sections: job\n", 4, "“sections” is not a list"),
        (HEAD + "sections: {type: job}\n", 4, "“sections” is not a list"),
        (HEAD + "sections:\n  - meeting\n", 5, "A section is a group of fields"),
        (HEAD + "sections:\n  -\n", 5, "This section is empty"),
        (HEAD + "sections:\n  - [a]\n", 5, "A section is a group of fields"),
        (HEAD + "sections:\n  - title: x\n", 5, "does not say of which type"),
        (HEAD + "sections:\n  - type:\n", 5, "does not say of which type"),
        (HEAD + "sections:\n  - type: [a]\n", 5, "A section's type is one word"),
        (HEAD + "sections:\n  - type: meetings\n", 5, "“meetings” is no section type"),
        (HEAD + ONE + "    id: 5\n", 7, "“id” takes a short name"),
        (HEAD + ONE + "    id: {a: b}\n", 7, "“id” takes a short name"),
        (
            HEAD + ONE + "    id: a\n  - type: meeting\n    id: a\n    title: x\n",
            9,
            "the section in line 7 has it",
        ),
        (HEAD.replace("58", "0") + ONE, 1, "between 1 and"),
        (HEAD + "issue: 5\n" + ONE, 4, "“issue” is no field of an issue"),
        ("title: {{ reader.name }}\n", 1, "must be in quotes"),
        (HEAD + ONE + "    title: again\n", 7, "“title” is given twice"),
        (HEAD + ONE + "    seats: 5.5\n", 7, "takes a whole number"),
        (HEAD + ONE + "    open: on\n", 7, "takes true or false"),
        (HEAD + ONE + "    photo: {file: ../058/room.png, alt: x}\n", 7, "leads out of the folder"),
    ],
)
def test_an_issue_is_refused_with_one_clear_finding_when_one_thing_is_wrong(load, text, line, message):
    loaded = load(text)

    assert loaded.issue is None
    finding = next(finding for finding in loaded.findings if message in finding.message)
    assert finding.place.line == line
    assert finding.severity is Severity.ERROR
    if text.startswith("number: 58"):
        assert len(loaded.findings) == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((HEAD + ONE).encode("utf-16"), "UTF-16"),
        ((HEAD + ONE).replace("now", "à").encode("latin-1"), "not UTF-8"),
        ((HEAD + ONE).replace("now", "n\x00w").encode(), "control character"),
        ((HEAD + ONE + "    body: !!python/object/apply:os.system [x]\n").encode(), "YAML tag"),
        ((HEAD + ONE + "---\n" + HEAD).encode(), "second document"),
        ((HEAD + ONE + "\tseats: 5\n").encode(), "A tab stands here"),
        ((HEAD + ONE + "    body: " + "[" * 500).encode(), "40 levels"),
        ((HEAD + ONE + "    title: No 59: title\n").encode(), "needs quotes"),
    ],
)
def test_an_issue_is_refused_when_the_file_itself_is_odd(load, data, message):
    loaded = load(data)

    assert loaded.issue is None
    assert any(message in finding.message for finding in loaded.findings)


def test_an_issue_is_read_with_a_warning_when_a_byte_order_mark_leads_it(load):
    loaded = load(codecs.BOM_UTF8 + (HEAD + ONE).encode())

    assert loaded.issue is not None
    (finding,) = loaded.findings
    assert finding.severity is Severity.WARNING


def test_an_issue_is_read_with_a_warning_when_its_folder_says_another_number(load):
    loaded = load((HEAD + ONE).replace("58", "59"))

    (finding,) = loaded.findings
    assert loaded.issue.number == 59
    assert finding.severity is Severity.WARNING
    assert "the folder “058”" in finding.message


def test_a_missing_file_is_a_finding_when_it_is_loaded(root, settings, types):
    loaded = load_issue(root / "issues" / "059" / "issue.yaml", types=types, settings=settings, shown_as="x")

    assert loaded.issue is None
    assert "does not exist" in loaded.findings[0].message


def test_loading_is_quick_when_a_file_is_made_to_be_slow(load):
    section = '  - type: meeting\n    title: x\n    body: "' + "![" * 9_000 + '"\n'
    started = time.monotonic()

    loaded = load(HEAD + "sections:\n" + section * 25)

    assert time.monotonic() - started < 5
    assert loaded.issue is None


PIECES = st.sampled_from(
    """\
number: 58
title: x
date: 2015-11-30
sections:
  - type: meeting
    title: y
    at: 10:30
    links:
      - {label: a, url: https://x.org}
    photo: {file: room.png, alt: x}
    body: |
      {{ reader.name }} <b> [x](y)
    entries: [{title: a}]
[
{
: """.splitlines(keepends=True)
)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=200), st.lists(PIECES, max_size=25).map(lambda lines: "".join(lines).encode())
    )
)
def test_an_issue_or_an_error_with_a_place_is_given_when_the_file_is_random(load, data):
    loaded = load(data)

    assert (loaded.issue is None) == has_errors(loaded.findings)
    for finding in loaded.findings:
        assert finding.place is not None
        assert finding.place.file == "issues/058/issue.yaml"
        assert finding.message
