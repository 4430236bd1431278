"""`trax subscribers import`, as somebody types it."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

EXPORTS = Path(__file__).parents[1] / "audience" / "intake" / "exports"


@pytest.fixture
def bring(place):
    def run(*words):
        return place.trax("subscribers", "import", *map(str, words), "--list", "main")

    return run


@pytest.fixture
def export(place):
    """A copy of an export, in a folder that may be written to."""

    def copy(name):
        return Path(shutil.copy(EXPORTS / name, place.folder.parent))

    return copy


def test_mapping_and_effect_are_shown_and_nothing_is_written_when_dry(bring, export, place):
    before = place.json("lists")
    done = bring(export("several.csv"), "--dry-run")
    assert done.exit_code == 2
    for words in (
        "organisation",
        "taken for",
        "would be 6 added, 3 updated",
        "1 no valid address",
        "Nothing was written",
    ):
        assert words in done.stdout
    assert place.json("lists") == before
    assert not list(place.folder.parent.glob("*.refused*"))


def test_command_imports_the_mended_rows_when_it_is_copied(bring, export, place):
    done = bring(export("several.csv"), "--consent", "asked in person")
    assert done.exit_code == 2
    refused = place.folder.parent / "several.refused.csv"
    text = refused.read_text(encoding="utf-8-sig")
    refused.write_text(text.replace("not-an-address@", "joe@example.org"), encoding="utf-8")
    command = done.stdout.strip().splitlines()[-1]
    assert command.startswith(f"  trax subscribers import {refused} --list main --consent 'asked in person'")
    again = bring(refused)
    assert again.exit_code == 0
    assert "1 added, 0 updated, 1 unchanged" in again.stdout


def test_three_files_go_in_with_one_command_when_mailchimp_packed_them(bring, place):
    archive = place.folder.parent / "audience.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in EXPORTS.glob("*_members_export_7f3a.csv"):
            packed.write(file, file.name)
    result = bring(archive, "--json")
    data = json.loads(result.stdout)
    assert (data["added"], data["refused_count"]) == (4, 0)
    assert [one["as"] for one in data["files"]] == ["bounced", "unsubscribed", "subscribed"]
    assert {one["provider"] for one in data["files"]} == {"Mailchimp"}
    [main] = place.json("lists")
    assert (main["subscribed"], main["unsubscribed"], main["bounced"]) == (5, 1, 1)


def test_refused_rows_of_each_file_keep_its_name_when_packed(bring, place):
    archive = place.folder.parent / "audience.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("subscribed_a.csv", "Email\nnobody\n")
        packed.writestr("unsubscribed_a.csv", "Email\nnobody\n")
    assert bring(archive).exit_code == 2
    names = {file.name for file in place.folder.parent.glob("*.refused*")}
    assert names == {"subscribed_a.refused.csv", "unsubscribed_a.refused.csv"}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--map", "organisation"], 2, "Column=field"),
        (["--map", "Nope=name"], 2, "no column is called “Nope”"),
        (["--encoding", "klingon"], 2, "no encoding “klingon”"),
        (["--as", "pending"], 2, "pending"),
    ],
)
def test_command_is_refused_in_words_when_an_option_is_wrong(bring, export, words, code, said):
    done = bring(export("several.csv"), *words)
    assert done.exit_code == code
    assert said in done.output + done.refused


def test_files_are_never_replaced_when_they_are_named_for_refused_rows(bring, export, place):
    file, mine = export("several.csv"), place.folder.parent / "mine.csv"
    mine.write_text("mine")
    assert bring(file, "--refused", mine).exit_code == 3
    assert bring(file, "--refused", file, "--force").exit_code == 3
    assert mine.read_text() == "mine"
    assert bring(file, "--refused", mine, "--force").exit_code == 2
    assert "not-an-address@" in mine.read_text(encoding="utf-8-sig")


def test_list_without_a_name_is_refused_when_nothing_was_read(place, export):
    done = place.trax("subscribers", "import", str(export("several.csv")), "--list", " ")
    assert done.exit_code == 3
    assert "needs a name" in done.refused
