"""Readers, and rules about them that nearly hold, drawn by hypothesis."""

import datetime as dt
from types import MappingProxyType

from hypothesis import strategies as st

from trax_mailer.model.segments import AllOf, AnyOf, Compared, Not, Since, Subject, Test
from trax_mailer.model.segments.folding import field_name, fold
from trax_mailer.model.segments.words import FIELD_ALIASES, SUBJECTS
from trax_mailer.model.subscriber import Subscriber

START = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)

_SIGNS = st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("aAéÉßẞKkKſsSİiIıΣσςÅåÅ_%'\"\\-. ")
_VOCABULARY = ["Élan É", "ÉLAN é", "élan e", "ΟΔΟΣ", "οδος", "a_b%", "A_B'", 'x\\"', "'; DROP TABLE tag; --"]
WORDS = st.sampled_from(["", *_VOCABULARY]) | st.sampled_from(_VOCABULARY) | st.text(_SIGNS, max_size=4)
_NAMES = ["role", "Role", "First_Name", "first name", "é", "É", 'a"b', "$.x"]
_NAME = st.sampled_from(_NAMES) | st.sampled_from(_NAMES) | st.text(_SIGNS, max_size=3)
_LANGUAGES = ["", "fr", "fr-CH", "fra", "zh-Hans-CN"]
_DOMAINS = ["Un.Org", "ohchr.un.org", "bücher.example", "BÜCHER.example"]
_MOMENTS = st.integers(-2, 2).map(lambda days: START + dt.timedelta(days=days))


@st.composite
def readers(draw):
    """A reader without an id, their tags, and since when they are subscribed."""
    reader = Subscriber(
        id=None,
        email=f"{draw(st.sampled_from(['a', 'Á', 'a.á']))}@{draw(st.sampled_from(_DOMAINS))}",
        name=draw(WORDS),
        language=draw(st.sampled_from(_LANGUAGES)),
        fields=MappingProxyType(draw(st.dictionaries(_NAME, WORDS, max_size=3))),
    )
    return reader, draw(st.sets(WORDS.filter(bool), max_size=2)), draw(_MOMENTS)


@st.composite
def comparisons(draw, drawn):
    """A comparison with what stands beside one of the readers, or with a part of it."""
    reader, tags, _since = draw(st.sampled_from(drawn))
    subject, test = draw(st.sampled_from(Subject)), draw(st.sampled_from(Test))
    name, field = draw(st.sampled_from([*reader.fields.items(), ("role", "x")]))
    texts = {
        Subject.NAME: reader.name,
        Subject.EMAIL: reader.email,
        Subject.DOMAIN: reader.email.partition("@")[2],
        Subject.LANGUAGE: reader.language,
        Subject.TAG: min(tags, default=""),
        Subject.FIELD: field,
    }
    named = _free(field_name(name)) if subject is Subject.FIELD else ""
    if test is Test.EXISTS:
        return Compared(subject=subject, test=test, field=named)
    if subject is Subject.LANGUAGE and test is Test.IS:
        tags_asked = st.sampled_from(["fr", "fr-ch", "zh", "zh-hans"])
        return Compared(subject=subject, test=test, values=(draw(tags_asked),))
    first = fold(texts[subject])
    cut, end = draw(st.sampled_from([(0, None), (0, None), (0, 2), (1, None), (1, 3), (2, 5)]))
    values = dict.fromkeys(value for value in (first[cut:end], fold(draw(WORDS))) if value)
    return Compared(subject=subject, test=test, field=named, values=tuple(values) or ("x",))


def rules(drawn):
    """A rule about these readers, of up to six conditions."""

    def several(inner):
        return st.lists(inner, min_size=2, max_size=3).map(tuple)

    return st.recursive(
        comparisons(drawn) | comparisons(drawn) | _MOMENTS.map(Since),
        lambda inner: inner.map(Not) | several(inner).map(AllOf) | several(inner).map(AnyOf),
        max_leaves=6,
    )


@st.composite
def cases(draw):
    """Up to four readers, and up to four rules about them."""
    drawn = draw(st.lists(readers(), min_size=1, max_size=4))
    return drawn, draw(st.lists(rules(drawn), min_size=2, max_size=4))


def _free(name):
    taken = not name.strip() or name in SUBJECTS or name in FIELD_ALIASES
    return "role" if taken else name
