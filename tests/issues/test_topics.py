import dataclasses

import pytest
from jsonschema import Draft202012Validator

from trax_mailer.issues import issue_schema
from trax_mailer.settings import Topic

HEAD = "number: 58\ntitle: What now?\ndate: 2015-11-30\nsections:\n"
TOPICS = (
    Topic(name="meetings", title="Meetings", sections=("meeting",)),
    Topic(name="africa", title="Africa"),
)


@pytest.fixture
def settings(settings):
    return dataclasses.replace(settings, topics=TOPICS)


def test_section_belongs_to_the_topics_of_its_type_and_to_its_own(load):
    loaded = load(
        HEAD
        + "  - {type: meeting, title: One}\n"
        + "  - {type: meeting, title: Two, topics: [africa]}\n"
        + "  - {type: article, title: Three, topics: [africa, africa]}\n"
        + "  - {type: article, title: Four, topics: }\n"
    )
    assert loaded.findings == ()
    assert [section.topics for section in loaded.issue.sections] == [
        ("meetings",), ("africa", "meetings"), ("africa",), (),
    ]  # fmt: skip
    assert all("topics" not in section.values for section in loaded.issue.sections)


@pytest.mark.parametrize(
    ("section", "column", "message", "advice"),
    [
        ("{type: meeting, title: x, topics: [afrika]}", 40, "“afrika” is none of them", "“africa”"),
        ("{type: meeting, title: x, topics: africa}", 39, "takes a list", "“- ”"),
        ("{type: band, title: x, topics: [africa]}", 28, "A band belongs to no topic", "in those sections"),
        ("{type: meeting, title: x, topic: [africa]}", 31, "“topic” is no field", "“topics”"),
    ],
)
def test_place_and_advice_are_given_when_topics_are_wrong(load, section, column, message, advice):
    loaded = load(f"{HEAD}  - {section}\n")
    [finding] = loaded.findings
    assert loaded.issue is None
    assert (finding.place.line, finding.place.column) == (5, column)
    assert message in finding.message
    assert advice in finding.advice


def test_declaring_topics_is_advised_when_trax_yaml_has_none(load, settings):
    from trax_mailer.issues import load_issue
    from trax_mailer.sections import load_section_types

    load(HEAD + "  - {type: meeting, title: x, topics: [africa]}\n")
    file = settings.root / "issues" / "058" / "issue.yaml"
    types = load_section_types(settings.root / "templates" / "email")
    [finding] = load_issue(file, types=types, settings=dataclasses.replace(settings, topics=())).findings
    assert "trax.yaml declares none" in finding.message


def test_schema_takes_topics_as_the_loader_does(types):
    def errors(topics, *sections):
        schema = Draft202012Validator(issue_schema(types, topics=topics))
        head = {"number": 1, "title": "x", "date": "2026-01-01"}
        return list(schema.iter_errors(head | {"sections": list(sections)}))

    section = {"type": "meeting", "title": "x"}
    assert errors(TOPICS, section, section | {"topics": ["africa"]}) == []
    assert errors(TOPICS, section | {"topics": ["afrika"]})
    assert errors(TOPICS, {"type": "band", "title": "x", "topics": ["africa"]})
    assert errors((), section | {"topics": ["africa"]})
