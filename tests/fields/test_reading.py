import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trax_mailer.fields import Field, Kind, read_fields
from trax_mailer.fields.collecting import MAX_FINDINGS
from trax_mailer.model.finding import Severity
from trax_mailer.model.values import Group, Link, Text, Url
from trax_mailer.yamltree import read_tree

LINKS = Field(name="links", kind=Kind.LIST, of=Field(name="links", kind=Kind.LINK))
ENTRIES = Field(
    name="entries",
    kind=Kind.LIST,
    of=Field(
        name="entries",
        kind=Kind.GROUP,
        fields=(
            Field(name="title", kind=Kind.TEXT, required=True),
            Field(name="date", kind=Kind.DATE),
            LINKS,
        ),
    ),
)
TITLE = Field(name="title", kind=Kind.TEXT, required=True, help="The title readers see.")
DEADLINE = Field(name="deadline", kind=Kind.DATE)
FIELDS = (TITLE, DEADLINE, LINKS, ENTRIES)


def read(text, fields=FIELDS, **more):
    tree = read_tree(text.encode(), file="f")
    assert tree.findings == ()
    return read_fields(tree.root, fields, **more)


def test_every_field_has_a_value_when_only_some_are_written():
    reading = read("title: Hello\n")

    assert reading.findings == ()
    assert dict(reading.group.values) == {
        "title": Text("Hello"),
        "deadline": None,
        "links": None,
        "entries": None,
    }


def test_values_nest_when_lists_hold_groups():
    one = "  - title: One\n    links:\n      - {label: More, url: https://x.org}\n"

    reading = read(f"title: x\nentries:\n{one}  - {{title: Two}}\n")

    assert reading.findings == ()
    first, second = reading.group["entries"]
    assert isinstance(first, Group)
    assert first["links"] == (Link(label="More", url=Url("https://x.org")),)
    assert (second["title"], second["links"]) == (Text("Two"), None)


def test_each_value_has_its_place_when_it_is_nested():
    reading = read(
        "title: x\nentries:\n  - title: One\n    links:\n      - {label: More, url: https://x.org}\n"
    )

    places = {path: (place.line, place.column) for path, place in reading.places.items()}
    assert places == {
        "title": (1, 8),
        "entries": (3, 3),
        "entries.0": (3, 5),
        "entries.0.title": (3, 12),
        "entries.0.links": (5, 7),
        "entries.0.links.0": (5, 9),
        "entries.0.links.0.label": (5, 17),
        "entries.0.links.0.url": (5, 28),
    }


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "advice"),
    [
        ("titel: x\ntitle: y\n", 1, 1, "“titel” is no field of a job section.", "Did you mean “title”?"),
        ("title: y\ndeadlin: 2015-12-31\n", 2, 1, "“deadlin” is no field", "Did you mean “deadline”?"),
        ("title: y\nDeadline: 2015-12-31\n", 2, 1, "“Deadline” is no field", "Did you mean “deadline”?"),
        (
            "deadline: 2015-12-31\n",
            1,
            1,
            "“title” is missing: a job section needs one.",
            "The title readers see.",
        ),
        ("title:\n", 1, 1, "“title” is empty and must be filled in.", "The title readers see."),
        ('title: "  "\n', 1, 1, "“title” is empty and must be filled in.", ""),
        ("title: #58\n", 1, 1, "everything after “#” is a comment", "quotes"),
        (
            "title: y\nlinks: https://x.org\n",
            2,
            8,
            "“links” takes a list; “https://x.org” stands here.",
            "“- ”",
        ),
        ("title: y\nlinks: {label: a, url: b}\n", 2, 8, "“links” takes a list; a group of fields", ""),
        (
            "title: y\nlinks: [https://x.org]\n",
            2,
            9,
            "Entry 1 of “links” takes a label and a url",
            "{label: Read more",
        ),
        ("title: y\nlinks:\n  -\n", 3, 4, "Entry 1 of “links” is empty.", "delete the line"),
        (
            "title: y\nentries: [{title: a}, 5]\n",
            2,
            23,
            "Entry 2 of “entries” takes fields of its own",
            "“title: …”",
        ),
        (
            "title: y\nentries: [{date: 2015-01-01}]\n",
            2,
            11,
            "“title” is missing: entry 1 of “entries” needs",
            "",
        ),
        (
            "title: y\nentries: [{title: a, date: x}]\n",
            2,
            28,
            "“date” in entry 1 of “entries” takes a date",
            "",
        ),
        ("- title\n", 1, 1, "a job section takes fields of its own", "“title: …”"),
        ("just words\n", 1, 1, "a job section takes fields of its own", ""),
    ],
)
def test_a_finding_says_what_was_expected_when_the_shape_is_wrong(text, line, column, message, advice):
    reading = read(text, whose="a job section")

    (finding,) = reading.findings
    assert (finding.place.line, finding.place.column) == (line, column)
    assert message.casefold() in finding.message.casefold()
    assert advice in finding.advice
    assert finding.excerpt == text.split("\n")[line - 1]
    assert finding.severity is Severity.ERROR


