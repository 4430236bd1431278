import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from contracts.http_server import Reply, http_server
from contracts.smtp_server import Inbox, mail_server
from trax_mailer.cli.app import trax
from trax_mailer.errors import TraxError

ROOT = Path(__file__).parents[2]
TRAX = "from trax_mailer.cli import main; main()"


class Place:
    """A copy of this repository's workspace with a state of its own, and `trax` to run in it."""

    def __init__(self, root):
        self.folder, self.state = root / "workspace", root / "state"
        self.folder.mkdir()
        shutil.copy(ROOT / "trax.yaml", self.folder)
        for name in ("issues", "templates"):
            shutil.copytree(ROOT / name, self.folder / name)
        self.inbox = Inbox()

    @property
    def options(self):
        return ["--workspace", str(self.folder), "--state", str(self.state)]

    def change(self, before, after):
        """Change trax.yaml."""
        file = self.folder / "trax.yaml"
        content = file.read_text(encoding="utf-8")
        assert before in content
        file.write_text(content.replace(before, after), encoding="utf-8")

    def trax(self, *words, answer=None):
        """Run it here. The result; a TraxError becomes its exit code and its words in the output."""
        result = CliRunner().invoke(trax, [*self.options, *words], input=answer)
        if isinstance(result.exception, TraxError):
            result.exit_code = result.exception.exit_code
            result.refused = str(result.exception)
        elif result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        else:
            result.refused = ""
        return result

    def json(self, *words):
        """Run it here with `--json`; what it prints on standard output."""
        result = self.trax(*words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def start(self, *words):
        """Start it as a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-c", TRAX, *self.options, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"COLUMNS": "200"},
        )

    def subscribe(self, *addresses, to="main"):
        file = self.folder.parent / "readers.csv"
        file.write_text("email\n" + "\n".join(addresses) + "\n", encoding="utf-8")
        result = self.trax("subscribers", "import", str(file), "--list", to)
        assert result.exit_code == 0, result.output


@pytest.fixture
def place(tmp_path):
    """Sends into a folder; three readers are on the list “main”."""
    place = Place(tmp_path)
    place.subscribe("ana@example.org", "ben@example.org", "cleo@example.org")
    return place


@pytest.fixture
def real(place):
    """Sends through a mail server on this machine, with something at public_url that answers."""
    with mail_server(place.inbox) as port, http_server() as public:
        public.answer = lambda _request: Reply(200, body=b"ok")
        place.change("https://trax.upr-info.org", public.url)
        place.change("pictures: hosted", "pictures: embedded")
        place.change(
            "transport: folder",
            "transport: smtp\n"
            f"smtp: {{host: 127.0.0.1, port: {port}, security: none, timeout: 5, lanes: 1, connections: 1}}",
        )
        yield place
