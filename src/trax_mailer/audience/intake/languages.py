"""The language that a cell names, as a tag (RFC 5646)."""

from __future__ import annotations

import re
from functools import lru_cache

from trax_mailer.audience.wording import plain

_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_LANGUAGES = {
    "en": "english, anglais, inglés, englisch",
    "fr": "french, français, francés, französisch",
    "es": "spanish, español, espagnol, spanisch, castellano",
    "de": "german, deutsch, allemand, alemán",
    "ar": "arabic, arabe, árabe, arabisch, العربية",
    "ru": "russian, russe, ruso, russisch, русский",
    "zh": "chinese, chinois, chino, chinesisch, 中文",
    "it": "italian, italiano, italien, italienisch",
    "pt": "portuguese, português, portugais, portugués, portugiesisch",
}
_TAGS = {plain(name): tag for tag, names in _LANGUAGES.items() for name in names.split(",")}
_LONGEST_TAG = 35  # RFC 5646 §4.4.1


@lru_cache(maxsize=1024)
def language_tag(words: str) -> str:
    """The tag, empty where the words are none."""
    known = _TAGS.get(plain(words))
    if known is not None:
        return known
    if _TAG.fullmatch(words) and len(words) <= _LONGEST_TAG:
        first, *rest = words.replace("_", "-").split("-")
        return "-".join([first.lower(), *rest])
    return ""
