"""Words into values: text, choices, numbers, languages, colours. Each parser raises `Wrong`."""

from __future__ import annotations

import re

from babel import localedata

from trax_mailer.fields.collecting import Wrong, did_you_mean, listed, shortened
from trax_mailer.fields.field import Field
from trax_mailer.model.values import Text

LONGEST_TEXT = 1_000
LONGEST_MARKDOWN = 20_000

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_NUMBER = re.compile(r"[-+]?[0-9]{1,15}")
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?")


def parse_text(words: str, _field: Field) -> Text:
    """One line of words."""
    check_words(words, longest=LONGEST_TEXT)
    if "\n" in words:
        raise Wrong(
            "takes one line, and several stand here.",
            advice="Join the lines, or write “>” instead of “|” after the name to have them joined.",
        )
    return Text(words)


def check_words(words: str, *, longest: int) -> None:
    """Raise `Wrong` for words that cannot be mailed."""
    control = _CONTROL.search(words)
    if control is not None:
        raise Wrong(
            f"holds an invisible control character (U+{ord(control.group()):04X}).",
            advice="Delete it; in double quotes it may be written as a backslash and a code.",
        )
    if len(words) > longest:
        raise Wrong(
            f"is {len(words):,} characters long; at most {longest:,} are taken.", advice="Shorten it."
        )


def parse_number(words: str, field: Field) -> int:
    """A whole number between the field's bounds."""
    if not _NUMBER.fullmatch(words):
        raise Wrong(
            f"takes a whole number, not “{shortened(words)}”.", advice="Write it in digits, such as 58."
        )
    number = int(words)
    if (field.least is not None and number < field.least) or (field.most is not None and number > field.most):
        bounds = (
            f"at least {field.least}" if field.most is None else f"between {field.least} and {field.most}"
        )
        raise Wrong(f"takes a number of {bounds}, not {number}.")
    return number


def parse_boolean(words: str, _field: Field) -> bool:
    """`true` or `false`, as in YAML 1.2; never yes, no, on or off."""
    if words in {"true", "True", "TRUE"}:
        return True
    if words in {"false", "False", "FALSE"}:
        return False
    meant = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
    guess = meant.get(words.casefold())
    raise Wrong(
        f"takes true or false, not “{shortened(words)}”.",
        advice=f"Did you mean “{guess}”?" if guess else "Write true or false.",
    )


def parse_choice(words: str, field: Field) -> str:
    """One of the field's choices."""
    if words not in field.choices:
        raise Wrong(
            f"is one of {listed(field.choices)}; “{shortened(words)}” is none of them.",
            advice=did_you_mean(words, field.choices),
        )
    return words


def parse_language(words: str, _field: Field) -> str:
    """A language tag in the form of BCP 47, known to the Unicode CLDR."""
    known = localedata.locale_identifiers()
    if _LANGUAGE.fullmatch(words):
        language, *rest = words.split("-")
        tag = "-".join(
            [language.lower(), *(part.title() if len(part) == 4 else part.upper() for part in rest)]
        )
        if tag.replace("-", "_") in known:
            return tag
    if words.replace("-", "_") in known:
        raise Wrong(
            f"takes a language tag with hyphens, not “{words}”.", advice=f"Write “{words.replace('_', '-')}”."
        )
    raise Wrong(
        f"takes a language tag; “{shortened(words)}” is not known.",
        advice=_suggest_language(words) or "Write a tag such as en, fr, es, ar or pt-BR.",
    )


_NAMES = {
    "english": "en", "french": "fr", "français": "fr", "spanish": "es", "español": "es", "arabic": "ar",
    "russian": "ru", "chinese": "zh", "portuguese": "pt", "german": "de", "italian": "it",
}  # fmt: skip


def _suggest_language(words: str) -> str:
    name = _NAMES.get(words.casefold())
    if name:
        return f"Did you mean “{name}”?"
    if len(words) > 3 and not {"-", "_"} & set(words):
        return did_you_mean(words, _NAMES.values())
    tags = [tag.replace("_", "-") for tag in localedata.locale_identifiers() if len(tag) <= 6]
    common = ("en", "fr", "es", "ar", "ru", "zh", "pt", "de", "it")
    return did_you_mean(words, common) or did_you_mean(words, tags)


def parse_colour(words: str, _field: Field) -> str:
    """A colour as #rrggbb; #rgb is written out."""
    if not _COLOUR.fullmatch(words):
        raise Wrong(
            f'takes a colour in the form "#1a2b3c", not “{shortened(words)}”.',
            advice="Write # and six hexadecimal digits, in quotes.",
        )
    digits = words[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))
