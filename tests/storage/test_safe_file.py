import os
import stat

import pytest

from trax_mailer.errors import BadState, Conflict, Refused
from trax_mailer.storage.safe_file import new_file, refuse_place


def _write(file, *, force):
    with new_file(file, force=force) as opened:
        opened.write(b"new")


@pytest.mark.parametrize("force", [True, False])
def test_place_is_left_alone_when_it_is_no_ordinary_file(tmp_path, force):
    pipe, folder = tmp_path / "pipe", tmp_path / "folder"
    os.mkfifo(pipe)
    folder.mkdir()
    (tmp_path / "link").symlink_to(pipe)
    for place in (pipe, folder, tmp_path / "link"):
        with pytest.raises(Refused, match="no ordinary file"):
            _write(place, force=force)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert {one.name for one in tmp_path.iterdir()} == {"pipe", "folder", "link"}


def test_what_a_link_leads_to_is_replaced_when_forced(tmp_path):
    link, target = tmp_path / "link", tmp_path / "target"
    target.write_bytes(b"old")
    link.symlink_to(target)
    with pytest.raises(Conflict, match="exists already"):
        _write(link, force=False)
    _write(link, force=True)
    assert (link.is_symlink(), target.read_bytes()) == (True, b"new")


def test_missing_folder_is_named_when_there_is_none(tmp_path):
    with pytest.raises(BadState, match=r"no folder .*missing to write it\.gz into"):
        refuse_place(tmp_path / "missing" / "it.gz", force=False)
