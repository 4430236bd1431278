import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trax_mailer.model.segments import (
    MOST_CONDITIONS,
    AllOf,
    Not,
    OtherSegment,
    Since,
    parse_rule,
    stored_rule,
    write_rule,
)
from trax_mailer.model.segments.words import COMPARISONS, INSTEAD

MEANT = [
    (
        "role is diplomat and language is fr and not tag is press",
        'role is "diplomat" and language is "fr" and not tag is "press"',
    ),
    ("ROLE IS Diplomat", 'role is "diplomat"'),
    ("country in [CH, FR,]", 'country in ["ch", "fr"]'),
    ("country is not in [CH] or country not in [FR]", 'not country is "ch" or not country is "fr"'),
    ("country in [Trinidad and Tobago, 'Q, R']", 'country in ["trinidad and tobago", "q, r"]'),
    ("organisation contains human rights", 'organisation contains "human rights"'),
    ("organization is “Maison” or name is «a b»", 'organisation is "maison" or name is "a b"'),
    ("domain is un.org", 'email domain is "un.org"'),
    ("email does not end with .org", 'not email ends with ".org"'),
    ("first_name exists", "first name exists"),
    ("tags is empty", "not tag exists"),
    ("name is not empty", "name exists"),
    ("name is O'Reilly", 'name is "o\'reilly"'),
    ("name is 'O''Reilly'", 'name is "o\'reilly"'),
    ('"is it" is x', '"is it" is "x"'),
    ("language is pt_BR", 'language is "pt-br"'),
    ("(a is b)", 'a is "b"'),
    (
        "a is b and (c is d or not (e is f and g is h))",
        'a is "b" and (c is "d" or not (e is "f" and g is "h"))',
    ),
    ("segment donors-2025", 'segment "donors-2025"'),
    ("start date is 2025", '"start date" is "2025"'),
]

WRONG = [
    ("", "", "says nothing of who is meant"),
    ("role", "role", "“role” is no condition"),
    ("role = x", "=", "“=” is not used here"),
    ("role equals x", "equals", "Write “is”"),
    ("role contians x", "contians", "Did you mean “contains”?"),
    ("role starts x", "starts", "Write for instance “starts with”"),
    ("is x", "is", "name of a field is missing"),
    ("role is", "is", "needs a value"),
    ("role is ''", "''", "Write “is empty”"),
    ("role is a, b", ",", "in [CH, FR]"),
    ("role is [a, b", "[", "never closed"),
    ("role in []", "[", "list is empty"),
    ("role in ['a' 'b']", "'b'", "comma is missing"),
    ("country in CH, FR", "CH", "square brackets"),
    ("country is Trinidad and Tobago", "Tobago", "Trinidad and Tobago"),
    ("role is x language is fr", "is", "Write “and” or “or” before"),
    ("role is 'x' language is fr", "language", "has ended"),
    ("role exists today", "today", "has ended"),
    ("a is b and c is d or e is f", "or", "a and (b or c)"),
    ("(a is b", "(", "never closed"),
    ("a is b)", ")", "belongs to nothing"),
    ("a is 'b", "'", "never closed"),
    ("a is b”", "”", "closes nothing"),
    ("language is French", "French", "Write “fr”"),
    ("language is Klingonish", "Klingonish", "en, fr or pt-BR"),
    ("subscribed in 2025", "in", "before, since, after or on"),
    ("subscribed before", "before", "needs a day"),
    ("subscribed before 2025-02-30", "2025-02-30", "is no day"),
    ("subscribed before spring 2025", "spring", "is no day"),
    ("subscribed before 2025-01-01 12:00", "12:00", "nothing more belongs"),
    ("segment", "segment", "needs a name"),
    ("segment ../x", "../x", "no name of a segment"),
    ("segment is x", "is", "needs a name"),
    ("a is b\x00", "", "control character"),
    ("not " * 30 + "a is b", "not", "more than 20 deep"),
    (" and ".join(["a is b"] * (MOST_CONDITIONS + 1)), "a", "more than 200 conditions"),
    ("x" * 20_001, "", "at most 20,000"),
]


@pytest.mark.parametrize(("words", "canonical"), MEANT)
def test_rule_is_understood_when_written_as_people_guess(words, canonical):
    parsed = parse_rule(words, zone=dt.UTC)
    assert parsed.problems == ()
    assert write_rule(parsed.rule) == canonical


@pytest.mark.parametrize(("words", "written", "said"), WRONG)
def test_problem_stands_at_its_word_with_advice_when_a_rule_is_wrong(words, written, said):
    parsed = parse_rule(words, zone=dt.UTC)
    assert parsed.rule is None
    found = [one for one in parsed.problems if said in f"{one.message} {one.advice}"]
    assert found, parsed.problems
    assert found[0].written == written
    assert words[found[0].offset :].startswith(written)


def test_every_problem_is_told_when_there_are_several():
    words = "role iz x and language is French and (subscribed on never or country in CH)"
    problems = parse_rule(words, zone=dt.UTC).problems
    assert [one.written for one in problems] == ["role", "French", "never", "CH"]


def test_day_begins_at_midnight_of_the_zone_when_a_rule_names_one():
    zone = ZoneInfo("Europe/Zurich")
    start, end = (dt.datetime(2025, 7, day, 22, tzinfo=dt.UTC) for day in (4, 5))
    expected = {
        "since": Since(start),
        "after": Since(end),
        "before": Not(Since(start)),
        "on": AllOf((Since(start), Not(Since(end)))),
    }
    for word, rule in expected.items():
        assert parse_rule(f"subscribed {word} 2025-07-05", zone=zone).rule == rule
        assert stored_rule(write_rule(rule)) == rule


@pytest.mark.parametrize("text", ["", "segment x", "role iz x"])
def test_stored_text_is_refused_when_it_is_no_rule(text):
    with pytest.raises(ValueError, match="no segment's rule"):
        stored_rule(text)


_PIECES = st.sampled_from(
    [*INSTEAD, *{word for words in COMPARISONS for word in words}, "and", "or", "(", ")", "[", "]", ","]
) | st.sampled_from(["segment", "subscribed", "before", "2025-01-01", "tag", "role", '"x y"', '"', "'"])


@given(st.lists(_PIECES | st.text(max_size=3), max_size=12).map(" ".join))
def test_whatever_is_written_is_a_rule_or_has_a_problem_at_its_place(words):
    parsed = parse_rule(words, zone=dt.UTC)
    assert (parsed.rule is None) is bool(parsed.problems)
    for one in parsed.problems:
        assert words[one.offset :].startswith(one.written)
    if parsed.rule is not None:
        again = parse_rule(write_rule(parsed.rule), zone=dt.UTC)
        assert write_rule(again.rule) == write_rule(parsed.rule)


def test_other_segment_keeps_its_place_when_named():
    assert parse_rule("not segment  b", zone=dt.UTC).rule == Not(OtherSegment("b", 13))
