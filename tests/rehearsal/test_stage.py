import os
import subprocess
import sys
import tempfile

import pytest

from trax_mailer.errors import BadState
from trax_mailer.rehearsal import private_folder


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_folder_is_private_and_goes_away_when_the_rehearsal_ends(temporary):
    with private_folder() as folder:
        assert folder.stat().st_mode & 0o077 == 0
        (folder / "readers").mkdir()
        (folder / "readers" / "ledger.db").write_text("addresses")
    assert list(temporary.iterdir()) == []


def test_folder_goes_away_when_the_rehearsal_is_interrupted(temporary):
    with pytest.raises(KeyboardInterrupt), private_folder():
        raise KeyboardInterrupt
    assert list(temporary.iterdir()) == []


def test_left_over_folder_is_removed_when_its_rehearsal_was_killed(temporary):
    program = """
import os, signal, tempfile
from trax_mailer.rehearsal import private_folder
with private_folder() as folder:
    (folder / "ledger.db").write_text("addresses")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    environment = {**os.environ, "TMPDIR": str(temporary)}
    subprocess.run([sys.executable, "-c", program], check=False, env=environment, timeout=60)
    assert len(list(temporary.iterdir())) == 1
    with private_folder() as running, private_folder() as beside:
        assert {running, beside} == set(temporary.iterdir())


def test_reason_is_said_when_no_folder_can_be_made(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(BadState, match="No temporary folder"), private_folder():
        pass
