"""The files of segments: `subscribers/NAME.yaml`, one a segment."""

from __future__ import annotations

from pathlib import Path

from trax_mailer.fields import did_you_mean
from trax_mailer.model.segments import SEGMENT_NAME

SUFFIX = ".yaml"


def segment_names(folder: Path) -> list[str]:
    """The names of all segments, sorted: whatever the folder holds that ends like one."""
    try:
        found = [path.name for path in folder.iterdir()]
    except OSError:
        return []
    return sorted(
        name.removesuffix(SUFFIX) for name in found if name.endswith(SUFFIX) and not name.startswith(".")
    )


def segment_file(folder: Path, name: str) -> Path | None:
    """The file of that segment, whatever the case of its letters; None where there is none."""
    names = segment_names(folder)
    exact = name if name in names else next((one for one in names if one.lower() == name.lower()), None)
    return None if exact is None else folder / f"{exact}{SUFFIX}"


def is_name(name: str) -> bool:
    """Whether a segment may be called so."""
    return SEGMENT_NAME.fullmatch(name) is not None


def advice_on(folder: Path, name: str) -> str:
    """What to do about a name that no segment has."""
    names = segment_names(folder)
    if (folder / f"{name[:60]}.yml").is_file():
        return f"There is {name}.yml: call it {name}{SUFFIX}."
    if not names:
        return f"Write one: subscribers/NAME{SUFFIX}, with “title: …” and “where: language is fr”."
    more = " …" if len(names) > 20 else ""
    return f"{did_you_mean(name, names)} Segments: {', '.join(names[:20])}{more}.".strip()
