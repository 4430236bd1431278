"""The key ring: `keys.json` in the state directory, mode 0600, the newest key last.

New tokens use the newest key; every older key verifies for ever, because mails stay in inboxes for
years. Losing the file makes every link to leave in every mail dead: it belongs into the backup.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

from trax_mailer.errors import BadState
from trax_mailer.tokens.keyfile import Key, add_key, make_first_key, read_keys, stamp_of

KEYS_NAME = "keys.json"


class KeyRing:
    """The keys of one state directory. Safe to share between threads."""

    def __init__(self, file: Path) -> None:
        """Read the file, which must exist; `KeyRing.open` makes it where needed."""
        self._file = file
        self._load()

    @classmethod
    def open(cls, state: Path) -> Self:
        """The ring of that state directory, with a first key where there was none.

        Raises BadState where the file cannot be read or is damaged: it is never replaced silently.
        """
        folder = state.expanduser().absolute()
        file = folder / KEYS_NAME
        try:
            if not file.exists():
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                make_first_key(file)
        except OSError as error:
            raise _unusable(file, error) from None
        return cls(file)

    @property
    def current(self) -> Key:
        """The key that new tokens are made with."""
        return self._current

    @property
    def fingerprints(self) -> dict[int, str]:
        """What tells the keys from others, by id; the keys cannot be found from it."""
        return {key_id: key.fingerprint for key_id, key in self._keys.items()}

    def find(self, key_id: int) -> Key | None:
        """The key of that id. For an unknown id, look whether another process has rotated since."""
        if key_id not in self._keys and stamp_of(self._file) not in {None, self._stamp}:
            self._load()
        return self._keys.get(key_id)

    def rotate(self) -> None:
        """Add a key and use it from now on. Tokens made with older keys stay good."""
        try:
            add_key(self._file)
        except OSError as error:
            raise _unusable(self._file, error) from None
        self._load()

    def __repr__(self) -> str:
        return f"KeyRing({str(self._file)!r}, keys={len(self._keys)})"

    def _load(self) -> None:
        try:
            keys, self._stamp = read_keys(self._file)
        except OSError as error:
            raise _unusable(self._file, error) from None
        self._keys = {key.id: key for key in keys}
        self._current = keys[-1]


def _unusable(file: Path, error: OSError) -> BadState:
    return BadState(
        f"The key ring {file} cannot be used: {error.strerror}.",
        advice="Check who owns the folder and the file, and their modes.",
    )
