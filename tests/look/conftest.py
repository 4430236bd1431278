"""The repository's own workspace and look, and issues written for a test."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from look.made import ROOT, TEMPLATES, Mail, filled
from trax_mailer.issues import load_issue
from trax_mailer.model.finding import has_errors
from trax_mailer.render import Look, load_look, render_issue
from trax_mailer.sections import SectionType, load_section_types
from trax_mailer.settings import Settings, load_settings


@pytest.fixture(scope="session")
def settings() -> Settings:
    return load_settings(ROOT, environ={})


@pytest.fixture(scope="session")
def types() -> Mapping[str, SectionType]:
    return load_section_types(TEMPLATES)


@pytest.fixture(scope="session")
def look(types: Mapping[str, SectionType]) -> Look:
    return load_look(TEMPLATES, types)


@pytest.fixture(scope="session")
def mail_of(settings: Settings, types: Mapping[str, SectionType], look: Look) -> Callable[[Path], Mail]:
    """Loads and renders an issue file."""

    def make(file: Path) -> Mail:
        loaded = load_issue(file, types=types, settings=settings)
        assert loaded.issue is not None, loaded.findings
        rendered = render_issue(loaded.issue, look=look, settings=settings)
        findings = (*loaded.findings, *rendered.findings)
        assert rendered.edition is not None, findings
        assert not has_errors(findings), findings
        return filled(rendered.edition, findings)

    return make


@pytest.fixture(scope="session")
def issue_058(mail_of: Callable[[Path], Mail]) -> Mail:
    return mail_of(ROOT / "issues" / "058" / "issue.yaml")


@pytest.fixture
def write_issue(tmp_path: Path) -> Callable[..., Path]:
    """Writes an issue of the given sections, with a picture beside it."""

    def write(sections: list[dict[str, Any]], *, language: str = "en") -> Path:
        Image.new("RGB", (900, 600), "#0f4c5c").save(tmp_path / "picture.png")
        head = {"number": 7, "title": "Every type", "date": "2026-01-15", "language": language}
        file = tmp_path / "issue.yaml"
        file.write_text(json.dumps({**head, "sections": sections}, ensure_ascii=False), "utf-8")
        return file

    return write
