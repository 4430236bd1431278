"""Where the state directory is: lists, ledger and keys, outside the workspace."""

from __future__ import annotations

import fnmatch
import hashlib
import re
import unicodedata
from pathlib import Path

from platformdirs import user_state_path

from trax_mailer.errors import BadWorkspace


def choose_state(root: Path, *, named: tuple[Path | None, str, str], newsletter: str, list_id: str) -> Path:
    """The state directory, as an absolute path; it need not exist yet.

    `named` holds the caller's, the environment's and trax.yaml's choice; the first that is given
    counts. Raises `BadWorkspace` where it lies inside the workspace and git does not ignore it.
    """
    given, from_environment, from_file = named
    if given is not None:
        state = absolute(given, Path.cwd())
    elif from_environment.strip():
        state = absolute(Path(from_environment.strip()), Path.cwd())
    elif from_file:
        state = absolute(Path(from_file), root)
    else:
        return default_state(newsletter, list_id)
    _refuse_inside(state, root)
    return state


def absolute(path: Path, start: Path) -> Path:
    """The path counted from `start`, with ~ written out. Raises `BadWorkspace` for a home that is none."""
    try:
        return (start.absolute() / path.expanduser()).absolute()
    except RuntimeError as error:
        raise BadWorkspace(f"{path} cannot be found: {error}", advice="Write the path in full.") from error


def default_state(newsletter: str, list_id: str) -> Path:
    """`<the user's state folder>/trax-mailer/<newsletter>-<hash of the list id>`."""
    ascii_name = unicodedata.normalize("NFKD", newsletter).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-")[:40]
    digest = hashlib.sha256(list_id.lower().encode()).hexdigest()[:8]
    return user_state_path("trax-mailer") / "-".join(filter(None, [slug, digest]))


def _refuse_inside(state: Path, root: Path) -> None:
    try:
        real_state, real_root = state.resolve(), root.resolve()
    except (OSError, RuntimeError) as error:
        raise BadWorkspace(f"{state} cannot be used: {error}", advice="Choose another folder.") from error
    if not real_state.is_relative_to(real_root):
        return
    inside = real_state.relative_to(real_root)
    if inside.parts and _is_ignored(inside.parts[0], real_root):
        return
    raise BadWorkspace(
        f"The state directory {state} lies inside the workspace, where git would publish readers' addresses.",
        advice="Choose a folder outside the workspace"
        + (f", or add “/{inside.parts[0]}/” to its .gitignore." if inside.parts else "."),
    )


def _is_ignored(name: str, root: Path) -> bool:
    """Whether the workspace's .gitignore names a folder at its top. Patterns with paths are not read."""
    try:
        lines = (root / ".gitignore").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    ignored = False
    for line in lines:
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        wanted = pattern.removeprefix("!").removeprefix("/").removesuffix("/")
        if "/" not in wanted and fnmatch.fnmatchcase(name, wanted):
            ignored = not pattern.startswith("!")
    return ignored
