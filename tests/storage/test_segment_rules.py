import dataclasses
import datetime as dt

import pytest
from babel import Locale
from hypothesis import HealthCheck, given, settings
from sqlalchemy import func, insert, select

from drawn_segments import START, cases
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.segments import (
    AnyOf,
    Compared,
    OtherSegment,
    Subject,
    Test,
    holds,
    parse_rule,
    stored_rule,
    write_rule,
)
from trax_mailer.model.segments.parsing import MOST_CONDITIONS
from trax_mailer.model.segments.values import MOST_VALUES
from trax_mailer.model.subscriber import Subscriber, SubscriptionState
from trax_mailer.storage import schema
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.lists import make_list
from trax_mailer.storage.segment_rules import condition
from trax_mailer.storage.subscribers import SubscriberRow, add_subscribers
from trax_mailer.storage.tags import change_tags


def _store(connection, drawn):
    """The readers subscribed to a list; their ids in order."""
    list_id = make_list(connection, "everyone", now=START)
    act_id = add_act(connection, Act(kind=ActKind.STAFF, at=START))
    ids = []
    for number, (reader, tags, since) in enumerate(drawn):
        row = SubscriberRow(
            address=f"{number}@example.org",
            email=reader.email,
            name=reader.name,
            language=reader.language,
            fields=reader.fields,
        )
        [one] = add_subscribers(connection, [row], now=START).values()
        standing = {
            "subscriber_id": one,
            "list_id": list_id,
            "state": SubscriptionState.SUBSCRIBED,
            "changed_at": since,
            "act_id": act_id,
        }
        connection.execute(insert(schema.subscription).values(standing))
        change_tags(connection, one, add=tags, remove=())
        ids.append(one)
    return ids


def _found(connection, rule):
    query = select(schema.subscriber.c.id).join(
        schema.subscription, schema.subscription.c.subscriber_id == schema.subscriber.c.id
    )
    return set(connection.scalars(query.where(condition(rule))))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=cases())
def test_database_means_the_same_readers_as_the_rule_when_both_are_asked(ledger, case):
    drawn, asked = case
    with ledger.write() as connection:
        inside = connection.begin_nested()
        ids = _store(connection, drawn)
        for rule in asked:
            meant = {
                one
                for one, (reader, tags, since) in zip(ids, drawn, strict=True)
                if holds(rule, reader, tags=tags, since=since)
            }
            assert _found(connection, rule) == meant, write_rule(rule)
            assert stored_rule(write_rule(rule)) == rule
        inside.rollback()


ANA = {"name": "Ana Élan", "email": "Ana@ohchr.UN.org", "language": "fr-CH"}
TABLE = [
    ("name is ana élan", True),
    ("name is ana elan", False),
    ("name contains ÉL", True),
    ("name ends with lan", True),
    ("name ends with la", False),
    ("name starts with an", True),
    ("name starts with na", False),
    ("email domain is ohchr.un.org", True),
    ("email domain ends with .un.org", True),
    ("email domain contains ana", False),
    ("language is fr", True),
    ("language is fr-ch", True),
    ("language in [fra, fr-chx, zh]", False),
    ("language in [en, fr]", True),
    ("language starts with f", True),
    ("first name is ana", True),
    ("First_Name is ana", True),
    ("role is DIPLOMAT", True),
    ("role is not diplomat", False),
    ("role in [ngo, diplomat]", True),
    ("role not in [ngo, diplomat]", False),
    ("organisation is empty", True),
    ("organization exists", False),
    ("missing is empty", True),
    ("missing is not x", True),
    ("tag is PRESS", True),
    ("tag is not press", False),
    ("tag exists", True),
    ("tag does not contain z", True),
    ("subscribed before 2025-01-01", False),
    ("subscribed since 2025-01-01", True),
    ("subscribed after 2025-01-01", False),
    ("subscribed on 2025-01-01", True),
    ("not (tag is press and role is ngo)", True),
]


@pytest.fixture
def ana(ledger):
    fields = {"First_Name": "Ana", "Role": "Diplomat", "organisation": ""}
    reader = Subscriber(id=None, **ANA, fields=fields)
    with ledger.write() as connection:
        _store(connection, [(reader, {"press", "vip"}, START)])
    return ledger, reader


def test_rules_mean_what_they_say_when_asked_of_a_reader(ana):
    ledger, reader = ana
    for words, meant in TABLE:
        rule = parse_rule(words, zone=dt.UTC).rule
        assert holds(rule, reader, tags={"press", "vip"}, since=START) is meant, words
        with ledger.read() as connection:
            assert bool(_found(connection, rule)) is meant, words


def test_whole_table_stays_when_a_value_looks_like_a_command(ana):
    ledger, _ = ana
    values = ("'; delete from tag; --", '"', "\\", "%", "$1", ":x", "%(x)s", "{}")
    with ledger.write() as connection:
        for subject in Subject:
            for test in (Test.IS, Test.CONTAINS, Test.STARTS, Test.ENDS):
                for value in values:
                    field = value if subject is Subject.FIELD else ""
                    asked = Compared(subject=subject, test=test, values=(value,), field=field)
                    assert _found(connection, asked) == set()
        assert connection.scalar(select(func.count()).select_from(schema.tag)) == 2


def test_largest_rule_can_be_asked_when_it_has_as_many_conditions_and_values_as_are_taken(ana):
    ledger, _ = ana
    values = tuple(f"é{number}" for number in range(MOST_VALUES))
    one = Compared(subject=Subject.NAME, test=Test.CONTAINS, values=values)
    rest = Compared(subject=Subject.FIELD, field="role", test=Test.IS, values=("x",))
    with ledger.read() as connection:
        assert _found(connection, AnyOf((one,) + (rest,) * (MOST_CONDITIONS - 1))) == set()


def test_rule_is_refused_when_it_still_names_another_segment():
    with pytest.raises(ValueError, match="donors"):
        condition(OtherSegment("donors"))


LIVING = ["CH", "Switzerland", "Suisse", "Tchad", "Côte d’Ivoire", "États-Unis", "narnia"]
COUNTRIES = {
    "country is CH": [0, 1, 2],
    "country is suiza": [0, 1, 2],
    "country is not CH": [3, 4, 5, 6],
    'country in [ch, "Côte d\'Ivoire"]': [0, 1, 2, 4],
    "country is USA": [5],
    "country is Narnia": [6],
    "country contains CH": [0, 3],
    "role is CH": [],
}


def _living_in(countries):
    reader = Subscriber(id=None, email="a@example.org", name="", language="", fields={})
    return [(dataclasses.replace(reader, fields={"country": one}), (), START) for one in countries]


def test_country_is_meant_by_any_of_its_names(ledger):
    drawn = _living_in(LIVING)
    with ledger.write() as connection:
        ids = _store(connection, drawn)
        for words, who in COUNTRIES.items():
            rule = parse_rule(words, zone=dt.UTC).rule
            assert _found(connection, rule) == {ids[one] for one in who}
            meant = [number for number, one in enumerate(drawn) if holds(rule, one[0], tags=(), since=START)]
            assert meant == who


def test_two_hundred_countries_can_be_asked_for_at_once(ledger):
    codes = [code for code in Locale("en").territories if len(code) == 2][:MOST_VALUES]
    rule = parse_rule(f"country in [{', '.join(codes)}]", zone=dt.UTC).rule
    with ledger.write() as connection:
        [one, _nowhere] = _store(connection, _living_in(["Suisse", "narnia"]))
        assert _found(connection, rule) == {one}
