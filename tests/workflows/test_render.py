import email
import email.policy
from pathlib import Path

import pytest

from trax_mailer.errors import BadFile
from trax_mailer.workflows.render import render_to
from trax_mailer.workflows.wiring import open_workspace

ROOT = Path(__file__).parents[2]


def test_same_bytes_are_written_when_rendered_twice(workspace, tmp_path):
    first = render_to(workspace, "58", folder=tmp_path / "one").files
    second = render_to(workspace, "58", folder=tmp_path / "two").files
    assert [path.name for path in first] == ["058.html", "058.txt", "058.eml"]
    for one, two in zip(first, second, strict=True):
        assert one.read_bytes() == two.read_bytes()


def test_page_shows_its_pictures_from_beside_it_when_opened(workspace, tmp_path):
    html_file, *_ = render_to(workspace, "58", folder=tmp_path).files
    names = {path.name for path in (tmp_path / "pictures").iterdir()}
    html = html_file.read_text(encoding="utf-8")
    assert names
    assert all(f'src="pictures/{name}"' in html for name in names)


def test_mail_carries_both_parts_and_every_picture_when_written(workspace, tmp_path):
    *_, mail = render_to(workspace, "58", folder=tmp_path).files
    message = email.message_from_bytes(mail.read_bytes(), policy=email.policy.default)
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds[:2] == ["multipart/alternative", "text/plain"]
    assert kinds.count("image/png") + kinds.count("image/jpeg") == len(
        list((tmp_path / "pictures").iterdir())
    )
    assert not any(part.defects for part in message.walk())


def test_reason_is_given_when_the_folder_cannot_be_written(workspace, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadFile, match="cannot be written"):
        render_to(workspace, "58", folder=tmp_path / "file" / "out")


@pytest.mark.parametrize("name", ["058.html", "058.txt"])
def test_issue_58_is_as_it_was_last_approved_when_rendered(tmp_path, name):
    """Golden files. A wanted change is approved by `make golden` and a look at the difference."""
    workspace = open_workspace(ROOT, state=tmp_path / "state")
    render_to(workspace, "58", folder=tmp_path / "out")
    rendered = (tmp_path / "out" / name).read_text(encoding="utf-8")
    assert rendered == (ROOT / "tests" / "golden" / name).read_text(encoding="utf-8")
