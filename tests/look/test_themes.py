"""The looks that ship: colours that can be read, words in every language, pictures of the right size."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from PIL import Image

from look.made import TEMPLATES
from trax_mailer.render.contrast import contrast
from trax_mailer.sections import BUILTIN_TEMPLATES

STARTER = BUILTIN_TEMPLATES.parents[1] / "workspace" / "templates" / "email"
LEGIBLE = 4.5
"""WCAG 2.2 §1.4.3, for text of any size."""

GROUNDS_OF_TEXT = {
    "ink": ("surface", "soft"),
    "muted": ("surface", "soft", "page"),
    "kicker": ("surface", "soft"),
    "accent": ("surface", "soft"),
    "on_button": ("button",),
    "on_band": ("band",),
    "on_masthead": ("masthead",),
}


@pytest.mark.parametrize(
    "folder", [BUILTIN_TEMPLATES, STARTER, TEMPLATES], ids=["packaged", "init", "UPR Info"]
)
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_can_be_read_on_every_ground_it_stands_on(folder: Path, mode: str) -> None:
    packaged = yaml.safe_load((BUILTIN_TEMPLATES / "theme.yaml").read_text("utf-8"))
    own = yaml.safe_load((folder / "theme.yaml").read_text("utf-8"))
    colours = {**packaged[mode], **own[mode]}
    too_faint = [
        (text, ground, round(contrast(colours[text], colours[ground]), 2))
        for text, grounds in GROUNDS_OF_TEXT.items()
        for ground in grounds
        if contrast(colours[text], colours[ground]) < LEGIBLE
    ]
    assert too_faint == []


@pytest.mark.parametrize("folder", [BUILTIN_TEMPLATES, TEMPLATES], ids=["packaged", "UPR Info"])
def test_every_language_has_all_the_words(folder: Path) -> None:
    words = yaml.safe_load((folder / "words.yaml").read_text("utf-8"))
    assert set(words) >= {"en", "fr", "es", "ar"}
    for language, own in words.items():
        assert set(own) == set(words["en"]), language
        assert {name for name in own if own[name].count("%s") != words["en"][name].count("%s")} == set()


def test_wordmarks_carry_the_ground_they_stand_on() -> None:
    theme = yaml.safe_load((TEMPLATES / "theme.yaml").read_text("utf-8"))
    for name, mode in (("wordmark", "light"), ("wordmark_dark", "dark")):
        with Image.open(TEMPLATES / theme[name]["file"]) as picture:
            corner = picture.convert("RGB").getpixel((picture.width - 1, 0))
            assert picture.width >= 2 * theme["wordmark_width"]
        assert "#{:02X}{:02X}{:02X}".format(*corner) == theme[mode]["masthead"].upper()
