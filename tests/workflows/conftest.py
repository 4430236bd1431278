import shutil
from pathlib import Path

import pytest

from trax_mailer.workflows.importing import ImportRequest, import_file
from trax_mailer.workflows.wiring import open_workspace
from workflows.outside import Outside

ROOT = Path(__file__).parents[2]

READERS = """email,name,first_name
stefan@example.org,"Ștefan & ""Ana"" <b>",Ștefan
amina@example.net,Amina Diallo,Amina
kofi@example.com,Kofi,
"""


@pytest.fixture
def folder(tmp_path):
    """A copy of this repository's own workspace."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    shutil.copy(ROOT / "trax.yaml", folder)
    for name in ("issues", "templates"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


@pytest.fixture
def workspace(folder, tmp_path):
    return open_workspace(folder, state=tmp_path / "state")


@pytest.fixture
def readers(workspace, tmp_path):
    """The list “main” with three readers."""
    file = tmp_path / "readers.csv"
    file.write_text(READERS, encoding="utf-8")
    import_file(workspace, file, ImportRequest(list_name="main"))
    return "main"


@pytest.fixture
def outside(folder, tmp_path, readers, monkeypatch):
    """The list “main”, a workspace that really sends, and whatever answers on the other side."""
    return Outside(folder, tmp_path / "state", monkeypatch)
