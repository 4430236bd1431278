import csv
import io
import json
import stat

import pytest
from openpyxl import load_workbook

ANA, NEW = "ana@example.org", "ana@new.example"
CONSENT = ("--consent", "signed up at the side event")


@pytest.fixture
def staff(place):
    """The command group in the place with three readers on “main”, and a list “jobs”."""
    assert place.trax("lists", "make", "jobs").exit_code == 0
    return lambda *words: place.trax("subscribers", *words)


def test_reader_is_added_with_evidence_when_staff_say_how_they_agreed(place, staff):
    more = ("--name", "Dan", "--field", "role=NGO", "--tag", "press", "--language", "fr")
    assert staff("add", "Dan@example.org", "--list", "jobs", *CONSENT, *more).exit_code == 0
    held = place.json("subscribers", "show", "dan@example.org")
    assert (held["name"], held["language"], held["fields"], held["tags"]) == (
        "Dan", "fr", {"role": "NGO"}, ["press"],
    )  # fmt: skip
    [step] = held["steps"]
    assert (step["state"], step["act"]["kind"]) == ("subscribed", "staff")
    assert step["act"]["words"] == "signed up at the side event"
    assert step["act"]["by"]
    again = place.json("subscribers", "add", "dan@example.org", "--list", "jobs", *CONSENT)
    assert again["result"] == "already"


def test_reader_is_untracked_when_staff_say_so(place, staff):
    assert "Set." in staff("set", ANA, "--untracked").stdout
    assert "nothing changed" in staff("set", ANA, "--untracked", "--list", "main").stdout
    assert "not tracked at all" in staff("show", ANA).stdout
    assert "no tracking at all: plain links" in staff("history", ANA).stdout
    assert place.json("subscribers", "set", ANA, "--tracked", "role=NGO") == {"address": ANA, "changed": True}
    for wrong in ((), ("role=NGO", "--list", "main")):
        assert staff("set", ANA, *wrong).exit_code == 2
    assert "is no list" in staff("set", ANA, "--tracked", "--list", "mian").refused


def test_nobody_is_added_when_nothing_is_said_of_consent(staff):
    refused = staff("add", "dan@example.org", "--list", "jobs")
    assert (refused.exit_code, "--consent" in refused.refused) == (3, True)
    assert staff("list", "--list", "jobs", "--csv").stdout.count("\n") == 1


def test_reader_is_asked_by_mail_when_nothing_is_said_of_consent(place, staff):
    assert place.trax("lists", "set", "jobs", "--public").exit_code == 0
    asked = place.json("subscribers", "add", "dan@example.org", "--list", "jobs", "--name", "Dan")
    assert asked["result"] == "asked"
    assert staff("list", "--list", "jobs", "--csv").stdout.count("\n") == 1
    assert place.trax("worker", "--once").exit_code == 0
    [step] = place.json("subscribers", "show", "dan@example.org")["steps"]
    assert (step["state"], step["act"]["kind"]) == ("pending", "form")
    assert step["act"]["by"]
    assert step["act"]["wording"]


def test_nobody_is_asked_by_mail_when_they_may_not_be_mailed(place, staff):
    place.trax("lists", "set", "main", "--public")
    staff("suppress", "dan@example.org")
    staff("unsubscribe", ANA, "--list", "main")
    for address, words in (("dan@example.org", "must never be mailed"), (ANA, "left the list")):
        refused = staff("add", address, "--list", "main")
        assert (refused.exit_code, words in refused.refused) == (3, True)
    tagged = staff("add", "eve@example.org", "--list", "main", "--tag", "press")
    assert (tagged.exit_code, "agreed" in tagged.refused) == (3, True)


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (["unsubscribe", ANA, "--list", "main"], "left the list"),
        (["unsubscribe", ANA, "--everywhere"], "left everything"),
        (["suppress", ANA], "suppressed (staff)"),
        (["erase", ANA, "--yes"], "erased"),
        (["move", ANA, NEW], "another address now"),
    ],
)
def test_who_is_out_is_not_added_when_staff_try(staff, before, words):
    assert staff(*before).exit_code == 0
    refused = staff("add", ANA, "--list", "main", *CONSENT)
    assert refused.exit_code == 3
    assert words in refused.refused


def test_list_must_be_named_when_the_reader_is_on_several(place, staff):
    staff("add", ANA, "--list", "jobs", *CONSENT)
    refused = staff("unsubscribe", ANA)
    assert (refused.exit_code, "jobs, main" in refused.refused) == (3, True)
    assert staff("unsubscribe", ANA, "--list", "jobs", "--everywhere").exit_code == 2
    off = place.json("subscribers", "unsubscribe", ANA, "--list", "jobs", "--reason", "by phone")
    assert off["unsubscribed"] == ["jobs"]
    off = place.json("subscribers", "unsubscribe", ANA)
    assert off["unsubscribed"] == ["main"]
    assert "had left already" in staff("unsubscribe", ANA, "--list", "main").stdout


def test_readers_are_listed_page_by_page_when_there_are_more(place, staff):
    first = place.json("subscribers", "list", "--limit", "2")
    assert [one["email"] for one in first["readers"]] == [ANA, "ben@example.org"]
    assert first["total"] == 3
    rest = place.json("subscribers", "list", "--limit", "2", "--after", str(first["next_after"]))
    assert [one["email"] for one in rest["readers"]] == ["cleo@example.org"]
    assert rest["next_after"] is None
    shown = staff("list", "--limit", "2")
    assert "--after 2" in shown.output


