from __future__ import annotations

import hashlib
import io

import pytest
from PIL import Image

from trax_mailer.render.pictures import BadPicture, prepare_picture, read_picture


def encoded(size=(100, 50), form="PNG", mode="RGB", **options) -> bytes:
    target = io.BytesIO()
    Image.new(mode, size, 0).save(target, form, **options)
    return target.getvalue()


def with_exif() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "A camera"
    exif.get_ifd(0x8825)[1] = "N"
    return encoded((100, 50), "JPEG", exif=exif)


@pytest.mark.parametrize(
    ("form", "extension", "media_type"),
    [
        ("PNG", "png", "image/png"),
        ("JPEG", "jpg", "image/jpeg"),
        ("GIF", "gif", "image/gif"),
        ("WEBP", "webp", "image/webp"),
    ],
)
def test_bytes_stay_as_they_are_when_nothing_is_to_change(form, extension, media_type):
    data = encoded(form=form)
    asset = prepare_picture(data)
    assert asset.data == data
    assert asset.sha256 == hashlib.sha256(data).hexdigest()
    assert (asset.extension, asset.media_type, asset.width, asset.height) == (extension, media_type, 100, 50)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "P", "L"])
def test_a_picture_is_made_smaller_when_it_is_too_wide(form, mode):
    if form == "JPEG" and mode == "P":
        mode = "CMYK"
    asset = prepare_picture(encoded((2400, 1000), form, mode))
    assert (asset.width, asset.height) == (1200, 500)
    with Image.open(io.BytesIO(asset.data)) as picture:
        assert (picture.format, picture.size) == (form, (1200, 500))


def test_transparency_stays_when_made_smaller():
    asset = prepare_picture(encoded((2400, 1000), "PNG", "RGBA"))
    with Image.open(io.BytesIO(asset.data)) as picture:
        assert picture.getpixel((5, 5)) == (0, 0, 0, 0)


def test_orientation_is_applied_and_the_rest_dropped_when_there_is_exif():
    asset = prepare_picture(with_exif())
    assert (asset.width, asset.height) == (50, 100)
    with Image.open(io.BytesIO(asset.data)) as picture:
        assert dict(picture.getexif()) == {}
    assert b"A camera" not in asset.data


def test_a_moving_picture_stays_as_it_is_when_too_wide():
    frames = [Image.new("L", (1300, 4), shade) for shade in (0, 255)]
    target = io.BytesIO()
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:])
    assert prepare_picture(target.getvalue()).data == target.getvalue()


def test_the_same_bytes_come_out_when_encoded_twice():
    prepare_picture.cache_clear()
    first = prepare_picture(with_exif())
    prepare_picture.cache_clear()
    assert prepare_picture(with_exif()) == first


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"no picture", "is no picture"),
        (encoded(form="BMP"), "is BMP"),
        (encoded((2400, 1000), "JPEG")[:300], "is damaged"),
    ],
)
def test_the_reason_is_told_when_it_cannot_be_used(data, words):
    with pytest.raises(BadPicture, match=words):
        prepare_picture(data)


def test_the_reason_is_told_when_the_file_is_gone(tmp_path):
    with pytest.raises(BadPicture, match="cannot be read"):
        read_picture(tmp_path / "gone.png")
