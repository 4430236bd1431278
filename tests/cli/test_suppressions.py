import json

import pytest

from contracts.http_server import Reply
from contracts.sendgrid_lists import KEY, errors, pretend_lists

ANA = "ana@example.org"


@pytest.fixture
def lists(place, monkeypatch):
    monkeypatch.setenv("SENDGRID_API_KEY", KEY)
    with pretend_lists() as opened:
        words = f"sendgrid:\n  host: {opened.api.url}\n  groups:\n    - {{list: main, group: 7}}\n"
        place.change("transport: folder", f"transport: folder\n{words}")
        yield opened


def test_both_sides_are_in_step_when_they_were_synced(place, lists):
    lists.put("bounces", ANA)
    lists.leave(7, "ben@example.org")
    place.trax("subscribers", "suppress", "cleo@example.org")
    tried = place.json("suppressions", "sync", "--dry-run")
    done = place.json("suppressions", "sync")
    assert tried == {**done, "dry_run": True}
    counts = {one["list"]: (one["seen"], one["applied"], one["pushed"]) for one in done["lists"]}
    assert (counts["bounces"], counts["groups"], counts["unsubscribes"]) == ((1, 1, 0), (1, 1, 0), (0, 0, 1))
    assert place.json("lists")[0]["unsubscribed"] == 1


def test_person_sees_all_about_an_address_when_they_ask(place, lists):
    lists.put("bounces", ANA)
    place.trax("suppressions", "sync")
    shown = place.json("suppressions", "show", ANA)
    assert (shown["subscriptions"], shown["sendgrid"][0]["list"]) == ({"main": "bounced"}, "bounces")
    words = place.trax("suppressions", "show", ANA).output
    assert "on “main”: bounced" in words and "SendGrid's bounces since 2015-12-13" in words


def test_lists_are_shown_when_asked_for(place, lists):
    lists.put("blocks", ANA)
    place.trax("suppressions", "sync")
    lists.entries["blocks"].clear()
    place.trax("suppressions", "sync")
    place.trax("subscribers", "suppress", "cleo@example.org")
    assert place.json("suppressions", "list")["counts"] == {"staff": 1}
    assert [one["email"] for one in place.json("suppressions", "list", "--gone")] == [ANA]
    assert place.json("suppressions", "list", "--on", "bounces") == []
    assert "--reason is about" in place.trax("suppressions", "list", "--gone", "--reason", "staff").output


def test_command_ends_with_5_when_the_key_may_not_read_a_list(place, lists):
    lists.faults.append(
        lambda request: Reply(403, errors("access forbidden")) if "blocks" in request.path else None
    )
    result = place.trax("suppressions", "sync")
    assert result.exit_code == 5
    assert "may not touch the blocks" in result.refused
    assert "SG." not in result.output + result.refused


def test_command_says_what_is_missing_when_there_is_no_key(place, lists, monkeypatch):
    monkeypatch.delenv("SENDGRID_API_KEY")
    result = place.trax("suppressions", "sync")
    assert (result.exit_code, "SENDGRID_API_KEY" in result.refused) == (5, True)


def test_suppression_is_lifted_when_staff_may(place, lists):
    place.trax("subscribers", "suppress", ANA)
    lists.put("bounces", ANA)
    done = place.json("suppressions", "lift", ANA, "--at-sendgrid", "--because", "mended")
    assert (done["here"], done["sendgrid"]) == (True, ["bounces"])
    again = place.trax("suppressions", "lift", ANA)
    assert (again.exit_code, "not suppressed" in again.refused) == (3, True)


def test_file_goes_in_and_out_when_it_is_good(place, tmp_path):
    file = tmp_path / "people.txt"
    file.write_text(f"{ANA}\nnobody\n")
    result = place.trax("suppressions", "import", str(file), "--reason", "unsubscribed", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["refused"][0]["line"] == 2
    out = tmp_path / "out.csv"
    assert place.trax("suppressions", "export", str(out)).exit_code == 0
    assert ANA in out.read_text() and out.stat().st_mode & 0o777 == 0o600
    assert place.trax("suppressions", "export", str(out)).exit_code == 3
    assert place.trax("suppressions", "export", str(place.folder / "out.csv")).exit_code == 3
    assert ANA in place.trax("suppressions", "export").stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["show", "nobody"], 3),
        (["lift", "nobody"], 3),
        (["import", "missing.csv", "--reason", "staff"], 2),
        (["list", "--on", "nothing"], 2),
        (["list", "--limit", "-1"], 2),
    ],
)
def test_command_is_refused_in_words_when_it_is_wrong(place, words, code):
    result = place.trax("suppressions", *words)
    assert result.exit_code == code
    assert "Traceback" not in result.output
