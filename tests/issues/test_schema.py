import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from trax_mailer.issues import issue_schema, load_issue
from trax_mailer.sections import load_section_types
from trax_mailer.settings import load_settings
from trax_mailer.yamltree import read_tree_from
from yamltree.core_rules import as_editor

REPOSITORY = Path(__file__).parents[2]

HEAD = {"number": 58, "title": "What now?", "date": "2015-11-30"}


@pytest.fixture
def validator(types):
    schema = issue_schema(types)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(json.loads(json.dumps(schema)))


def issue(*sections, **head):
    return {**HEAD, "sections": list(sections), **head}


MEETING = {
    "type": "meeting",
    "id": "pre-sessions",
    "title": 57,
    "when": {"from": "2015-12-15", "to": "2015-12-17"},
    "at": "10:30",
    "photo": {"file": "room.png", "alt": "Room XX"},
    "links": [{"label": "More", "url": "https://x.org"}],
    "entries": [{"title": "on", "on": "2015-12-15"}],
}


@pytest.mark.parametrize(
    "data",
    [
        issue(MEETING),
        issue(MEETING, {"type": "lead", "body": "Words"}, MEETING),
        issue({"type": "meeting", "title": "x", "body": None}, language="en", preheader=""),
    ],
)
def test_schema_accepts_when_the_issue_is_right(validator, data):
    assert [error.message for error in validator.iter_errors(data)] == []


@pytest.mark.parametrize(
    "data",
    [
        {},
        HEAD,
        [],
        issue(),
        issue("meeting"),
        issue({"title": "x"}),
        issue({"type": "meetings", "title": "x"}),
        issue({"type": "meeting"}),
        issue({**MEETING, "titel": "x"}),
        issue({**MEETING, "at": "25:00"}),
        issue({**MEETING, "id": "a b"}),
        issue({**MEETING, "links": [{"label": "More", "url": "javascript:x"}]}),
        issue({**MEETING, "photo": {"file": "room.png"}}),
        issue({**MEETING, "entries": [{"on": "2015-12-15"}]}),
        issue(MEETING, number="x"),
        issue(MEETING, date="30.11.2015"),
        issue(MEETING, titel="x"),
    ],
)
def test_schema_refuses_when_the_issue_is_broken(validator, data):
    assert not validator.is_valid(data)


def test_editors_can_complete_when_they_read_the_schema(types):
    schema = issue_schema(types)

    type_ = schema["properties"]["sections"]["items"]["properties"]["type"]
    assert "meeting" in type_["enum"]
    assert len(type_["enumDescriptions"]) == len(type_["enum"])
    assert schema["$defs"]["meeting"]["properties"]["title"]["description"] == "What it is called."
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.fixture
def real():
    """Issue 58 as an editor sees it, and the schema of this workspace."""
    file = REPOSITORY / "issues" / "058" / "issue.yaml"
    types = load_section_types(REPOSITORY / "templates" / "email")
    settings = load_settings(REPOSITORY, environ={}, state=Path("/nowhere"))
    assert load_issue(file, types=types, settings=settings).issue is not None
    return as_editor(read_tree_from(file).root), Draft202012Validator(issue_schema(types))


def test_schema_accepts_when_the_issue_is_a_real_one(real):
    data, validator = real

    assert [error.message for error in validator.iter_errors(data)] == []


def test_schema_and_loader_refuse_when_a_field_of_a_real_issue_is_misspelt(real, tmp_path):
    data, validator = real
    types = load_section_types(REPOSITORY / "templates" / "email")
    settings = load_settings(REPOSITORY, environ={}, state=Path("/nowhere"))
    for index, section in enumerate(data["sections"]):
        for name in section:
            broken = {("x" + key if key == name else key): value for key, value in section.items()}
            issue = {**data, "sections": [*data["sections"][:index], broken, *data["sections"][index + 1 :]]}
            file = tmp_path / "issue.yaml"
            file.write_text(json.dumps(issue), encoding="utf-8")

            assert not validator.is_valid(issue), (index, name)
            loaded = load_issue(file, types=types, settings=settings)
            messages = [finding.message for finding in loaded.findings]
            assert any(f"“x{name}”" in message or "which type" in message for message in messages), (
                index,
                name,
            )
