"""The words of the frame ("View in browser"), in every language an issue can be written in.

The packaged words.yaml comes first; the workspace's adds languages and words, or replaces them.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from pathlib import Path

from trax_mailer.model.finding import Finding, Place, Severity
from trax_mailer.yamltree import Mapping, Scalar, Tree, read_tree_from

FILE = "words.yaml"
FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Words:
    """Words by language and name."""

    by_language: MappingType[str, MappingType[str, str]]

    def in_language(self, language: str) -> tuple[dict[str, str], tuple[Finding, ...]]:
        """Every word, in English where there is no other, and a note that says so."""
        english = self.by_language.get(FALLBACK, {})
        folded = language.lower()
        own = {**self.by_language.get(folded.partition("-")[0], {}), **self.by_language.get(folded, {})}
        missing = [name for name in english if name not in own]
        if not missing:
            return own, ()
        which = ", ".join(missing) if own else "the words of the frame"
        note = Finding(
            check="words",
            severity=Severity.NOTE,
            message=f"In “{language}” there is no translation of {which}: English is used.",
            advice=f"Add them to templates/email/{FILE}, under “{language}:”.",
        )
        return {**english, **own}, (note,)


def read_words(folders: tuple[tuple[Path, str], ...]) -> tuple[Words, list[Finding]]:
    """The words of all folders together, an earlier folder overriding a later one, and every finding."""
    words: dict[str, dict[str, str]] = {}
    findings: list[Finding] = []
    for folder, shown_as in reversed(folders):
        if (folder / FILE).is_file():
            tree = read_tree_from(folder / FILE, shown_as=f"{shown_as}/{FILE}")
            findings.extend(tree.findings)
            findings.extend(_add(words, tree))
    return Words(words), findings


def _add(words: dict[str, dict[str, str]], tree: Tree) -> list[Finding]:
    if tree.root is None or tree.is_empty:
        return []
    if not isinstance(tree.root, Mapping):
        return [_wrong(tree, tree.root.place, "This file takes a language tag, then words by name.")]
    findings: list[Finding] = []
    for language in tree.root.entries:
        if not isinstance(language.value, Mapping):
            message = f"“{language.key.text}” takes words by name."
            findings.append(_wrong(tree, language.key.place, message))
            continue
        own = words.setdefault(language.key.text.lower(), {})
        for entry in language.value.entries:
            if isinstance(entry.value, Scalar) and not entry.value.is_null:
                own[entry.key.text] = entry.value.text
            else:
                message = f"“{entry.key.text}” takes words; none stand here."
                findings.append(_wrong(tree, entry.key.place, message))
    return findings


def _wrong(tree: Tree, place: Place, message: str) -> Finding:
    return tree.source.finding(
        place, message, check="words", advice="Write: view_in_browser: View in browser"
    )
