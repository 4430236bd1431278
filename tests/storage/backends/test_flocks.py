import os
import stat

import pytest

from trax_mailer.errors import Conflict
from trax_mailer.storage.backends.flocks import hold_file, is_held


def test_file_is_private_and_stays_when_the_lane_is_given_back(tmp_path):
    folder = tmp_path / "lanes"
    assert not is_held(folder, 7, lane=2)
    assert not folder.exists()
    with hold_file(folder, 7, lane=2):
        pass
    assert [path.name for path in folder.iterdir()] == ["7.2.lock"]
    assert stat.S_IMODE((folder / "7.2.lock").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_holder_knows_that_its_lock_is_void_when_the_file_was_removed(tmp_path):
    with hold_file(tmp_path, 7, lane=2) as lock:
        assert lock.holds()
        (tmp_path / "7.2.lock").unlink()
        assert not lock.holds()
        with hold_file(tmp_path, 7, lane=2) as other:
            assert other.holds()
            assert not lock.holds()


def test_lock_is_not_passed_on_when_the_holder_starts_a_program(tmp_path):
    with hold_file(tmp_path, 7, lane=0) as lock:
        assert not os.get_inheritable(lock._handle)
        with pytest.raises(Conflict), hold_file(tmp_path, 7, lane=0):
            pass
