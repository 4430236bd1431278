"""One condition: what is compared, how, and with what."""

from __future__ import annotations

import difflib
import re

from trax_mailer.model.segments.folding import field_name, fold
from trax_mailer.model.segments.rule import Compared, Not, OtherSegment, Rule, Subject, Test
from trax_mailer.model.segments.since import read_since
from trax_mailer.model.segments.stream import Stream, Unclear
from trax_mailer.model.segments.tokens import Kind, Token
from trax_mailer.model.segments.values import read_values
from trax_mailer.model.segments.words import (
    COMPARISONS,
    FIELD_ALIASES,
    FIRST_WORDS,
    INSTEAD,
    LANGUAGES,
    SHOWN,
    SUBJECTS,
)

SEGMENT_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,59})")
_BELONGS = (
    ' Where the words belong to the value before, put all of it in quotes: country is "Trinidad and Tobago".'
)
_LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*")


def read_condition(stream: Stream) -> Rule:
    """The condition that begins here. Raises `Unclear` where none does."""
    words = stream.words_ahead(2)
    if words[:1] == ("segment",):
        return _other_segment(stream)
    if words[:1] == ("subscribed",):
        return read_since(stream)
    subject, field = _subject(stream)
    comparison = _comparison(stream)
    test, negated = COMPARISONS[comparison]
    many = comparison[-1] == "in"
    values: tuple[str, ...] = ()
    if test is not Test.EXISTS:
        found = read_values(stream, comparison=" ".join(comparison), only_list=many)
        values = tuple(dict.fromkeys(_value(token, text, subject, test) for token, text in found))
    rule = Compared(subject=subject, test=test, values=values, field=field)
    if not stream.ends_condition():
        raise _and_is_missing(stream.here)
    return Not(rule) if negated else rule


def _other_segment(stream: Stream) -> OtherSegment:
    stream.take()
    token = stream.here
    if token is None or stream.ends_condition() or token.kind is Kind.MARK or token.word in FIRST_WORDS:
        advice = "Write: segment NAME. A field of readers cannot be called “segment”."
        raise Unclear(token or stream.before, "“segment” needs a name after it.", advice)
    if not SEGMENT_NAME.fullmatch(token.text):
        raise Unclear(
            token,
            f"“{token.text[:60]}” is no name of a segment.",
            "Its name is that of its file, without .yaml.",
        )
    stream.take()
    if not stream.ends_condition():
        raise _and_is_missing(stream.here)
    return OtherSegment(token.text, token.offset)


def _subject(stream: Stream) -> tuple[Subject, str]:
    """What is compared: all words up to the comparison."""
    found: list[Token] = []
    joined = bool(stream.before and stream.before.word)
    while not stream.ends_condition() and (token := stream.here):
        if token.word in FIRST_WORDS or token.kind is Kind.MARK:
            break
        if token.word in INSTEAD and not token.word.isalpha():
            raise Unclear(token, f"“{token.text}” is not used here.", f"Write “{INSTEAD[token.word]}”.")
        found.append(stream.take())
    if not found:
        raise Unclear(
            stream.here or stream.before,
            "The name of a field is missing here.",
            f"A condition is a field, a comparison and a value: role is diplomat. Comparisons: {SHOWN}.",
        )
    if stream.ends_condition() or (stream.here and stream.here.kind is Kind.MARK):
        raise _no_comparison(found, joined=joined)
    if len(found) > 1 and any(token.kind is Kind.QUOTED for token in found):
        raise _and_is_missing(found[1])
    name = field_name(" ".join(token.text for token in found))
    subject = SUBJECTS.get(name, Subject.FIELD)
    return subject, FIELD_ALIASES.get(name, name) if subject is Subject.FIELD else ""


def _no_comparison(found: list[Token], *, joined: bool) -> Unclear:
    for token in found[1:]:
        if token.word in INSTEAD:
            return Unclear(token, f"“{token.text}” is not used here.", f"Write “{INSTEAD[token.word]}”.")
        near = difflib.get_close_matches(token.word, sorted(FIRST_WORDS), n=1, cutoff=0.7)
        if near:
            return Unclear(token, f"“{token.text}” is no comparison.", f"Did you mean “{near[0]}”?")
    words = " ".join(token.text for token in found)
    return Unclear(
        found[0],
        f"“{words[:80]}” is no condition: a comparison and a value are missing.",
        f"Comparisons: {SHOWN}." + (_BELONGS if joined else ""),
    )


def _comparison(stream: Stream) -> tuple[str, ...]:
    for words in COMPARISONS:
        if stream.words_ahead(len(words)) != words:
            continue
        if words[-1] == "empty" and not stream.ends_condition(len(words)):
            continue
        for _ in words:
            stream.take()
        return words
    token = stream.here
    written = token.text if token else ""
    likely = next((shown for shown in COMPARISONS if shown[0] == fold(written)), ("is",))
    raise Unclear(token, f"“{written}” is no whole comparison.", f"Write for instance “{' '.join(likely)}”.")


def _value(token: Token, text: str, subject: Subject, test: Test) -> str:
    value = fold(text)
    if subject is not Subject.LANGUAGE or test is not Test.IS:
        return value
    value = value.replace("_", "-")
    if not _LANGUAGE_TAG.fullmatch(value):
        meant = LANGUAGES.get(value)
        advice = f"Write “{meant}”." if meant else "Write a tag such as en, fr or pt-BR."
        raise Unclear(token, f"“{text[:60]}” is no language's tag.", advice)
    return value


def _and_is_missing(token: Token | None) -> Unclear:
    written = token.written if token else ""
    return Unclear(
        token,
        f"The condition before “{written[:60]}” has ended.",
        "Write “and” or “or” between two conditions; put words that belong together in quotes.",
    )
