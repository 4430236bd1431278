"""The values after a comparison: some words, words in quotes, or several in square brackets."""

from __future__ import annotations

from trax_mailer.model.segments.stream import Stream, Unclear
from trax_mailer.model.segments.tokens import Kind, Token
from trax_mailer.model.segments.words import INSTEAD, NOT_IN_VALUES

MOST_VALUES = 200
LONGEST_VALUE = 1_000


def read_values(stream: Stream, *, comparison: str, only_list: bool) -> list[tuple[Token, str]]:
    """Each value with the token it begins at. Raises `Unclear`."""
    token = stream.here
    if token is not None and token.is_mark("["):
        return _listed(stream)
    if only_list:
        raise Unclear(
            token or stream.before,
            f"“{comparison}” takes several values in square brackets.",
            f"Write “{comparison} [CH, FR]”, or “is” for a single value.",
        )
    if stream.ends_condition():
        raise Unclear(
            stream.here or stream.before,
            f"“{comparison}” needs a value after it.",
            f"Write for instance: {comparison} diplomat. Put and, or and brackets in quotes.",
        )
    return [_one(stream, comparison=comparison)]


def _one(stream: Stream, *, comparison: str) -> tuple[Token, str]:
    first = stream.take()
    if first.kind is Kind.QUOTED:
        return first, _checked(first, first.text)
    if first.kind is Kind.MARK:
        raise _mark(first)
    if first.word in INSTEAD and comparison == "is":
        raise Unclear(first, f"“{first.text}” is not used here.", f"Write “{INSTEAD[first.word]}”.")
    words = [first]
    while not stream.ends_condition() and (token := stream.here):
        if token.kind is Kind.MARK:
            raise _mark(token)
        if token.kind is Kind.QUOTED:
            break
        words.append(stream.take())
    for word in words:
        if word.word in NOT_IN_VALUES:
            raise Unclear(
                word,
                f"“{word.text}” stands in the middle of a value.",
                "Write “and” or “or” before the next condition, or put the whole value in quotes.",
            )
    return first, _checked(first, " ".join(word.text for word in words))


def _listed(stream: Stream) -> list[tuple[Token, str]]:
    opening = stream.take()
    found: list[tuple[Token, str]] = []
    words: list[Token] = []
    while (token := stream.here) is not None and not token.is_mark("]", "[", "(", ")"):
        stream.take()
        if not token.is_mark(","):
            words.append(token)
        elif words:
            found.append(_entry(words))
            words = []
    if stream.here is None or not stream.here.is_mark("]"):
        raise Unclear(opening, "The bracket that opens here is never closed.", "Close it with ].")
    stream.take()
    found += [_entry(words)] if words else []
    if not found:
        raise Unclear(opening, "This list is empty.", "Write the values with commas: [CH, FR].")
    if len(found) > MOST_VALUES:
        raise Unclear(opening, f"This list is too long: at most {MOST_VALUES} values.", "Use a tag instead.")
    return found


def _entry(words: list[Token]) -> tuple[Token, str]:
    if len(words) > 1 and any(word.kind is Kind.QUOTED for word in words):
        raise Unclear(words[1], "A comma is missing before this.", "Write the values with commas: [CH, FR].")
    return words[0], _checked(words[0], " ".join(word.text for word in words))


def _checked(token: Token, text: str) -> str:
    if not text:
        raise Unclear(token, "There is nothing between the quotation marks.", "Write “is empty”.")
    if len(text) > LONGEST_VALUE:
        raise Unclear(token, f"This value is longer than {LONGEST_VALUE:,} characters.", "Shorten it.")
    return text


def _mark(token: Token) -> Unclear:
    if token.is_mark(","):
        return Unclear(
            token,
            "A comma stands in a value.",
            "For several values write “in [CH, FR]”; put a value that holds a comma in quotes.",
        )
    return Unclear(
        token, f"“{token.text}” stands in a value.", "Put the whole value in quotes if it belongs to it."
    )
