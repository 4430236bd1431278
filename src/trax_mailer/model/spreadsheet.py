"""Cells that a spreadsheet would take for a formula, and how they are made harmless."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: str) -> str:
    """The cell as it may stand in a file that somebody opens: a formula gets an apostrophe before it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def as_meant(cell: str) -> str:
    """The cell before `harmless`, for files that this program wrote."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
