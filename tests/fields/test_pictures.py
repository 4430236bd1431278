from pathlib import PurePosixPath

import pytest
from PIL import Image

from trax_mailer.fields import Kind
from trax_mailer.model.values import Picture, Url


def test_picture_is_read_when_it_lies_in_the_folder(read, picture):
    value, findings = read(
        '{file: photo.png, alt: "A room", caption: Room XX, credit: UN, link: "https://x.org"}', Kind.PICTURE
    )

    assert findings == ()
    assert value == Picture(
        file=PurePosixPath("photo.png"),
        alt="A room",
        caption="Room XX",
        credit="UN",
        link=Url("https://x.org"),
    )


def test_picture_needs_no_alt_when_it_is_decorative(read, picture):
    value, findings = read("{file: photo.png, decorative: true}", Kind.PICTURE)

    assert findings == ()
    assert (value.alt, value.decorative) == ("", True)


@pytest.mark.parametrize(
    "form", ["{file: photo.png}", '{file: photo.png, alt: ""}', "{file: photo.png, alt: }"]
)
def test_picture_is_refused_when_nothing_says_what_it_shows(read, picture, form):
    value, (finding,) = read(form, Kind.PICTURE)

    assert value is None
    assert finding.check == "pictures"
    assert "has no alt" in finding.message


@pytest.mark.parametrize("other", ["alt: A room", 'link: "https://x.org"'])
def test_picture_is_refused_when_it_is_decorative_and_says_something(read, picture, other):
    value, (finding,) = read(f"{{file: photo.png, decorative: true, {other}}}", Kind.PICTURE)

    assert value is None
    assert "is decorative and has" in finding.message


def refusal(read, name):
    value, (finding,) = read(f'{{file: "{name}", alt: x}}', Kind.PICTURE)
    assert value is None
    assert finding.check == "pictures"
    assert finding.place.column == len("value: {file: ") + 1
    return f"{finding.message} {finding.advice}"


def test_picture_is_refused_with_a_guess_when_it_is_missing(read, picture):
    words = refusal(read, "foto.png")

    assert "names a missing picture" in words
    assert "Did you mean “photo.png”?" in words


def test_picture_is_refused_when_its_letter_case_differs(read, picture):
    assert "the file is called “photo.png”" in refusal(read, "Photo.PNG")


@pytest.mark.parametrize(
    "name", ["../photo.png", "a/../../photo.png", "/etc/passwd", "C:/photo.png", "a\\\\photo.png"]
)
def test_picture_is_refused_when_it_leads_out_of_the_folder(read, picture, name):
    assert "folder" in refusal(read, name)


def test_picture_is_refused_when_it_is_on_the_web(read):
    assert "Download the picture" in refusal(read, "https://x.org/a.png")


def test_picture_is_refused_when_a_link_leads_out_of_the_folder(read, tmp_path):
    inside = tmp_path / "issue"
    inside.mkdir()
    Image.new("RGB", (2, 2)).save(tmp_path / "secret.png")
    (inside / "photo.png").symlink_to(tmp_path / "secret.png")

    value, (finding,) = read("{file: photo.png, alt: x}", Kind.PICTURE, folder=inside)

    assert value is None
    assert "a link to a file outside this folder" in finding.message


@pytest.mark.parametrize("loop", ["self", "folder"])
def test_picture_is_refused_when_it_is_no_file(read, tmp_path, loop):
    if loop == "self":
        (tmp_path / "photo.png").symlink_to(tmp_path / "photo.png")
    else:
        (tmp_path / "photo.png").mkdir()

    assert "photo.png" in refusal(read, "photo.png")


@pytest.mark.parametrize(
    "content",
    [b"", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.4", bytes(range(99, 198))],
)
def test_picture_is_refused_when_its_content_is_something_else(read, tmp_path, content):
    (tmp_path / "photo.png").write_bytes(content)

    words = refusal(read, "photo.png")

    assert "is no PNG" in words or "is damaged" in words


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "GIF", "WEBP"])
def test_picture_is_refused_when_it_was_cut_short(read, tmp_path, format_):
    path = tmp_path / "photo.png"
    Image.effect_noise((64, 64), 50).convert("RGB").save(path, format_)
    assert read("{file: photo.png, alt: x}", Kind.PICTURE)[1] == ()

    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    assert "is damaged" in refusal(read, "photo.png")


@pytest.mark.parametrize("format_", ["BMP", "TIFF", "ICO"])
def test_picture_is_refused_when_mail_programs_do_not_show_it(read, tmp_path, format_):
    Image.new("RGB", (16, 16)).save(tmp_path / "photo.png", format_)

    assert "is no PNG, JPEG, GIF or WebP" in refusal(read, "photo.png")


@pytest.mark.parametrize("size", [(10_000, 6_000), (14_000, 14_000)])
def test_picture_is_refused_unread_when_it_has_too_many_pixels(read, tmp_path, size):
    Image.new("1", size).save(tmp_path / "photo.png")

    words = refusal(read, "photo.png")

    assert "is too large" in words or "too many pixels" in words


def test_picture_is_refused_when_its_file_is_huge(read, tmp_path):
    with (tmp_path / "photo.png").open("wb") as stream:
        stream.truncate(30 * 1024 * 1024)

    assert "too large (30 MB)" in refusal(read, "photo.png")


def test_picture_shows_its_form_when_it_is_only_a_name(read, picture):
    value, (finding,) = read("photo.png", Kind.PICTURE)

    assert value is None
    assert finding.advice == 'Write {file: photo.png, alt: "what it shows"}.'


def test_several_findings_are_given_when_several_parts_of_a_picture_are_wrong(read):
    value, findings = read("{file: gone.png, link: x, size: big}", Kind.PICTURE)

    assert value is None
    assert len(findings) == 4


def test_files_are_not_looked_at_when_there_is_no_folder(read):
    value, findings = read("{file: gone.png, alt: x}", Kind.PICTURE, folder=None)

    assert findings == ()
    assert value.file == PurePosixPath("gone.png")


def test_reason_is_told_when_a_picture_may_not_be_read(read, tmp_path, monkeypatch):
    Image.new("RGB", (8, 8)).save(tmp_path / "photo.png")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Image, "open", refuse)
    assert "cannot be read: Permission denied." in refusal(read, "photo.png")