def test_readers_are_found_by_state_tag_and_words_when_asked_for(place, staff):
    staff("tag", ANA, "+press", "+human")
    staff("set", ANA, "name=Ana María Doe")
    staff("unsubscribe", "ben@example.org")
    staff("suppress", "cleo@example.org")
    staff("erase", "cleo@example.org", "--yes")

    def found(*options):
        return [one["email"] for one in place.json("subscribers", "list", *options)["readers"]]

    assert found("--tag", "press") == found("--search", "DOE") == found("--search", "ana@") == [ANA]
    assert found("--state", "unsubscribed", "--list", "main") == ["ben@example.org"]
    assert found("--state", "suppressed") == []
    assert found("--search", "%") == []
    assert found() == [ANA, "ben@example.org"]
    staff("tag", ANA, "-human", "-press")
    assert found("--tag", "press") == found("--tag", "human") == []


def test_no_other_address_is_said_aloud_when_one_is_mistyped(staff):
    refused = staff("show", "ana@exmple.org")
    assert refused.exit_code == 3
    assert "1 reader has “ana@” at another domain" in refused.refused
    assert ANA not in refused.refused
    assert "is no e-mail address" in staff("history", "ana").refused


@pytest.mark.parametrize(
    "words",
    [
        ["set", ANA, "role"],
        ["set", ANA, "email=x@example.org"],
        ["set", ANA, "role=a", "role=b"],
        ["set", ANA, "language=klingon1"],
        ["set", ANA, "bad\u0007=x"],
        ["tag", ANA, "press"],
        ["tag", ANA, "+press", "-press"],
        ["tag", ANA, "+two words"],
        ["unsuppress", ANA],
        ["unsuppress", ANA, "--reason", " "],
        ["export", ANA, "--list", "main"],
        ["export", "--json", "--format", "csv"],
        ["export", "--format", "xlsx"],
        ["list", "--csv", "--json"],
    ],
)
def test_command_is_refused_when_it_says_nothing_sensible(staff, words):
    assert staff(*words).exit_code == 2


def test_suppression_is_lifted_with_a_reason_when_it_was_staffs_own(place, staff):
    staff("suppress", ANA, "--reason", "court order")
    assert staff("suppress", ANA).stdout.strip().endswith("was suppressed already.")
    assert place.json("subscribers", "unsuppress", ANA, "--reason", "it is over")["was"] == "staff"
    refused = staff("unsuppress", ANA, "--reason", "again")
    assert "is not suppressed" in refused.refused
    staff("unsubscribe", ANA, "--everywhere")
    refused = staff("unsuppress", ANA, "--reason", "they said so")
    assert (refused.exit_code, "own confirmation" in refused.refused) == (3, True)


def test_reader_is_erased_when_a_person_agrees(place, staff):
    refused = staff("erase", ANA)
    assert (refused.exit_code, "Nothing was erased" in refused.refused) == (3, True)
    assert place.json("subscribers", "erase", ANA, "--yes", "--reason", "by letter") == {"erased": True}
    assert staff("show", ANA).exit_code == 3
    trail = place.json("audit")
    assert (trail[0]["erased"], trail[0]["words"]) == (True, "erased: by letter")
    assert ANA not in json.dumps(trail)


def test_history_says_file_line_and_who_when_shown(place, staff):
    staff("tag", ANA, "+press")
    staff("move", ANA, NEW, "--reason", "new post")
    shown = staff("history", NEW).stdout
    assert "main: subscribed" in shown
    assert "readers.csv:2" in shown
    assert " CET  " in shown or " CEST  " in shown
    assert "changed the tags: +press" in shown
    assert "changed the address: new post" in shown
    assert len(place.json("subscribers", "history", NEW)["acts"]) == 2


def test_everything_is_well_laid_out_when_shown(staff):
    staff("set", ANA, "name=[bold]Ana[/]", "role=NGO")
    staff("suppress", ANA, "--reason", "x")
    shown = staff("show", ANA).stdout
    for words in ("name: [bold]Ana[/]", "role: NGO", "main: subscribed since", "Never mailed", "Reader 1"):
        assert words in shown


def test_formulas_are_harmless_when_readers_are_exported(place, staff, tmp_path):
    staff("set", ANA, "note==1+1", "name=@Ana")
    staff("suppress", "ben@example.org")
    staff("add", ANA, "--list", "jobs", *CONSENT)
    rows = list(csv.DictReader(io.StringIO(staff("export").stdout.removeprefix("\ufeff"))))
    assert [(row["email"], row["list"], row["status"]) for row in rows] == [
        (ANA, "jobs", "subscribed"),
        (ANA, "main", "subscribed"),
        ("ben@example.org", "main", "suppressed"),
        ("cleo@example.org", "main", "subscribed"),
    ]
    assert (rows[0]["note"], rows[0]["name"]) == ("'=1+1", "'@Ana")
    file = tmp_path / "readers.xlsx"
    assert staff("export", "--format", "xlsx", "--output", str(file), "--list", "jobs").exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    cells = list(load_workbook(file).active.iter_rows(values_only=True))
    assert [row[0] for row in cells] == ["email", ANA]
    assert "'=1+1" in cells[1]
    assert staff("export", "--output", str(file)).exit_code == 3
    assert [one["email"] for one in place.json("subscribers", "export", "--list", "jobs")] == [ANA]


def test_one_persons_data_names_no_staff_when_exported(place, staff, tmp_path):
    staff("tag", ANA, "+press")
    file = tmp_path / "ana.json"
    assert staff("export", ANA, "--output", str(file)).exit_code == 0
    data = json.loads(file.read_text())
    assert (data["address"], data["tags"]) == (ANA, ["press"])
    assert "by" not in data["acts"][0]
    assert "by" in place.json("subscribers", "show", ANA)["acts"][0]


def test_likely_command_is_named_when_mistyped(staff):
    assert "Did you mean “export”?" in staff("exprot").output
