from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from trax_mailer.issues import load_issue
from trax_mailer.sections import load_section_types
from trax_mailer.settings import Settings

MEETING = """\
label: Meeting
fields:
  title: {type: text, required: true, help: What it is called.}
  body: {type: markdown}
  when: {type: date_range, role: event}
  at: {type: time}
  register_by: {type: datetime, role: deadline}
  contact: {type: email}
  photo: {type: picture}
  seats: {type: number}
  open: {type: boolean}
  size: {type: choice, choices: [small, large]}
  spoken: {type: language}
  links: {type: list, of: {type: link}}
  entries: {type: list, of: {type: group, fields: {title: {type: text, required: true}, on: {type: date}}}}
"""


@pytest.fixture
def root(tmp_path):
    """A workspace with a section type of its own and the folder of one issue, a picture in it."""
    sections = tmp_path / "templates" / "email" / "sections"
    sections.mkdir(parents=True)
    (sections / "meeting.yaml").write_text(MEETING, encoding="utf-8")
    (sections / "meeting.mjml").touch()
    (sections / "meeting.txt").touch()
    (tmp_path / "issues" / "058").mkdir(parents=True)
    Image.new("RGB", (4, 3), "navy").save(tmp_path / "issues" / "058" / "room.png")
    return tmp_path


@pytest.fixture
def settings(root):
    return Settings(root=root, state=Path("/nowhere"), language="fr", timezone=ZoneInfo("Europe/Zurich"))


@pytest.fixture
def types(root):
    return load_section_types(root / "templates" / "email")


@pytest.fixture
def load(root, settings, types):
    """Writes bytes or text as issue 58 and loads it."""

    def load_text(text):
        file = root / "issues" / "058" / "issue.yaml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_issue(file, types=types, settings=settings, shown_as="issues/058/issue.yaml")

    return load_text