def test_a_comment_that_cuts_a_title_is_a_warning_when_no_blank_follows_it():
    reading = read("title: Issue #58\n")

    (finding,) = reading.findings
    assert finding.severity is Severity.WARNING
    assert "ends before “#”" in finding.message
    assert reading.group["title"] == Text("Issue")


@pytest.mark.parametrize("text", ["title: Issue # a note\n", 'title: "Issue #58"\n', "title: C#7\n"])
def test_a_comment_is_none_of_our_business_when_it_is_one(text):
    assert read(text).findings == ()


def test_cells_stay_in_place_when_some_are_empty_in_quotes():
    row = Field(name="row", kind=Kind.LIST, of=Field(name="row", kind=Kind.TEXT))

    assert read('row: [Belgium, "", 3]\n', (row,)).group["row"] == (Text("Belgium"), Text(""), Text("3"))
    assert [finding.message for finding in read("row: [a, ~]\n", (row,)).findings] == [
        "Entry 2 of “row” is empty."
    ]


def test_entries_are_counted_by_list_when_lists_stand_in_lists():
    rows = Field(
        name="rows", kind=Kind.LIST, of=Field(name="r", kind=Kind.LIST, of=Field(name="c", kind=Kind.NUMBER))
    )

    (finding,) = read("rows: [[1], [2, x]]\n", (rows,)).findings

    assert finding.message.startswith("Entry 2.2 of “rows” takes a whole number")


def test_a_required_list_is_refused_when_it_is_empty():
    field = Field(name="links", kind=Kind.LIST, required=True, of=Field(name="links", kind=Kind.TEXT))

    assert "is an empty list" in read("links: []\n", (field,)).findings[0].message


def test_findings_stand_in_the_order_of_the_file_when_there_are_many():
    reading = read("x: 1\nlinks: 5\ny: 2\ndeadline: z\n")

    lines = [finding.place.line for finding in reading.findings]
    assert lines == sorted(lines)
    assert len(lines) == 5


def test_reading_is_quick_and_short_when_a_file_is_nothing_but_mistakes():
    text = "".join(f"titel{number}: x\n" for number in range(20_000))
    started = time.monotonic()

    reading = read(text)

    assert time.monotonic() - started < 5
    assert len(reading.findings) == MAX_FINDINGS + 1
    assert "there are more" in reading.findings[-1].message
    assert reading.findings[-1].severity is Severity.ERROR


def test_what_was_not_looked_at_never_passes_when_warnings_fill_the_list():
    words = Field(name="words", kind=Kind.LIST, of=Field(name="words", kind=Kind.TEXT))
    last = Field(name="last", kind=Kind.TEXT)

    reading = read("words:\n" + "  - a #b\n" * MAX_FINDINGS + "last: x\n", (words, last))

    assert reading.group["last"] is None
    assert [finding.severity for finding in reading.findings[-2:]] == [Severity.WARNING, Severity.ERROR]


def test_names_read_by_others_are_no_mistake_when_they_are_skipped():
    assert read("type: job\ntitle: x\n", skip=("type",)).findings == ()
    assert read("typ: job\ntitle: x\n", skip=("type",)).findings[0].advice == "Did you mean “type”?"


def test_nothing_is_said_when_there_is_no_node():
    reading = read_fields(None, FIELDS)

    assert reading.findings == ()
    assert set(reading.group) == {"title", "deadline", "links", "entries"}


ALL_KINDS = tuple(
    Field(
        name=kind.value,
        kind=kind,
        choices=("a", "b") if kind is Kind.CHOICE else (),
        of=Field(name="item", kind=Kind.TEXT) if kind is Kind.LIST else None,
        fields=(TITLE,) if kind is Kind.GROUP else (),
    )
    for kind in Kind
)
LEAVES = st.one_of(
    st.text(max_size=12), st.sampled_from(["057", "10:30", "true", "~", "https://x.org", "{{ x }}", "<b>"])
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["file", "alt", "label", "url", "from", "to", "title", "zz"]), inner, max_size=3
        ),
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([kind.value for kind in Kind]), VALUES))
def test_reading_never_fails_and_every_finding_has_a_place_when_values_are_random(data):
    import json

    tree = read_tree(json.dumps(data).encode(), file="f")

    for finding in read_fields(tree.root, ALL_KINDS).findings:
        assert finding.place is not None
        assert 1 <= finding.place.line <= len(tree.lines)
        assert finding.message[0] == "“" or finding.message[0].isupper()
