from zoneinfo import ZoneInfo

import pytest

from trax_mailer.audience.segments import (
    count_segment,
    load_segment,
    segment_names,
    segment_schema,
    unknown_words,
)
from trax_mailer.errors import BadFile
from trax_mailer.model.finding import Severity
from trax_mailer.storage.tags import change_tags

ZONE = ZoneInfo("Europe/Zurich")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "subscribers"
    folder.mkdir()
    return folder


@pytest.fixture
def write(folder):
    def write_files(**wheres):
        for name, where in wheres.items():
            (folder / f"{name}.yaml").write_text(f"title: Some\nwhere: {where}\n", encoding="utf-8")
        return folder

    return write_files


def _places(loaded):
    return [(one.place.file, one.place.line, one.place.column) for one in loaded.findings]


def test_segment_is_read_when_its_file_is_right(write):
    loaded = load_segment(write(a="role is Diplomat"), "a", zone=ZONE)
    assert (loaded.name, loaded.title, loaded.where) == ("a", "Some", "role is Diplomat")
    assert (loaded.text, loaded.findings) == ('role is "diplomat"', ())


@pytest.mark.parametrize(
    ("where", "line", "column"),
    [
        ("tag is x and language is French", 2, 33),
        ("'tag is ''x'' and language is French'", 2, 38),
        ('"tag is \\"x\\" and language is French"', 2, 38),
        ("|\n  tag is x and\n    language is French", 4, 17),
        (">-\n  tag is x\n\n  and\n  language is French", 6, 15),
        ("tag is x\n  and\n  language is French", 4, 15),
        ('"tag is x\n  and language is\n  French"', 4, 3),
        ("name is French and\n  language is French", 3, 15),
    ],
)
def test_problem_stands_at_its_word_when_the_rule_is_written_in_any_style(write, where, line, column):
    loaded = load_segment(write(a=where), "a", zone=ZONE)
    assert loaded.rule is None
    assert _places(loaded) == [("subscribers/a.yaml", line, column)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "“title” is missing"),
        ("title: x\n", "“where” is missing"),
        ("title: x\nwhere:\n", "“where” is empty"),
        ("title: x\nwhere: [a, b]\n", "not a list"),
        ("title: x\nwhere: {a: b}\n", "not a list or a group"),
        ("titel: x\nwhere: tag is x\n", "Did you mean “title”?"),
        ("title: x\nwhere: tag is a #1\n", "what follows is a comment"),
        ("title: x\nwhere: tag is x\nwhere: tag is y\n", "given twice"),
        ('title: x\nwhere: "a b" is x\n', "quotes end before"),
        ("- a\n", "a list stands here"),
    ],
)
def test_file_is_refused_with_advice_when_it_is_no_segment(folder, content, said):
    (folder / "a.yaml").write_text(content, encoding="utf-8")
    loaded = load_segment(folder, "a", zone=ZONE)
    assert loaded.rule is None
    assert any(said in f"{one.message} {one.advice}" for one in loaded.findings), loaded.findings


def test_segments_are_put_in_when_one_names_others(write):
    folder = write(a="segment b and not segment C", b="tag is x or tag is y", c="segment d", d="role is z")
    loaded = load_segment(folder, "A", zone=ZONE)
    assert loaded.text == '(tag is "x" or tag is "y") and not role is "z"'


def test_circle_is_refused_where_it_closes_when_segments_name_each_other(write):
    loaded = load_segment(write(a="segment b", b="tag is x or segment a"), "a", zone=ZONE)
    assert "a → b → a" in loaded.findings[0].message
    assert _places(loaded) == [("subscribers/b.yaml", 2, 28)]


def test_every_file_says_what_is_wrong_when_a_segment_names_broken_ones(write):
    loaded = load_segment(
        write(a="segment b and segment donor", b="tag iz x", donors="tag is x"), "a", zone=ZONE
    )
    assert _places(loaded) == [
        ("subscribers/a.yaml", 2, 16),
        ("subscribers/a.yaml", 2, 30),
        ("subscribers/b.yaml", 2, 8),
    ]
    assert "Did you mean “donors”?" in loaded.findings[1].advice


def test_segment_is_refused_quickly_when_it_grows_without_end(write):
    doubled = {f"s{number}": f"segment s{number + 1} or segment s{number + 1}" for number in range(60)}
    loaded = load_segment(write(**doubled, s60="tag is x"), "s0", zone=ZONE)
    assert loaded.rule is None
    assert "too many conditions" in loaded.findings[0].message


def test_segment_is_refused_when_it_goes_too_deep(write):
    nested = {f"s{number}": f"not (tag is y or not segment s{number + 1})" for number in range(30)}
    loaded = load_segment(write(**nested, s30="tag is x"), "s0", zone=ZONE)
    assert (loaded.rule, loaded.text) == (None, "")


def test_nearest_name_is_offered_when_there_is_no_such_segment(write, folder):
    with pytest.raises(BadFile, match="Did you mean “donors”"):
        load_segment(write(donors="tag is x"), "doners", zone=ZONE)
    (folder / "b.yml").touch()
    with pytest.raises(BadFile, match=r"call it b\.yaml"):
        load_segment(folder, "b", zone=ZONE)
    with pytest.raises(BadFile):
        load_segment(folder, "../donors", zone=ZONE)


def test_hidden_files_and_a_missing_folder_are_no_segments(write, tmp_path):
    folder = write(b="x", a="x", **{".#c": "x"})
    assert segment_names(folder) == ["a", "b"]
    assert segment_names(tmp_path / "nowhere") == []


READERS = "email,Role,country,Membership Type\na@x.org,Diplomat,CH,gold\nb@x.org,,FR,\nc@x.org,Clerk,,\n"


def test_field_that_no_reader_has_is_an_error_when_compared_with_the_ledger(ledger, bring, write):
    bring(READERS)
    folder = write(
        a="role is x and membership_type is gold", b="not membership tipe is gold", c="organisation is x"
    )
    assert unknown_words(ledger, load_segment(folder, "a", zone=ZONE)) == ()
    [wrong] = unknown_words(ledger, load_segment(folder, "b", zone=ZONE))
    assert (wrong.severity, wrong.place.column) == (Severity.ERROR, 12)
    assert wrong.advice == "Did you mean “membership type”?"
    [empty] = unknown_words(ledger, load_segment(folder, "c", zone=ZONE))
    assert empty.severity is Severity.WARNING


def test_tag_that_no_reader_has_is_a_warning_when_compared_with_the_ledger(ledger, bring, write):
    bring(READERS)
    with ledger.write() as connection:
        change_tags(connection, 1, add=["Press"], remove=())
    folder = write(a="not tag in [pres, PRESS]")
    [unused] = unknown_words(ledger, load_segment(folder, "a", zone=ZONE))
    assert (unused.severity, unused.advice) == (Severity.WARNING, "Did you mean “press”?")


def test_readers_are_counted_list_by_list_when_asked(ledger, bring, write):
    bring(READERS, list_name="one")
    bring("email\na@x.org\n", list_name="two")
    rule = load_segment(write(a="role is diplomat or country is FR"), "a", zone=ZONE).rule
    counts = count_segment(ledger, rule)
    assert [(one.list_name, one.to_mail, one.on_list) for one in counts] == [("one", 2, 3), ("two", 1, 1)]
    assert [one.list_name for one in count_segment(ledger, rule, list_name="two")] == ["two"]


def test_schema_takes_a_title_and_a_rule_and_nothing_else():
    schema = segment_schema()
    assert set(schema["properties"]) == set(schema["required"]) == {"title", "where"}
    assert schema["additionalProperties"] is False
