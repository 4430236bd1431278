"""The words of the language of segments: names of what is compared, comparisons, and what people try."""

from __future__ import annotations

from trax_mailer.model.segments.rule import Subject, Test

SUBJECTS = {
    "name": Subject.NAME,
    "email": Subject.EMAIL,
    "email address": Subject.EMAIL,
    "email domain": Subject.DOMAIN,
    "domain": Subject.DOMAIN,
    "language": Subject.LANGUAGE,
    "tag": Subject.TAG,
    "tags": Subject.TAG,
}
"""Names that mean no further field, in quotes or without."""

FIELD_ALIASES = {"organization": "organisation"}

USUAL_FIELDS = ("first name", "last name", "organisation", "country", "role")
"""Further fields that every workspace may ask for, whether a reader has them or not."""

COMPARISONS: dict[tuple[str, ...], tuple[Test, bool]] = {
    ("is", "not", "empty"): (Test.EXISTS, False),
    ("is", "empty"): (Test.EXISTS, True),
    ("is", "not", "in"): (Test.IS, True),
    ("is", "in"): (Test.IS, False),
    ("is", "not"): (Test.IS, True),
    ("is",): (Test.IS, False),
    ("not", "in"): (Test.IS, True),
    ("in",): (Test.IS, False),
    ("contains",): (Test.CONTAINS, False),
    ("does", "not", "contain"): (Test.CONTAINS, True),
    ("starts", "with"): (Test.STARTS, False),
    ("does", "not", "start", "with"): (Test.STARTS, True),
    ("ends", "with"): (Test.ENDS, False),
    ("does", "not", "end", "with"): (Test.ENDS, True),
    ("exists",): (Test.EXISTS, False),
    ("does", "not", "exist"): (Test.EXISTS, True),
}
"""Each with its test, and whether it says the opposite. The longer ones stand before the shorter."""

SHOWN = "is, is not, in, not in, contains, starts with, ends with, exists, is empty"

FIRST_WORDS = frozenset(words[0] for words in COMPARISONS)
"""The words at which a field's name ends."""

NOT_IN_VALUES = frozenset(
    {"is", "contains", "starts", "ends", "exists", "does", "not", "segment", "subscribed"}
)
"""Words that stand in a value in quotes alone: without, an “and” was probably forgotten before them."""

RESERVED = FIRST_WORDS | NOT_IN_VALUES | {"and", "or"}

INSTEAD = {
    "=": "is",
    "==": "is",
    "===": "is",
    "equals": "is",
    "equal": "is",
    "are": "is",
    "!=": "is not",
    "<>": "is not",
    "≠": "is not",
    "isn't": "is not",
    "isn’t": "is not",
    "like": "contains",
    "matches": "contains",
    "includes": "contains",
    "contain": "contains",
    "has": "contains",
    "~": "contains",
    "begins": "starts with",
    "startswith": "starts with",
    "start": "starts with",
    "endswith": "ends with",
    "end": "ends with",
    "exist": "exists",
    "&&": "and",
    "&": "and",
    "||": "or",
    "|": "or",
    "!": "not",
}
"""What people write in place of the words of the language."""

LANGUAGES = {
    "arabic": "ar",
    "chinese": "zh",
    "english": "en",
    "anglais": "en",
    "french": "fr",
    "français": "fr",
    "german": "de",
    "deutsch": "de",
    "italian": "it",
    "portuguese": "pt",
    "russian": "ru",
    "spanish": "es",
    "español": "es",
}
"""Names of languages, and the tags that are meant."""
