"""Countries by any of their names: `CH` is Switzerland, Suisse, Suiza and Schweiz.

By Unicode's names of territories (CLDR, through Babel), in the languages in which columns are understood.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache

from trax_mailer.model.segments.folding import fold

_LANGUAGES = ("en", "fr", "es", "de")
_NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
_ALSO = {
    "czech republic": "CZ",
    "great britain": "GB",
    "ivory coast": "CI",
    "russian federation": "RU",
    "turkey": "TR",
    "uk": "GB",
    "united states of america": "US",
    "usa": "US",
    "viet nam": "VN",
}
"""What people write, and CLDR has no more, or only as a variant."""


def names_of_country(value: str) -> tuple[str, ...]:
    """Every folded name of the country that the folded value names, its code among them, or nothing."""
    codes, names = _tables()
    return names[codes[value]] if value in codes else ()


@cache
def _tables() -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """The code of each folded name, and all folded names of each code."""
    from babel import Locale

    names: defaultdict[str, set[str]] = defaultdict(set)
    for language in _LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES:
                names[code] |= {fold(code), fold(name), fold(name.replace("’", "'"))}
    for name, code in _ALSO.items():
        names[code].add(name)
    codes = {name: code for code, some in names.items() for name in some}
    return codes, {code: tuple(sorted(some)) for code, some in names.items()}
