"""What the documents show works as it is shown, and no field goes without a word."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from look.made import ROOT, TEMPLATES, Mail, filled
from trax_mailer.issues import load_issue
from trax_mailer.model.finding import has_errors
from trax_mailer.render import load_look, render_issue
from trax_mailer.sections import load_section_types
from trax_mailer.settings import Settings

WRITING = (ROOT / "docs" / "writing-an-issue.md").read_text("utf-8")
ADDING = (ROOT / "docs" / "adding-a-section-type.md").read_text("utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
EXAMPLES = [text for kind, text in BLOCK.findall(WRITING) if kind == "yaml" and text.startswith("- type:")]
TYPES = load_section_types(TEMPLATES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.splitlines()[0].removeprefix("- type: "))
def test_example_is_sound_when_it_is_copied(
    example: str, write_issue: Callable[..., Path], mail_of: Callable[[Path], Mail]
) -> None:
    file = write_issue([])
    head = "number: 1\ntitle: Copied\ndate: 2015-10-01\nsections:\n"
    file.write_text(head + example, "utf-8")
    for name in re.findall(r"file: ([\w.]+)", example):
        shutil.copy(file.parent / "picture.png", file.parent / name)
    assert mail_of(file).findings == ()


def test_every_type_and_field_is_described() -> None:
    chapters = dict(re.findall(r"^### ([\w, ]+):.*?\n(.*?)(?=^##)", WRITING, re.DOTALL | re.MULTILINE))
    described = {name.strip(): text for names, text in chapters.items() for name in names.split(",")}
    missing = {
        name: [one.name for one in declared.fields if f"`{one.name}`" not in described.get(name, "")]
        for name, declared in TYPES.items()
    }
    assert {name: fields for name, fields in missing.items() if fields} == {}


def test_new_type_works_when_its_three_files_are_dropped_in(
    tmp_path: Path, write_issue: Callable[..., Path], settings: Settings
) -> None:
    declaration, example = (text for kind, text in BLOCK.findall(ADDING) if kind == "yaml")
    mjml, plain = (text for kind, text in BLOCK.findall(ADDING) if kind == "jinja")
    folder = tmp_path / "templates" / "email" / "sections"
    folder.mkdir(parents=True)
    for ending, text in (("yaml", declaration), ("mjml", mjml), ("txt", plain)):
        (folder / f"petition.{ending}").write_text(text, "utf-8")
    types = load_section_types(folder.parent)
    loaded = load_issue(
        write_issue(yaml.load(example, Loader=yaml.BaseLoader)), types=types, settings=settings
    )
    assert loaded.issue is not None
    assert not has_errors(loaded.findings)
    look = load_look(folder.parent, types)
    rendered = render_issue(loaded.issue, look=look, settings=settings)
    assert rendered.edition is not None, rendered.findings
    mail = filled(rendered.edition, rendered.findings)
    for part in (mail.html, mail.text):
        for shown in ("Publish the mid-term report", "A draft", "5000", "1 March 2016", "Sign", "/sign"):
            assert shown in part
