import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from trax_mailer.fields import Field, Kind, json_schema, read_fields
from trax_mailer.yamltree import read_tree
from yamltree.core_rules import as_editor

GOOD = {
    Kind.TEXT: ["words", "057", "10:30", "NO", "1.10", "true", "2015-12-31", '"x"'],
    Kind.MARKDOWN: ["words", '"# a\\n\\n* b"', "57"],
    Kind.URL: ["https://x.org/a", "mailto:a@x.org", "tel:+4122"],
    Kind.EMAIL: ["a@x.org"],
    Kind.LINK: ["{label: a, url: https://x.org}"],
    Kind.PICTURE: [
        "{file: a.png, alt: x}",
        "{file: a.png, decorative: true, caption: y}",
        "{file: 1, alt: 2}",
    ],
    Kind.DATE: ["2015-12-31", '"2015-12-31"', "2015-1-1"],
    Kind.DATETIME: ["2015-12-31 10:30", "2015-12-31T10:30Z", "2015-12-31 10:30+01:00"],
    Kind.TIME: ["10:30", "9:05", '"00:00"'],
    Kind.DATE_RANGE: ["2015-12-31", "2015-12-15 to 2015-12-17", "{from: 2015-12-15, to: 2015-12-17}"],
    Kind.NUMBER: ["5", "007", '"5"'],
    Kind.BOOLEAN: ["true", "FALSE", '"true"'],
    Kind.CHOICE: ["a", '"b"'],
    Kind.LANGUAGE: ["en", "pt-BR"],
    Kind.COLOUR: ['"#1a2b3c"', '"#fff"'],
    Kind.GROUP: ["{inner: x}"],
    Kind.LIST: ["[a, b]", '[""]', "[1, 2]"],
}
BAD = {
    Kind.TEXT: ["[a]", "{a: b}"],
    Kind.MARKDOWN: ["[a]"],
    Kind.URL: ["x.org", "javascript:x", "5", '"https://a b"', "[https://x.org]"],
    Kind.EMAIL: ["a", "5", '"a b@x.org"'],
    Kind.LINK: ["https://x.org", "{label: a}", "{label: a, url: x}", "{label: a, url: https://x.org, x: y}"],
    Kind.PICTURE: ["a.png", "{alt: x}", "{file: a.png}", "{file: a.png, alt: x, altt: y}"],
    Kind.DATE: ["31.12.2015", "20151231", "5", "2015-12"],
    Kind.DATETIME: ["2015-12-31", "10:30", "2015-12-31 25:00"],
    Kind.TIME: ["25:00", "10", "10.30"],
    Kind.DATE_RANGE: ["15-17 December", "{from: 2015-12-15}", "[2015-12-15]", "2015-12-15 to"],
    Kind.NUMBER: ["x", "5.5", "0", "11", "[5]"],
    Kind.BOOLEAN: ["yes", "1", "on"],
    Kind.CHOICE: ["c", "A", "[a]"],
    Kind.LANGUAGE: ["English", "pt_BR", "5"],
    Kind.COLOUR: ["teal", '"#12345"'],
    Kind.GROUP: ["x", "{}", "{inner: x, outer: y}", "[x]"],
    Kind.LIST: ["a", "[~]", "[[a]]", "{a: b}"],
}


def field_of(kind, *, required=True):
    return Field(
        name="value",
        kind=kind,
        label="A label",
        help="Some help.",
        required=required,
        of=Field(name="value", kind=Kind.TEXT) if kind is Kind.LIST else None,
        fields=(Field(name="inner", kind=Kind.TEXT, required=True),) if kind is Kind.GROUP else (),
        choices=("a", "b") if kind is Kind.CHOICE else (),
        least=1 if kind is Kind.NUMBER else None,
        most=10 if kind is Kind.NUMBER else None,
    )


def verdicts(text, field):
    """What the loader and the schema say of `value: <text>`."""
    tree = read_tree(f"value: {text}\n".encode(), file="f")
    assert tree.findings == ()
    schema = json_schema((field,))
    Draft202012Validator.check_schema(schema)
    return not read_fields(tree.root, (field,)).findings, Draft202012Validator(schema).is_valid(
        as_editor(tree.root)
    )


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in GOOD.items() for text in texts])
def test_schema_and_loader_accept_when_a_value_is_good(kind, text):
    assert verdicts(text, field_of(kind)) == (True, True)


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in BAD.items() for text in texts])
def test_schema_and_loader_refuse_when_a_value_is_bad(kind, text):
    assert verdicts(text, field_of(kind)) == (False, False)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("text", ["", "~", '""', "null"])
def test_schema_and_loader_take_nothing_when_a_field_may_be_left_out(kind, text):
    assert verdicts(text, field_of(kind, required=False)) == (True, True)
    assert verdicts(text, field_of(kind, required=True)) == (False, False)


def test_every_kind_is_tried_when_kinds_are_added():
    assert set(GOOD) == set(BAD) == set(Kind)


def test_schema_describes_when_fields_have_help():
    schema = json_schema((field_of(Kind.TEXT),), title="A thing", description="What it is.")

    assert (schema["title"], schema["description"]) == ("A thing", "What it is.")
    assert schema["properties"]["value"]["description"] == "Some help."
    assert schema["properties"]["value"]["title"] == "A label"
    assert json.loads(json.dumps(schema)) == schema


PIECES = st.text(st.sampled_from("0123456789-:.ToZ +/aex#@~\"'"), max_size=16)


@given(st.sampled_from([kind for kind in Kind if kind not in {Kind.GROUP, Kind.LIST}]), PIECES)
def test_schema_accepts_when_the_loader_does(kind, words):
    """The schema is never stricter than the loader: an editor marks nothing that would be taken."""
    tree = read_tree(json.dumps({"value": words}).encode(), file="f")
    field = field_of(kind)
    if not read_fields(tree.root, (field,)).findings:
        assert Draft202012Validator(json_schema((field,))).is_valid(as_editor(tree.root))
