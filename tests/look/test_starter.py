"""What `trax init` copies: it works as it stands, and names no organisation."""

from __future__ import annotations

import csv
import datetime as dt
import re
from pathlib import Path

from look.made import ROOT
from trax_mailer.issues import load_issue
from trax_mailer.issues.scaffold import init_workspace
from trax_mailer.render import load_look, render_issue
from trax_mailer.sections import load_section_types
from trax_mailer.settings import load_settings

STARTER = ROOT / "src" / "trax_mailer" / "starter"
MADE_UP = re.compile(r"@example\.(?:org|net|com)$")


def test_first_issue_is_sound_when_a_workspace_is_new(tmp_path: Path) -> None:
    init_workspace(tmp_path / "news", today=dt.date(2026, 1, 15))
    root = tmp_path / "news"
    settings = load_settings(root, environ={})
    types = load_section_types(root / "templates" / "email")
    loaded = load_issue(root / "issues" / "001" / "issue.yaml", types=types, settings=settings)
    assert loaded.issue is not None
    look = load_look(root / "templates" / "email", types)
    rendered = render_issue(loaded.issue, look=look, settings=settings)
    assert (*loaded.findings, *rendered.findings) == ()
    assert rendered.edition is not None


def test_starter_is_nobody_s_own() -> None:
    texts = [path for path in STARTER.rglob("*") if path.suffix not in {".png", ".pyc"} and path.is_file()]
    assert len(texts) > 50
    assert [path.name for path in texts if re.search("upr", path.read_text("utf-8"), re.IGNORECASE)] == []


def test_sample_readers_are_made_up_when_a_list_ships() -> None:
    for file in (ROOT / "subscribers" / "sample.csv", STARTER / "workspace" / "subscribers" / "sample.csv"):
        with file.open(encoding="utf-8", newline="") as stream:
            readers = list(csv.DictReader(stream))
        assert [one["email"] for one in readers if not MADE_UP.search(one["email"])] == []
        assert len({one["email"] for one in readers}) == len(readers)


def test_sample_readers_try_out_the_hard_cases() -> None:
    with (ROOT / "subscribers" / "sample.csv").open(encoding="utf-8", newline="") as stream:
        readers = list(csv.DictReader(stream))
    assert len(readers) == 40
    assert list(readers[0]) == ["email", "name", "language", "organisation", "country", "role", "status"]
    assert 'Ștefan & "Ana" <b>' in {one["name"] for one in readers}
    assert {one["status"] for one in readers} == {"subscribed", "unsubscribed", "bounced"}
    assert any(not one["name"] for one in readers)
