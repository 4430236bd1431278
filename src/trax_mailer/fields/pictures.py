"""Picture files: where they may lie, and whether they are pictures."""

from __future__ import annotations

import warnings
from functools import lru_cache
from pathlib import Path, PurePosixPath

from PIL import Image, UnidentifiedImageError

from trax_mailer.fields.collecting import Wrong, did_you_mean, shortened

FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
MOST_BYTES = 20 * 1024 * 1024
MOST_PIXELS = 50_000_000

_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp"})


def check_picture_file(words: str, folder: Path) -> PurePosixPath:
    """The path of a picture inside `folder`, which is opened and looked at. Raises `Wrong`."""
    path = _relative(words)
    found = _find(path, folder)
    try:
        if not found.resolve().is_relative_to(folder.resolve()):
            raise Wrong(
                f"“{shortened(words)}” is a link to a file outside this folder.",
                advice="Copy the picture itself here.",
            )
        status = found.stat()
        if not found.is_file():
            raise Wrong(f"“{shortened(words)}” is no file.", advice="Give the picture's file.")
        if status.st_size > MOST_BYTES:
            size = status.st_size / 1024 / 1024
            raise Wrong(
                f"“{shortened(words)}” is too large ({size:.0f} MB).",
                advice="Save it smaller: 1200 pixels wide is plenty.",
            )
        fault = _fault_of(found, status.st_mtime_ns, status.st_size)
    except (OSError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or error
        raise Wrong(f"“{shortened(words)}” cannot be read: {why}.", advice="Check the file.") from None
    if fault:
        raise Wrong(f"“{shortened(words)}” {fault}", advice="Save it again as PNG or JPEG.")
    return path


def _relative(words: str) -> PurePosixPath:
    if "://" in words:
        raise Wrong(
            "must be a file beside this one, not a web address.",
            advice="Download the picture into the folder.",
        )
    path = PurePosixPath(words)
    if "\\" in words or path.is_absolute() or (len(words) > 1 and words[1] == ":"):
        raise Wrong(
            f"takes a path inside the folder of this file, not “{shortened(words)}”.",
            advice="Copy the picture beside this file and write its name, with / between folders.",
        )
    if ".." in path.parts:
        raise Wrong(
            f"leads out of the folder of this file: “{shortened(words)}”.",
            advice="Copy the picture beside this file.",
        )
    return path


def _find(path: PurePosixPath, folder: Path) -> Path:
    """The file, name by name, so that a wrong letter case is noticed on every system."""
    here = folder
    for part in path.parts:
        try:
            names = sorted(entry.name for entry in here.iterdir())
        except OSError:
            names = []
        if part not in names:
            pictures = [name for name in names if Path(name).suffix.lower() in _SUFFIXES] if names else []
            same = next((name for name in names if name.casefold() == part.casefold()), None)
            if same is not None:
                raise Wrong(
                    f"names “{shortened(str(path))}”, but the file is called “{same}”.",
                    advice="Write it in the same letter case, or it is missing on other systems.",
                )
            raise Wrong(
                f"names a missing picture: there is no “{shortened(str(path))}” in {folder.name or folder}/.",
                advice=did_you_mean(part, pictures or names) or "Put the file there, or correct the name.",
            )
        here = here / part
    return here


@lru_cache(maxsize=512)
def _fault_of(file: Path, _modified: int, _size: int) -> str:
    """What is wrong with a picture's content; empty when nothing is. Read once per version of a file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    return f"is too large ({picture.width} × {picture.height} pixels)."
                picture.verify()
            with Image.open(file, formats=FORMATS) as picture:
                picture.load()
    except UnidentifiedImageError:
        return "is no PNG, JPEG, GIF or WebP picture, whatever its name says."
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return "has far too many pixels."
    except PermissionError:
        raise
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError):
        return "is damaged: it cannot be read to its end."
    return ""
