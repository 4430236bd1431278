"""What an examination says, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How it stands with one thing."""

    GOOD = "good"
    TO_DO = "to do"
    """Somebody has to change something; the line says what."""
    UNKNOWN = "unknown"
    """It could not be read. Does not mean that it is good."""
    NOTE = "note"
    """Worth knowing; nobody has to do anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that was looked at. `advice` says what to do, where something is."""

    about: str
    health: Health
    words: str
    advice: str = ""


def good(about: str, words: str) -> Line:
    """Nothing has to be done."""
    return Line(about=about, health=Health.GOOD, words=words)


def to_do(about: str, words: str, advice: str) -> Line:
    """Something has to be done."""
    return Line(about=about, health=Health.TO_DO, words=words, advice=advice)


def unknown(about: str, words: str, advice: str) -> Line:
    """Nobody could say."""
    return Line(about=about, health=Health.UNKNOWN, words=words, advice=advice)


def note(about: str, words: str) -> Line:
    """Nothing has to be done, and yet it should be known."""
    return Line(about=about, health=Health.NOTE, words=words)
