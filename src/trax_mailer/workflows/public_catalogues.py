"""Message catalogues: files of words by name, one a language, packaged and a workspace's own."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping as MappingType
from functools import cache
from pathlib import Path
from types import MappingProxyType

from babel import Locale, UnknownLocaleError

from trax_mailer.errors import BadFile
from trax_mailer.fields import Findings, did_you_mean
from trax_mailer.model.finding import Finding, Severity, has_errors
from trax_mailer.workflows.public_words import FALLBACK, Catalogues, Words
from trax_mailer.yamltree import Mapping, Scalar, read_tree_from

PACKAGED = Path(__file__).parent.parent / "starter" / "templates" / "pages"
OWN = Path("templates") / "pages"
_CHECK = "words"
_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.ASCII)


@cache
def packaged() -> Catalogues:
    """The languages that come with the program."""
    texts = {}
    for file in sorted(PACKAGED.glob("*.yaml")):
        read, findings = _read(file, shown_as=file.name, known=None)
        if findings:
            raise BadFile(f"{file.name} is damaged.", findings=findings, advice="Install trax anew.")
        texts[file.stem] = read
    return _catalogues(texts)


def load_catalogues(root: Path) -> tuple[Catalogues, tuple[Finding, ...]]:
    """The packaged languages with what the workspace changes or adds, and notes about what is missing.

    Raises BadFile, with every finding, where a file of the workspace cannot be used.
    """
    base = packaged().by_tag
    texts = {tag: dict(words.texts) for tag, words in base.items()}
    english = base[FALLBACK].texts
    findings: list[Finding] = []
    for file in sorted((root / OWN).glob("*.yaml")):
        tag, shown_as = file.stem.lower(), f"{OWN.as_posix()}/{file.name}"
        own, found = _read(file, shown_as=shown_as, known=english)
        findings += found
        if _TAG.fullmatch(tag) is None:
            message = f"{shown_as} names no language."
            advice = "Name it after a language tag, such as de.yaml or pt-br.yaml."
            findings.append(Finding(check=_CHECK, severity=Severity.ERROR, message=message, advice=advice))
            continue
        texts[tag] = {**texts.get(tag, {}), **own}
        missing = [name for name in english if name not in texts[tag]]
        if missing:
            findings.append(_untranslated(shown_as, missing))
    if has_errors(findings):
        raise BadFile("The words of the public pages cannot be used as they stand.", findings=findings)
    return _catalogues(texts), tuple(findings)


def _catalogues(texts: MappingType[str, MappingType[str, str]]) -> Catalogues:
    english = texts[FALLBACK]
    return Catalogues(
        MappingProxyType(
            {
                tag: Words(tag, _direction(tag), MappingProxyType({**english, **_named(tag), **own}))
                for tag, own in sorted(texts.items())
            }
        )
    )


def _read(
    file: Path, *, shown_as: str, known: MappingType[str, str] | None
) -> tuple[dict[str, str], list[Finding]]:
    """The words of one file; where `known` is given, only names and braces that it has."""
    tree = read_tree_from(file, shown_as=shown_as)
    findings = Findings(check=_CHECK)
    findings.extend(tree.findings)
    texts: dict[str, str] = {}
    if isinstance(tree.root, Mapping):
        for entry in tree.root.entries:
            name, value = entry.key.text, entry.value
            if not isinstance(value, Scalar) or value.is_null or not value.text.strip():
                findings.at(entry.key, f"“{name}” takes words; none stand here.")
            elif known is not None and name not in known:
                advice = did_you_mean(name, known) or "The names stand in the packaged en.yaml."
                findings.at(entry.key, f"“{name}” is said nowhere.", advice=advice)
            elif problem := _bad_braces(value.text, None if known is None else known[name]):
                findings.at(value, f"“{name}” {problem}", advice=_braces(known, name))
            else:
                texts[name] = value.text
    elif tree.root is not None:
        findings.at(tree.root, "This file takes words by name.", advice="Write: leave_title: Unsubscribe")
    return texts, list(findings.all())


def braces_in(text: str) -> set[str] | None:
    """The names in braces; None where a brace lacks its partner or holds more than a name."""
    try:
        pieces = list(string.Formatter().parse(text))
    except ValueError:
        return None
    names = {name for _words, name, _form, _conversion in pieces if name is not None}
    plain = all(name.isidentifier() for name in names)
    return names if plain and not any(form or conversion for _, _, form, conversion in pieces) else None


def _bad_braces(text: str, model: str | None) -> str:
    names = braces_in(text)
    if names is None:
        return "has a brace without its partner, or more than a name between two."
    unknown = sorted(names - (braces_in(model) or set())) if model is not None else []
    return f"has “{{{unknown[0]}}}”, which is filled in nowhere." if unknown else ""


def _braces(known: MappingType[str, str] | None, name: str) -> str:
    names = sorted(braces_in(known[name]) or ()) if known else []
    return f"It may hold {', '.join(f'{{{one}}}' for one in names)}." if names else "It holds no braces."


def _untranslated(shown_as: str, missing: list[str]) -> Finding:
    names = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
    return Finding(
        check=_CHECK,
        severity=Severity.NOTE,
        message=f"{shown_as} has no words for {names}: English is used.",
        advice="Add them, under the names of the packaged en.yaml.",
    )


def _named(tag: str) -> dict[str, str]:
    """The language's own name, for a file that does not say it."""
    try:
        name = Locale.parse(tag.replace("-", "_")).display_name
    except (UnknownLocaleError, ValueError):
        name = tag
    return {"own_name": (name or tag).capitalize()}


def _direction(tag: str) -> str:
    try:
        return str(Locale.parse(tag.replace("-", "_")).text_direction)
    except (UnknownLocaleError, ValueError):
        return "ltr"
