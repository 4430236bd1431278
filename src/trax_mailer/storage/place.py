"""Where a ledger may stand: a private folder on a local disk that no sync service touches."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from pathlib import Path

from trax_mailer.errors import BadState

_ELSEWHERE = "Set TRAX_STATE to a folder on a local disk, outside shared and synced folders."
_NETWORK = re.compile(
    r"nfs\d?|cifs|smb\w*|ncpfs|afs|drvfs|davfs2?|ceph|lustre|gpfs|beegfs|glusterfs|gfs2|ocfs2|vboxsf|vmhgfs|prl_fs"
    r"|fuse\.(sshfs|rclone|s3fs|gcsfuse|davfs2?|glusterfs\w*|ceph\w*|vmhgfs\w*|smbnetfs|blobfuse2?|juicefs|goofys)"
)
_SYNCED = re.compile(
    r"dropbox( \(.*\))?|onedrive( ?-.*)?|icloud ?drive.*|mobile documents|com~apple~clouddocs|cloudstorage"
    r"|google ?drive.*|nextcloud\d*|owncloud|pcloud ?drive|box sync|my drive",
    re.IGNORECASE,
)
_SYNC_MARKS = (".dropbox.cache", ".stfolder")
"""Left by Dropbox and Syncthing at the top of the folder they sync, whatever its name."""


def prepare_state_folder(state: Path, *, holds_database: bool = True) -> Path:
    """The absolute path of the state directory, made where it is missing, mode 0700.

    Raises BadState for sync folders, folders full of other things, places that cannot be written, and,
    where it `holds_database`, network shares.
    """
    folder = state.expanduser().absolute()
    refuse_synced(folder)
    try:
        existing = next(above for above in (folder, *folder.parents) if above.exists())
        if holds_database:
            refuse_network(existing.resolve())
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_folder_private(folder)
    except (FileExistsError, NotADirectoryError):
        raise BadState(
            f"The state directory {folder} cannot be made: a file is in its way.", advice=_ELSEWHERE
        ) from None
    except OSError as error:
        raise BadState(
            f"The state directory {folder} cannot be used: {error.strerror}.",
            advice="Set TRAX_STATE to a folder of yours on a local disk.",
        ) from None
    return folder


def make_file_private(file: Path) -> None:
    """Make the file where it is missing; either way only its owner may read it (0600).

    A file that is there is not opened: closing it would drop the locks that SQLite holds on it in this
    process (https://sqlite.org/howtocorrupt.html §2.2).
    """
    try:
        with contextlib.suppress(FileExistsError):
            os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        if stat.S_IMODE(file.stat().st_mode) != 0o600:
            file.chmod(0o600)
    except OSError as error:
        raise BadState(
            f"{file} cannot be used: {error.strerror}.", advice="Check who owns the file, and its mode."
        ) from None


def refuse_synced(folder: Path) -> None:
    """Raise BadState where a sync service would copy the ledger while it is being written."""
    for path in {folder, folder.resolve()}:
        for above in (path, *path.parents):
            marked = any((above / mark).exists() for mark in _SYNC_MARKS)
            if marked or _SYNCED.fullmatch(above.name):
                raise BadState(
                    f"The state directory {folder} is in a synced folder ({above}): a sync service copies "
                    "the database while it is being written, and damages it.",
                    advice=_ELSEWHERE,
                )


def refuse_network(folder: Path, *, mounts: Path = Path("/proc/mounts")) -> None:
    """Raise BadState where `folder` is on a network share. Knows Linux; elsewhere it says nothing."""
    if not mounts.exists():
        return
    kind = _file_system(folder, mounts.read_text(encoding="utf-8", errors="surrogateescape"))
    if _NETWORK.fullmatch(kind):
        raise BadState(
            f"The state directory {folder} is on a network share ({kind}): the database's locks do not "
            "hold there.",
            advice=_ELSEWHERE,
        )


def _file_system(folder: Path, mounts: str) -> str:
    """The type of the file system that holds `folder` (proc_pid_mounts(5); blanks are octal there)."""
    depth, kind = -1, ""
    for line in mounts.splitlines():
        _device, point, this_kind, options, *_rest = line.split(" ")
        if this_kind == "9p" and "aname=drvfs" in options:
            this_kind = "drvfs"  # a Windows drive seen from WSL; other 9p mounts keep their locks
        mount = Path(re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), point))
        # A later mount at the same point hides the earlier one.
        if folder.is_relative_to(mount) and len(mount.parts) >= depth:
            depth, kind = len(mount.parts), this_kind
    return kind


def _make_folder_private(folder: Path) -> None:
    if stat.S_IMODE(folder.stat().st_mode) & 0o077 == 0:
        return
    ours = {"ledger.db", "keys.json"}
    names = {entry.name for entry in folder.iterdir()}
    if names and not names & ours:
        raise BadState(
            f"The state directory {folder} holds other things and is open to other people.",
            advice="Set TRAX_STATE to a folder of its own; it is made if it does not exist.",
        )
    folder.chmod(0o700)
