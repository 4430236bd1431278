import json

import pytest
from jsonschema import Draft202012Validator

from trax_mailer.errors import BadWorkspace
from trax_mailer.settings import Topic, load_settings, settings_schema, stray_sections

HEAD = "organisation: {name: UPR Info}\nnewsletter:\n  name: UPR Trax\n  list_id: upr-trax.upr-info.org\n"
GOOD = """\
  topics:
    - name: jobs
      title: Jobs
      titles: {fr: Emplois, pt-br: Vagas}
      sections: [job, working_group]
    - {name: africa, title: Africa}
"""


@pytest.fixture
def load(tmp_path):
    def load_text(text):
        (tmp_path / "trax.yaml").write_text(HEAD + text, encoding="utf-8")
        return load_settings(tmp_path, environ={})

    return load_text


@pytest.fixture
def findings(load):
    """What is said about a trax.yaml with these topics, as (line, column, message, advice)."""

    def found(text):
        with pytest.raises(BadWorkspace) as refused:
            load(text)
        return [(one.place.line, one.place.column, one.message, one.advice) for one in refused.value.findings]

    return found


def test_topics_are_read_when_trax_yaml_declares_them(load):
    jobs, africa = load(GOOD).topics
    assert (jobs.name, jobs.title, jobs.sections) == ("jobs", "Jobs", ("job", "working_group"))
    assert dict(jobs.titles) == {"fr": "Emplois", "pt-BR": "Vagas"}
    assert africa == Topic(name="africa", title="Africa")
    assert load("").topics == ()


@pytest.mark.parametrize(
    ("language", "title"),
    [("fr", "Emplois"), ("fr-CH", "Emplois"), ("pt-BR", "Vagas"), ("pt", "Jobs"), ("", "Jobs")],
)
def test_title_is_in_the_readers_language_when_there_is_one(load, language, title):
    assert load(GOOD).topics[0].title_in(language) == title


@pytest.mark.parametrize(
    ("topics", "line", "column", "message", "advice"),
    [
        ("    - {name: Jobs, title: x}", 6, 14, "“Jobs” cannot be the name of a topic", "small letters"),
        ("    - {name: a, title: x}\n    - {name: a, title: y}", 7, 14, "There are two topics “a”", "own"),
        ("    - {name: a}", 6, 7, "“title” is missing", "readers see"),
        ("    - {name: a, titel: x}", 6, 17, "“titel” is no field", "“title”"),
        ("    - {name: a, title: x, sections: job}", 6, 37, "takes a list", "“- ”"),
        ("    - {name: a, title: x, sections: [band]}", 6, 38, "A band belongs to no topic", "below it"),
        ("    - {name: a, title: x, titles: {french: y}}", 6, 36, "“french” is not known", "“fr”"),
        ("    - {name: a, title: x, titles: Emplois}", 6, 35, "takes values by language", "{fr: …"),
        ("    - jobs", 6, 7, "takes fields of its own", "name: …"),
    ],
)
def test_place_and_advice_are_given_when_a_topic_is_wrong(findings, topics, line, column, message, advice):
    [first] = findings(f"  topics:\n{topics}\n")
    assert first[:2] == (line, column)
    assert message in first[2]
    assert advice in first[3]


def test_unknown_section_types_are_found_at_their_place(load, tmp_path):
    topics = load(GOOD).topics
    assert stray_sections(tmp_path, topics, known={"job", "working_group"}) == ()
    [finding] = stray_sections(tmp_path, topics, known={"job", "working_groups"})
    assert str(finding.place) == "trax.yaml:9:23"
    assert "“working_group” is no section type" in finding.message
    assert "Did you mean “working_groups”?" in finding.advice


def test_schema_takes_topics_as_the_reader_does():
    schema = Draft202012Validator(settings_schema())
    base = {"organisation": {"name": "x"}, "newsletter": {"name": "x", "list_id": "a.b"}}

    def errors(topics):
        return list(schema.iter_errors(base | {"newsletter": base["newsletter"] | {"topics": topics}}))

    good = [{"name": "jobs", "title": "Jobs", "titles": {"fr": "Emplois"}, "sections": ["job"]}]
    assert errors(good) == []
    assert errors([{"name": "jobs"}])
    assert errors([{**good[0], "titles": {"french!": "x"}}])
    assert errors([{**good[0], "colour": "red"}])
    assert json.dumps(settings_schema())
