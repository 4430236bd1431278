"""What the public pages and their mails say, in every language they speak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FALLBACK = "en"
"""The language that has every word."""


@dataclass(frozen=True, slots=True)
class Words:
    """Everything the pages say in one language; `direction` is `ltr` or `rtl`."""

    language: str
    direction: str
    texts: Mapping[str, str]

    def say(self, name: str, **values: object) -> str:
        """The text of that name, the words in braces filled in."""
        return self.texts[name].format_map(values)


@dataclass(frozen=True, slots=True)
class Catalogues:
    """The words of every language, by its tag in lower case."""

    by_tag: Mapping[str, Words]

    def choose(self, *, asked: str = "", accepted: str = "", fallback: str = "") -> Words:
        """The words for the tag `asked`, or Accept-Language (RFC 9110 §12.5.4), or `fallback`, or English."""
        for tag in [asked, *_by_preference(accepted), fallback]:
            folded = tag.strip().lower()
            words = self.by_tag.get(folded) or self.by_tag.get(folded.partition("-")[0])
            if words is not None:
                return words
        return self.by_tag[FALLBACK]

    @property
    def languages(self) -> dict[str, str]:
        """Every language's own name, by its tag."""
        return {tag: words.say("own_name") for tag, words in self.by_tag.items()}


def _by_preference(accepted: str) -> list[str]:
    weighed: list[tuple[float, str]] = []
    for entry in accepted[:500].split(","):
        tag, _, quality = entry.partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=") or 1)
        except ValueError:
            weight = 0.0
        if weight > 0:
            weighed.append((weight, tag))
    return [tag for _, tag in sorted(weighed, key=lambda one: one[0], reverse=True)]
