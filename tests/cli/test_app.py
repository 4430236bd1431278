import importlib
import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from trax_mailer.cli.app import COMMANDS, trax
from trax_mailer.cli.output import print_findings
from trax_mailer.model.finding import Finding, Place, Severity

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


@pytest.mark.parametrize("other", [["--dry-run"], ["--list", "main"], ["--json"]])
def test_no_test_mail_goes_out_when_the_options_contradict_each_other(other):
    result = CliRunner().invoke(trax, ["send", "58", "--test", "ana@example.org", *other])
    assert result.exit_code == 2
    assert "leave out --list, --dry-run and --json" in result.output


def test_line_is_shown_as_it_stands_when_it_holds_codes_of_the_terminal(capsys):
    words = "root:x:0 [red]:No6:[/] \x1b[2Jgone"
    place = Place("issue.yaml", 1, 1)
    print_findings([Finding(check="x", severity=Severity.ERROR, message="m", place=place, excerpt=words)])
    assert "root:x:0 [red]:No6:[/] \N{REPLACEMENT CHARACTER}[2Jgone" in capsys.readouterr().out


def test_reason_is_told_without_a_traceback_when_the_disk_is_full():
    code = "from trax_mailer.cli import main; import sys; sys.argv = ['trax', '--help']; main()"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=30,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "The system refused: No space left on device.\n"
