import re
from dataclasses import asdict

import pytest

from trax_mailer.web.public.words import ENGLISH, LANGUAGES, choose_words


@pytest.mark.parametrize("words", LANGUAGES.values(), ids=LANGUAGES)
def test_everything_is_said_when_a_language_is_spoken(words):
    for name, english in asdict(ENGLISH).items():
        said = getattr(words, name)
        assert said
        assert re.findall(r"\{\w+\}", said) == re.findall(r"\{\w+\}", english)


@pytest.mark.parametrize(
    ("accepted", "fallback", "language"),
    [
        ("fr", "en", "fr"),
        ("FR-be;q=0.3, es-MX;q=0.8", "en", "es"),
        ("fr;q=0, es", "en", "es"),
        ("de", "fr", "fr"),
        ("de", "de", "en"),
        ("*", "es", "es"),
        (";;q=,q=x,,", "fr", "fr"),
        ("x" * 100_000, "en", "en"),
    ],
)
def test_language_fits_when_a_browser_asks(accepted, fallback, language):
    assert choose_words(accepted, fallback=fallback).language == language
