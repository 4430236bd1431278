"""`trax report`, as a person types it."""

import stat

import pytest

from reports.made import Made
from trax_mailer.storage import open_ledger


@pytest.fixture
def told(place):
    """The place, with a real mailing of No 58 in its ledger."""
    with open_ledger(place.state) as ledger:
        place.mailing = Made(ledger).mailing(list_name="readers")
    return place


def test_proof_is_that_of_status_when_reported(told):
    report = told.json("report", "58")
    status = told.json("status", str(told.mailing))
    proof = report["tables"]["proof"]["rows"][0]
    assert {name: status[name] for name in proof} == proof
    assert all(table["note"] for table in report["tables"].values())


def test_tables_show_when_asked_in_the_terminal(told):
    result = told.trax("report", "58", "--notes")
    assert result.exit_code == 0
    for words in ("Proof", "By mail provider", "Gmail", "█", "Refused afterwards", "Apple's"):
        assert words in result.output


def test_every_issue_has_a_row_when_none_is_named(told):
    result = told.trax("report")
    assert "All issues" in result.output
    assert "58" in result.output


def test_files_are_private_and_kept_when_written_twice(told, tmp_path):
    files = {form: tmp_path / f"58.{form}" for form in ("csv", "xlsx", "html")}
    words = [word for form, file in files.items() for word in (f"--{form}", str(file))]
    assert told.trax("report", "58", *words).exit_code == 0
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files.values())
    assert '<template shadowrootmode="open">' in files["html"].read_text()
    assert files["csv"].read_text(encoding="utf-8-sig").startswith("Proof\n")
    again = told.trax("report", "58", *words)
    assert again.exit_code == 3
    assert "exists already" in again.refused
    assert told.trax("report", "58", *words, "--force").exit_code == 0


@pytest.mark.parametrize("words", [("59",), ("58", "--mailing", "99")])
def test_it_is_refused_when_there_is_no_such_mailing(told, words):
    result = told.trax("report", *words)
    assert result.exit_code == 3
    assert "nothing to report" in result.refused


def test_it_is_refused_when_nothing_was_sent(place):
    assert place.trax("report").exit_code == 3


def test_it_says_what_is_missing_when_a_mailing_has_no_issue(told):
    assert told.trax("report", "--mailing", "1").exit_code == 2
