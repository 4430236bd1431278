import json

import pytest


@pytest.fixture
def written(place):
    """Two segments in the workspace, one of them broken."""
    folder = place.folder / "subscribers"
    folder.mkdir()
    (folder / "a.yaml").write_text("title: The a\nwhere: email starts with a\n", encoding="utf-8")
    (folder / "broken.yaml").write_text("title: B\nwhere: tag iz x or\n", encoding="utf-8")
    return place


def test_segments_are_listed_shown_and_counted_when_asked(written):
    listed = written.trax("segments", "list")
    assert "The a" in listed.output
    assert "cannot be used: trax segments check broken" in listed.output
    [a, broken] = written.json("segments", "list")
    assert (a["rule"], broken["rule"]) == ('email starts with "a"', None)
    [numbers] = written.json("segments", "show", "a")["lists"]
    assert numbers == {"list": "main", "to_mail": 1, "suppressed": 0, "on_list": 3}
    counted = written.trax("segments", "count", "a", "--list", "main")
    assert counted.exit_code == 0
    assert "main" in counted.output


def test_every_problem_is_printed_with_its_place_when_a_segment_is_broken(written):
    result = written.trax("segments", "check")
    assert result.exit_code == 2
    assert "subscribers/broken.yaml:2:8: error" in result.output
    assert "subscribers/broken.yaml:2:17: error" in result.output
    assert "✓ subscribers/a.yaml" in result.output
    assert written.trax("segments", "check", "a").exit_code == 0
    for words in (["show", "broken"], ["count", "broken"]):
        result = written.trax("segments", *words)
        assert result.exit_code == 2
        assert "Not counted" in result.output
    result = written.trax("segments", "check", "broken", "--json")
    assert [one["ok"] for one in json.loads(result.stdout)] == [False]


def test_mail_goes_to_the_segment_when_sent_to_one(written):
    plan = written.json("send", "58", "--list", "main", "--segment", "a", "--dry-run")
    assert (plan["segment"], plan["segment_rule"], plan["audience"]) == ("a", 'email starts with "a"', 1)
    sent = written.trax("send", "58", "--list", "main", "--segment", "a", "--yes")
    assert "to “main”, segment “a” through folder, done" in sent.output
    assert 'The segment means: email starts with "a"' in written.trax("status", "1").output
    assert "main, segment a" in written.trax("status").output
    [mailing] = written.json("status")
    assert (mailing["list"], mailing["segment"], mailing["audience"]) == ("main", "a", 1)


@pytest.mark.parametrize(
    "words", [["--list", "main", "--segment", " "], ["--test", "a@x.org", "--segment", "a"]]
)
def test_send_is_refused_when_the_segment_makes_no_sense(written, words):
    result = written.trax("send", "58", *words)
    assert result.exit_code == 2
    assert "--segment" in result.output


def test_schema_of_a_segment_is_printed_when_asked(place):
    assert json.loads(place.trax("schema", "--segments").stdout)["required"] == ["title", "where"]
    assert place.trax("schema", "--segments", "--settings").exit_code == 2


def test_words_say_what_to_do_when_there_is_no_segment(place):
    for command in ("list", "check"):
        assert "subscribers/NAME.yaml" in place.trax("segments", command).output
