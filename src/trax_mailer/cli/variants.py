"""Who gets what of an issue, by the topics that readers chose: in words, and as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trax_mailer.settings import Settings
    from trax_mailer.workflows.topics import Variants

_SHOWN = 12


def variants_in_words(variants: Variants, settings: Settings) -> list[str]:
    """Lines for the plan of a send; none where everybody gets the same."""
    from trax_mailer.cli.account import readers

    titles = {topic.name: topic.title for topic in settings.topics}
    largest = sorted(variants.counts, key=lambda one: (-one[1], one[0]))
    lines = [
        f"{', '.join(titles.get(name, name) for name in chosen) or 'everything'}: {readers(count)}"
        for chosen, count in largest[:_SHOWN]
    ]
    if others := largest[_SHOWN:]:
        lines.append(f"{len(others)} other choices: {readers(sum(count for _, count in others))}")
    if variants.empty:
        lines.append(f"nothing in it is among the topics they chose: {readers(variants.empty)} more, skipped")
    return [f"  {'' if index else 'topics':<8} {line}" for index, line in enumerate(lines)]


def variants_to_data(variants: Variants) -> dict[str, Any]:
    """The same for scripts; no topics mean everything."""
    return {
        "variants": [{"topics": list(chosen), "readers": count} for chosen, count in variants.counts],
        "empty_for": variants.empty,
    }
