"""Contrast of the theme's colours, light and dark, by WCAG 2.2 §1.4.3."""

from __future__ import annotations

from trax_mailer.model.finding import Finding, Severity
from trax_mailer.model.values import Group
from trax_mailer.render.theme import ThemeLayer

LEAST = 4.5
"""Of text to its background."""

_PAIRS = (
    ("ink", "surface"),
    ("ink", "soft"),
    ("muted", "surface"),
    ("muted", "page"),
    ("kicker", "surface"),
    ("kicker", "soft"),
    ("accent", "surface"),
    ("accent", "soft"),
    ("on_button", "button"),
    ("on_band", "band"),
    ("on_masthead", "masthead"),
)


def contrast_findings(layers: tuple[ThemeLayer, ...]) -> list[Finding]:
    """A warning for every pair of colours that is hard to read, at the colour set last."""
    return [
        finding
        for mode in ("light", "dark")
        for text, ground in _PAIRS
        if (finding := _finding(layers, mode, text, ground)) is not None
    ]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (`#rrggbb`), from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _finding(layers: tuple[ThemeLayer, ...], mode: str, text: str, ground: str) -> Finding | None:
    written, behind = _colour(layers, mode, text), _colour(layers, mode, ground)
    if written is None or behind is None or contrast(written, behind) >= LEAST:
        return None
    layer, name = next(
        (layer, name)
        for layer in reversed(layers)
        for name in (text, ground)
        if f"{mode}.{name}" in layer.places
    )
    return layer.source.finding(
        layer.places[f"{mode}.{name}"],
        f"“{text}” on “{ground}” ({mode}) has a contrast of {contrast(written, behind):.1f} to 1.",
        check="contrast",
        severity=Severity.WARNING,
        advice=f"Readers with weak eyes need {LEAST} to 1: make one darker or the other lighter.",
    )


def _colour(layers: tuple[ThemeLayer, ...], mode: str, name: str) -> str | None:
    for layer in reversed(layers):
        shades = layer.values[mode]
        colour = shades.values.get(name) if isinstance(shades, Group) else None
        if isinstance(colour, str):
            return colour
    return None
