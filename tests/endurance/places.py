"""A disk of its own for a test: small enough to be filled, and really read-only when it is made so."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from contextlib import contextmanager

import pytest


class SmallDisk:
    """A tmpfs. Whoever writes to it, even root, meets its end and its being read-only."""

    def __init__(self, folder):
        self.folder = folder

    def fill(self):
        """Leave no room."""
        with (self.folder / "ballast").open("wb", buffering=0) as ballast:
            try:
                while ballast.write(bytes(4096)):
                    pass
            except OSError as error:
                assert error.errno == errno.ENOSPC

    def clear(self):
        """Make room again."""
        (self.folder / "ballast").unlink()

    def set_read_only(self, *, read_only):
        """For everybody; nothing on it may be open for writing."""
        mode = "ro" if read_only else "rw"
        run_as_root("mount", "-o", f"remount,{mode}", str(self.folder))


@contextmanager
def small_disk(folder, *, megabytes):
    """Mount one at the new folder. In CI, a test never does without it."""
    folder.mkdir(mode=0o700)
    size = f"size={megabytes}m,mode=0700,uid={os.getuid()},gid={os.getgid()}"
    try:
        run_as_root("mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder))
    except (OSError, subprocess.CalledProcessError) as error:
        reason = f"no disk can be mounted here: {error}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    try:
        yield SmallDisk(folder)
    finally:
        run_as_root("umount", "--lazy", str(folder))


def run_as_root(*command):
    """Run it, through sudo where this is not root."""
    sudo = [] if os.geteuid() == 0 else [shutil.which("sudo") or "sudo", "-n"]
    subprocess.run([*sudo, *command], check=True, capture_output=True, timeout=30)
