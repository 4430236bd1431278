"""The rules of the house that no linter keeps."""

import ast
from pathlib import Path

import pytest

from trax_mailer.cli.app import COMMANDS

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "trax_mailer"
PACKAGES = sorted(
    path for path in SOURCE.rglob("__init__.py") if "versions" not in path.parts and path.parent != SOURCE
)
MODULES = sorted(SOURCE.rglob("*.py"))
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def _shown(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", PACKAGES, ids=_shown)
def test_package_says_what_it_never_does_when_opened(path):
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    assert "ever " in docstring, f"{_shown(path)} does not say what the package never does"


@pytest.mark.parametrize("path", MODULES, ids=_shown)
def test_module_is_short_and_says_what_it_is_when_opened(path):
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), f"{_shown(path)} has no docstring"
    assert len(text.splitlines()) <= 300
    assert path.stem not in {"utils", "helpers", "common", "misc"}


def test_half_of_the_modules_are_under_150_lines_when_measured():
    lengths = sorted(len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES)
    assert lengths[len(lengths) // 2] < 150


@pytest.mark.parametrize("command", COMMANDS)
def test_command_is_documented_when_it_exists(command):
    assert any(f"trax {command}" in path.read_text(encoding="utf-8") for path in DOCUMENTS)


@pytest.mark.parametrize("path", DOCUMENTS, ids=_shown)
def test_links_between_documents_lead_somewhere_when_followed(path):
    for target in _targets(path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), f"{_shown(path)} points to {target}"


def test_readme_is_one_page_when_printed():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 70


def _targets(text):
    for piece in text.split("](")[1:]:
        target = piece.split(")")[0].split("#")[0]
        if target and ":" not in target:
            yield target
