import json

import pytest

TOPICS = """\
  topics:
    - {name: jobs, title: Jobs, sections: [job]}
    - {name: trainings, title: Trainings, sections: [training]}
    - {name: sport, title: Sport}
"""


@pytest.fixture
def place(place):
    """With these topics in trax.yaml, in the place of its own, and nothing of sport in the issue."""
    file = place.folder / "trax.yaml"
    before = file.read_text(encoding="utf-8")
    head, _, rest = before.partition("  pictures: hosted\n")
    file.write_text(f"{head}  pictures: hosted\n{TOPICS}{rest[rest.index('sender:') :]}", encoding="utf-8")
    return place


def topics(place, *words):
    return place.trax("subscribers", "topics", *words, "--list", "main")


def test_choice_is_shown_when_it_was_made(place):
    assert "wants everything from “main”." in topics(place, "ana@example.org").stdout
    made = topics(place, "ana@example.org", "trainings, jobs")
    assert "wants Jobs (jobs), Trainings (trainings) from “main” from now on." in made.stdout.replace(
        "\n", " "
    )
    shown = place.json("subscribers", "topics", "ana@example.org", "--list", "main")
    assert shown == {"list": "main", "topics": ["jobs", "trainings"], "changed": False}
    assert "everything" in topics(place, "ana@example.org", "--everything").stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["ana@example.org", "job"], 2, "Did you mean “jobs”?"),
        (["nobody@example.org", "jobs"], 3, "never on the list"),
        (["ana@example.org", " , "], 2, "No topic is named"),
        (["ana@example.org", "jobs", "--everything"], 2, "or say --everything"),
    ],
)
def test_choice_is_refused_when_it_cannot_be_meant(place, words, code, said):
    result = topics(place, *words)
    assert result.exit_code == code
    assert said in result.output + result.refused


def test_who_gets_what_is_counted_when_it_is_planned_and_sent(place):
    place.subscribe(*(f"reader{number}@example.org" for number in range(5)))
    for address, chosen in (("ana", "jobs"), ("ben", "sport"), ("reader0", "jobs,sport")):
        topics(place, f"{address}@example.org", chosen)
    plan = place.json("send", "58", "--list", "main", "--dry-run")
    assert (plan["audience"], plan["empty_for"]) == (7, 1)
    assert plan["variants"] == [{"topics": [], "readers": 5}, {"topics": ["jobs"], "readers": 2}]
    said = place.trax("send", "58", "--list", "main", "--dry-run").stdout
    assert "everything: 5 readers" in said
    assert "Jobs: 2 readers" in said
    assert "nothing in it is among the topics they chose: 1 reader more, skipped" in said
    sent = place.trax("send", "58", "--list", "main", "--yes").stdout
    assert "7 accepted + 1 skipped + 0 failed + 0 uncertain = 8 = audience of 8" in sent
    assert "ben@example.org (nothing in this issue is among the topics they chose)" in sent.replace("\n", " ")
    assert len(list((place.state / "outbox").rglob("*.eml"))) == 7


def test_plan_says_nothing_of_topics_when_nobody_chose(place):
    assert "topics" not in place.trax("send", "58", "--list", "main", "--dry-run").stdout
    assert place.json("send", "58", "--list", "main", "--dry-run")["variants"] == []


def test_send_is_refused_when_everybody_would_be_skipped(place):
    for name in ("ana", "ben", "cleo"):
        topics(place, f"{name}@example.org", "sport")
    result = place.trax("send", "58", "--list", "main", "--yes")
    assert result.exit_code == 3
    assert "among the topics that the readers of “main” chose" in result.refused


def test_files_hold_what_such_a_reader_gets_when_topics_are_named(place, tmp_path):
    whole = place.trax("render", "58", "-o", str(tmp_path))
    made = place.trax("render", "58", "-o", str(tmp_path), "--topics", "jobs")
    assert (whole.exit_code, made.exit_code) == (0, 0)
    text = (tmp_path / "058-jobs.txt").read_text(encoding="utf-8")
    assert "Come and work at UPR Info" in text
    assert "The UPR explained" not in text
    assert "The UPR explained" in (tmp_path / "058.txt").read_text(encoding="utf-8")
    refused = place.trax("render", "58", "-o", str(tmp_path), "--topics", "sport")
    assert refused.exit_code == 3
    assert "belong to jobs, trainings" in refused.refused
    assert place.trax("render", "58", "-o", str(tmp_path), "--topics", "").exit_code == 2


def test_types_that_do_not_exist_are_reported_when_topics_name_them(place):
    place.change("sections: [job]", "sections: [jop]")
    result = place.trax("check", "58")
    assert result.exit_code == 2
    assert "trax.yaml cannot be used" in result.refused


def test_schema_knows_the_topics_when_there_are_some(place):
    schema = json.loads(place.trax("schema").stdout)
    assert schema["$defs"]["job"]["properties"]["topics"]["anyOf"][0]["items"]["enum"] == [
        "jobs", "trainings", "sport",
    ]  # fmt: skip
    assert "topics" not in schema["$defs"]["band"]["properties"]
