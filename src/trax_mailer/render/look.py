"""The look: templates, theme, words and style sheet, read once and used for many renderings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from trax_mailer.errors import BadFile
from trax_mailer.model.finding import Finding, Place, Severity, has_errors
from trax_mailer.render.contrast import contrast_findings
from trax_mailer.render.templates import Templates, open_templates
from trax_mailer.render.theme import ThemeLayer, read_theme
from trax_mailer.render.words import Words, read_words
from trax_mailer.sections import BUILTIN_TEMPLATES, SectionType

LAYOUT_HTML = "layout.mjml"
LAYOUT_TEXT = "layout.txt"
STYLE = "style.css"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Everything that decides how issues look. Never changes once it is loaded.

    `findings` holds what is no error: colours that are hard to read.
    """

    templates: Templates
    theme: tuple[ThemeLayer, ...]
    words: Words
    types: Mapping[str, SectionType]
    findings: tuple[Finding, ...] = ()


def load_look(templates: Path | None, types: Mapping[str, SectionType]) -> Look:
    """The look of a workspace: its own `templates` folder (may be missing) over the packaged one.

    Raises BadFile, with every finding, when a file of the look cannot be used.
    """
    folders: tuple[tuple[Path, str], ...] = ((BUILTIN_TEMPLATES, str(BUILTIN_TEMPLATES)),)
    if templates is not None and templates.is_dir():
        shown_as = f"{templates.parent.name}/{templates.name}"
        folders = ((templates.resolve(), shown_as), *folders)
    return open_look(folders, types)


def open_look(folders: tuple[tuple[Path, str], ...], types: Mapping[str, SectionType]) -> Look:
    """The look in these folders, an earlier one overriding a later; each with the name to show.

    Raises BadFile.
    """
    theme, findings = read_theme(folders)
    words, word_findings = read_words(folders)
    findings += word_findings
    findings += [
        _missing(name, folders[0][1]) for name in (LAYOUT_HTML, LAYOUT_TEXT) if not _exists(name, folders)
    ]
    if has_errors(findings):
        raise BadFile(
            "The look of the newsletter cannot be used.",
            findings=findings,
            advice="Mend the files above; they stand in templates/email/.",
        )
    return Look(
        templates=open_templates(folders),
        theme=theme,
        words=words,
        types=types,
        findings=(*findings, *contrast_findings(theme)),
    )


def _exists(name: str, folders: tuple[tuple[Path, str], ...]) -> bool:
    return any((folder / name).is_file() for folder, _ in folders)


def _missing(name: str, shown_as: str) -> Finding:
    return Finding(
        check="templates",
        severity=Severity.ERROR,
        message=f"There is no {name}.",
        place=Place(f"{shown_as}/{name}", 1, 1),
        advice="A look needs layout.mjml for HTML and layout.txt for plain text.",
    )
