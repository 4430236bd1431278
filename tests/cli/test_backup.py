import json
import shutil
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from trax_mailer.cli.backup import backup_command, restore_command
from trax_mailer.cli.db import db_command
from trax_mailer.cli.keys import keys_command
from trax_mailer.errors import BadFile, BadOption, Conflict, Refused, TraxError

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "subscribers" / "sample.csv"


@pytest.fixture
def trax(tmp_path):
    """Runs a command in a copy of this repository's workspace; returns what it printed."""
    (tmp_path / "workspace").mkdir()
    shutil.copy(ROOT / "trax.yaml", tmp_path / "workspace")

    @click.group()
    @click.pass_context
    def group(ctx):
        ctx.obj = {"workspace": tmp_path / "workspace", "state": tmp_path / "state"}

    for command in (backup_command, restore_command, db_command, keys_command):
        group.add_command(command)

    def run(*words):
        result = CliRunner().invoke(group, [str(word) for word in words])
        if isinstance(result.exception, TraxError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.stdout

    return run


def test_backup_and_restore_say_what_they_did_when_asked_in_words(trax, tmp_path):
    said = trax("backup", tmp_path / "b.tar.gz")
    assert str(tmp_path / "b.tar.gz") in said
    assert "0 readers, 0 mailings, 0 deliveries" in said
    assert "keep it encrypted" in said
    said = trax("restore", tmp_path / "b.tar.gz")
    assert said.startswith("Restored from the backup of ")
    assert "Nothing is sent by itself" in said


def test_backup_and_restore_print_json_alone_when_asked_to(trax, tmp_path):
    made = json.loads(trax("backup", tmp_path / "b.tar.gz", "--json"))
    assert made["bytes"] == (tmp_path / "b.tar.gz").stat().st_size
    assert made["rows"]["subscriber"] == 0
    done = json.loads(trax("restore", tmp_path / "b.tar.gz", "--json"))
    assert done["made_at"] == made["made_at"]
    assert done["paused"] == done["kept"] == []


def test_words_and_no_traceback_come_when_it_is_called_wrongly(trax, tmp_path):
    trax("backup", tmp_path / "b.tar.gz")
    with pytest.raises(Conflict, match="exists already"):
        trax("backup", tmp_path / "b.tar.gz")
    with pytest.raises(Refused, match="lies in the workspace"):
        trax("backup", tmp_path / "workspace" / "b.tar.gz")
    with pytest.raises(BadFile, match="No such file"):
        trax("restore", tmp_path / "none")
    with pytest.raises(BadFile, match="is no backup"):
        trax("restore", SAMPLE)
    with pytest.raises(Refused, match="in that database already"):
        trax("db", "copy", "--to", "sqlite")


def test_keys_are_listed_without_their_secrets_when_shown(trax, tmp_path):
    trax("keys", "rotate")
    shown = trax("keys") + trax("keys", "--json") + trax("keys", "rotate", "--json")
    assert [line["id"] for line in json.loads(trax("keys", "--json"))] == [1, 2, 3]
    ring = json.loads((tmp_path / "state" / "keys.json").read_text())
    assert not any(key["secret"] in shown for key in ring["keys"])
    assert "new links" in shown


@pytest.mark.postgres
def test_words_say_what_to_write_when_the_ledger_was_copied(trax, database, monkeypatch):
    monkeypatch.setenv("TRAX_DATABASE_PASSWORD", database.password.reveal())
    said = trax("db", "copy", "--to", database.url)
    assert f"database: {database.url}" in said
    assert database.password.reveal() not in said


@pytest.mark.parametrize(("words", "said"), [("missing/", "no folder “missing/”"), ("", "No file is named")])
def test_no_file_of_another_name_is_made_when_the_place_is_not_there(
    trax, monkeypatch, tmp_path, words, said
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TraxError, match=said):
        trax("backup", words)
    assert not (tmp_path / "missing").exists()


def test_nothing_is_copied_when_the_file_exists(trax, monkeypatch, tmp_path):
    (tmp_path / "there.tar.gz").write_bytes(b"mine")
    monkeypatch.setattr("trax_mailer.workflows.backup.write_out", None)  # would end in a TypeError
    with pytest.raises(Conflict, match="exists already"):
        trax("backup", tmp_path / "there.tar.gz")
    assert (tmp_path / "there.tar.gz").read_bytes() == b"mine"


def test_nothing_is_copied_when_no_database_is_named(trax):
    with pytest.raises(BadOption, match="No database is named"):
        trax("db", "copy", "--to", "")
