from __future__ import annotations

import hashlib
from pathlib import PurePosixPath

import pytest

from trax_mailer.model.edition import Asset
from trax_mailer.model.finding import Severity
from trax_mailer.model.values import Picture
from trax_mailer.settings import Pictures


def asset(data: bytes, extension: str = "png") -> Asset:
    sha256 = hashlib.sha256(data).hexdigest()
    return Asset(sha256=sha256, media_type="image/x", extension=extension, width=9, height=9, data=data)


def picture(alt: str = "The sea", **values) -> Picture:
    return Picture(file=PurePosixPath("sea.png"), alt=alt, **values)


def test_nothing_is_said_when_pictures_are_good(check):
    assert check(picture=picture(), assets=(asset(b"x" * 500_000),)) == []


def test_a_heavy_picture_is_told_at_its_line(check, tmp_path):
    data = b"x" * 600_000
    (tmp_path / "sea.png").write_bytes(data)
    (finding,) = check("pictures", picture=picture(), assets=(asset(data),))
    assert "weighs 585 KB" in finding.message
    assert finding.place.line == 11


def test_a_heavy_picture_of_the_theme_has_no_line(check):
    (finding,) = check("pictures", picture=picture(), assets=(asset(b"x" * 600_000),))
    assert finding.place is None


def test_webp_is_told(check):
    (finding,) = check("pictures", assets=(asset(b"x", "webp"),))
    assert "Outlook" in finding.message


@pytest.mark.parametrize("alt", ["sea.png", "IMG_1234", "picture", "DSC 12"])
def test_a_file_name_is_no_description(alt, check):
    (finding,) = check("pictures", picture=picture(alt))
    assert (finding.severity, finding.place.line) == (Severity.WARNING, 11)


def test_a_long_description_is_told(check):
    (finding,) = check("pictures", picture=picture("x" * 151))
    assert finding.severity is Severity.NOTE
    assert check("pictures", picture=picture("x" * 151, decorative=True)) == []


def test_a_picture_of_another_host_is_told(check, unsubscribe):
    (finding,) = check("pictures", html=('<img src="https://elsewhere.example.net/x.png">', unsubscribe))
    assert "https://elsewhere.example.net/x.png" in finding.message


def test_many_embedded_pictures_are_told(check):
    assets = tuple(asset(bytes([n]) * 500_000) for n in range(10))
    assert check("size", assets=assets) == []
    (finding,) = check("size", assets=assets, pictures=Pictures.EMBEDDED)
    assert "4.8 MB" in finding.message
