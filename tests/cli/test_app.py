import importlib
import json
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from trax_mailer.cli.app import COMMANDS, trax

HEAVY = {"rich", "jinja2", "lxml", "premailer", "sqlalchemy", "sendgrid", "starlette", "mjml", "yaml"}


def test_no_heavy_library_is_imported_when_help_is_shown():
    code = (
        "import sys, json\n"
        "from click.testing import CliRunner\n"
        "from trax_mailer.cli.app import trax\n"
        "result = CliRunner().invoke(trax, ['--help'])\n"
        "print(json.dumps([result.exit_code, sorted(sys.modules)]))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    exit_code, modules = json.loads(done.stdout)
    assert exit_code == 0
    assert not HEAVY & set(modules)


@pytest.mark.parametrize("name", COMMANDS)
def test_command_explains_itself_when_asked_for_help(name):
    result = CliRunner().invoke(trax, [name, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output


@pytest.mark.parametrize("name", COMMANDS)
def test_help_line_is_the_same_when_shown_by_group_and_command(name):
    module, words = COMMANDS[name]
    command = getattr(importlib.import_module(f"trax_mailer.cli.{module}"), f"{name}_command")
    assert isinstance(command, click.Command)
    assert command.short_help == words


def test_likely_command_is_offered_when_one_is_misspelt():
    result = CliRunner().invoke(trax, ["chek"])
    assert result.exit_code == 2
    assert "Did you mean “check”?" in result.output
