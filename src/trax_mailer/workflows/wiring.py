"""Opening a workspace: its settings, its section types and its look."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from trax_mailer.errors import BadWorkspace
from trax_mailer.render.look import Look, load_look
from trax_mailer.sections import SectionType, load_section_types
from trax_mailer.settings import Settings, find_workspace, load_settings, stray_sections


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """A workspace, its parts read from their files when first asked for."""

    settings: Settings

    @property
    def root(self) -> Path:
        """The folder that holds trax.yaml."""
        return self.settings.root

    @property
    def templates(self) -> Path:
        """The workspace's own templates; may be missing."""
        return self.root / "templates" / "email"

    @cached_property
    def types(self) -> dict[str, SectionType]:
        """The section types, built-in and the workspace's own. Raises BadFile.

        Raises BadWorkspace where trax.yaml puts others into topics.
        """
        types = load_section_types(self.templates)
        if strays := stray_sections(self.root, self.settings.topics, known=types):
            raise BadWorkspace("trax.yaml cannot be used as it stands.", findings=strays)
        return types

    @cached_property
    def look(self) -> Look:
        """The templates, the theme and the words. Raises BadFile."""
        return load_look(self.templates, self.types)

    def shown(self, path: Path) -> str:
        """`path` as the person would type it: relative to the workspace where it lies inside."""
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)


def open_workspace(folder: Path | None = None, *, state: Path | None = None) -> Workspace:
    """The workspace in `folder`, or the nearest one at or above the current folder.

    Raises BadWorkspace, with findings, when there is none or its trax.yaml cannot be used.
    """
    root = folder.resolve() if folder else find_workspace(Path.cwd())
    return Workspace(settings=load_settings(root, state=state.resolve() if state else None))
