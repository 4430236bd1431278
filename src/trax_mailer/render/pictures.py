"""Pictures: a file becomes an asset, made smaller and freed of what it tells about its maker."""

from __future__ import annotations

import hashlib
import io
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from trax_mailer.model.edition import Asset

WIDEST = 1200
"""Pixels: twice the width of the mail, for fine screens."""

_FORMATS = {
    "PNG": ("image/png", "png"),
    "JPEG": ("image/jpeg", "jpg"),
    "GIF": ("image/gif", "gif"),
    "WEBP": ("image/webp", "webp"),
}
_TELLTALES = ("exif", "xmp", "XML:com.adobe.xmp", "photoshop")


class BadPicture(Exception):
    """The file is no picture that a mail can carry; the message says why."""


def read_picture(file: Path) -> Asset:
    """The asset of a picture file. Raises BadPicture when there is none to be made of it."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise BadPicture(f"cannot be read: {error.strerror or error}") from error
    return prepare_picture(data)


@lru_cache(maxsize=64)
def prepare_picture(data: bytes) -> Asset:
    """The asset of a picture. Too wide, or with EXIF or the like, it is encoded anew.

    Orientation is applied, colour profiles are kept, everything else is dropped. A moving picture
    stays as it is. Raises BadPicture.
    """
    try:
        with Image.open(io.BytesIO(data)) as picture:
            if picture.format not in _FORMATS:
                raise BadPicture(f"is {picture.format}, and must be PNG, JPEG, GIF or WebP")
            still = getattr(picture, "n_frames", 1) == 1
            if still and (picture.width > WIDEST or _tells_about_its_maker(picture)):
                return _encoded_anew(picture)
            return _asset(data, form=picture.format, size=picture.size)
    except UnidentifiedImageError as error:
        raise BadPicture("is no picture, whatever its name says") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadPicture("has too many pixels") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise BadPicture(f"is damaged: {error}") from error


def _tells_about_its_maker(picture: Image.Image) -> bool:
    return any(picture.info.get(name) for name in _TELLTALES) or bool(picture.getexif())


def _encoded_anew(picture: Image.Image) -> Asset:
    form = str(picture.format)
    profile = picture.info.get("icc_profile")
    upright = ImageOps.exif_transpose(picture)
    if form == "JPEG":
        plain = upright if upright.mode in {"RGB", "L"} else upright.convert("RGB")
    elif upright.mode in {"RGB", "RGBA", "L", "LA"}:
        plain = upright
    else:
        plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    if plain.width > WIDEST:
        height = max(1, round(plain.height * WIDEST / plain.width))
        plain = plain.resize((WIDEST, height), Image.Resampling.LANCZOS)
    plain.info = {}
    target = io.BytesIO()
    how: dict[str, Any] = {"JPEG": {"quality": 85, "optimize": True, "progressive": True}}.get(
        form, {"quality": 85} if form == "WEBP" else {"optimize": True}
    )
    plain.save(target, form, icc_profile=profile, **how)
    return _asset(target.getvalue(), form=form, size=plain.size)


def _asset(data: bytes, *, form: str, size: tuple[int, int]) -> Asset:
    media_type, extension = _FORMATS[form]
    return Asset(
        sha256=hashlib.sha256(data).hexdigest(),
        media_type=media_type,
        extension=extension,
        width=size[0],
        height=size[1],
        data=data,
    )
