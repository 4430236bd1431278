"""Words into a rule, or every problem at once: “and”, “or”, “not” and brackets around conditions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from trax_mailer.model.segments.conditions import read_condition
from trax_mailer.model.segments.rule import AllOf, AnyOf, Not, OtherSegment, Rule, parts_of
from trax_mailer.model.segments.stream import MAX_DEPTH, Stream, Unclear
from trax_mailer.model.segments.tokens import Problem, Token, cut

LONGEST = 20_000
"""In characters."""

MOST_CONDITIONS = 200


@dataclass(frozen=True, slots=True)
class Parsed:
    """The rule, None where there is a problem."""

    rule: Rule | None
    problems: tuple[Problem, ...]


def parse_rule(words: str, *, zone: dt.tzinfo) -> Parsed:
    """What the words ask of a reader; a day begins and ends at midnight in that zone."""
    if len(words) > LONGEST:
        message = f"This is {len(words):,} characters long; at most {LONGEST:,} are taken."
        return Parsed(None, (Problem(offset=0, written="", message=message, advice="Shorten it."),))
    tokens, problems = cut(words)
    if problems:
        return Parsed(None, tuple(problems))
    stream = Stream(tokens, zone=zone)
    rule = _whole(stream)
    if rule is not None and sum(1 for _ in parts_of(rule)) > MOST_CONDITIONS:
        advice = "Put values of one field into a list: country in [CH, FR]. Or use a tag."
        stream.note(tokens[0], f"These are more than {MOST_CONDITIONS} conditions.", advice)
    return Parsed(None if stream.problems else rule, tuple(stream.problems))


def stored_rule(text: str) -> Rule:
    """The rule of canonical text. Raises ValueError where it is none."""
    parsed = parse_rule(text, zone=dt.UTC)
    if parsed.rule is None or any(isinstance(one, OtherSegment) for one in parts_of(parsed.rule)):
        raise ValueError(f"this is no segment's rule: {text[:200]}")
    return parsed.rule


def _whole(stream: Stream) -> Rule | None:
    if not stream.here:
        stream.note(None, "This says nothing of who is meant.", "Write for instance: language is fr")
        return None
    rule = _joined(stream, depth=0)
    while token := stream.here:
        stream.note(token, f"“{token.written}” belongs to nothing before it.", _closing(token))
        stream.take()
        rule = _joined(stream, depth=0)
    return rule


def _closing(token: Token) -> str:
    brackets = "Delete it, or open the bracket before."
    return brackets if token.is_mark(")", "]") else "Write “and” or “or” between two conditions."


def _joined(stream: Stream, *, depth: int) -> Rule | None:
    """Conditions with one and the same word between them."""
    rules = [_single(stream, depth=depth)]
    first: Token | None = None
    while (token := stream.here) and token.word in {"and", "or"}:
        if first is not None and token.word != first.word:
            stream.note(
                token,
                "“and” and “or” stand side by side, and may be read in two ways.",
                "Put brackets around what belongs together: a and (b or c).",
            )
        first = first or token
        stream.take()
        rules.append(_single(stream, depth=depth))
    found = tuple(rule for rule in rules if rule is not None)
    if first is None or len(found) < 2:
        return found[0] if found else None
    return AllOf(found) if first.word == "and" else AnyOf(found)


def _single(stream: Stream, *, depth: int) -> Rule | None:
    token = stream.here
    if depth > MAX_DEPTH:
        message = f"Brackets stand inside each other more than {MAX_DEPTH} deep here."
        stream.note(token, message, "Make segments of the parts, and name them: segment NAME.")
        stream.skip_condition()
        return None
    try:
        if token is not None and token.word == "not":
            stream.take()
            inner = _single(stream, depth=depth + 1)
            return None if inner is None else Not(inner)
        if token is not None and token.is_mark("("):
            return _bracketed(stream, depth=depth)
        return read_condition(stream)
    except Unclear as problem:
        stream.note(problem.token, problem.message, problem.advice)
        stream.skip_condition()
        return None


def _bracketed(stream: Stream, *, depth: int) -> Rule | None:
    opening = stream.take()
    rule = _joined(stream, depth=depth + 1)
    closing = stream.here
    if closing is not None and closing.is_mark(")"):
        stream.take()
    elif closing is None:
        stream.note(opening, "The bracket that opens here is never closed.", "Close it with ).")
    return rule
