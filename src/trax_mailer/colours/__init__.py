"""The colours of the pages that we make ourselves, in light and in dark, as properties of a style sheet.

Takes nothing; gives text that stands before a page's own style sheet. Knows no page, and never colours a
newsletter: its colours are its theme's.
"""

from importlib.resources import files

COLOURS = (files(__package__) / "colours.css").read_text(encoding="utf-8")
"""CSS: `--ground`, `--paper`, `--edge`, `--ink`, `--quiet`, `--accent`, `--accent-strong` and `--wash`."""

__all__ = ["COLOURS"]
