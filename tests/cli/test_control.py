import csv
import io
import json

import pytest
from sqlalchemy import update

from trax_mailer.storage import open_ledger, schema


def _scheduled(real):
    assert real.trax("send", "58", "--list", "main", "--at", "tomorrow 9:00", "--yes").exit_code == 0


def test_mailing_is_called_off_and_made_anew_when_it_was_scheduled(real):
    _scheduled(real)
    refused = real.trax("cancel", "1")
    assert (refused.exit_code, "nobody is here" in refused.refused) == (3, True)
    assert real.json("cancel", "1", "--yes")["state"] == "cancelled"
    assert real.trax("send", "58", "--list", "main", "--yes").exit_code == 0
    assert len(real.inbox.messages) == 3


def test_mailing_is_sent_now_when_a_scheduled_one_is_resumed(real):
    _scheduled(real)
    result = real.trax("resume", "1")
    assert result.exit_code == 0
    assert "3 accepted" in result.stdout
    assert len(real.inbox.messages) == 3


def test_nothing_is_sent_from_here_when_it_is_resumed_in_the_background(real):
    _scheduled(real)
    result = real.trax("resume", "1", "--background")
    assert result.exit_code == 0
    assert "No worker seems to be running" in result.stderr
    assert real.json("status", "1")["state"] == "sending"
    assert real.inbox.messages == []


def test_mailing_says_how_to_go_on_when_it_is_paused(real):
    _scheduled(real)
    result = real.trax("pause", "1")
    assert (result.exit_code, "trax resume 1" in result.stdout) == (0, True)
    assert real.json("resume", "1")["state"] == "done"


def test_command_is_refused_in_words_when_there_is_no_such_mailing(place):
    for command in ("pause", "resume", "cancel", "retry", "resolve"):
        result = place.trax(command, "7")
        assert (result.exit_code, "There is no mailing 7." in result.refused) == (3, True), command


def test_command_is_refused_in_words_when_the_mailing_is_done(place):
    place.trax("send", "58", "--list", "main", "--yes")
    for command in ("pause", "resume", "cancel"):
        result = place.trax(command, "1")
        assert (result.exit_code, "it is done" in result.refused) == (3, True), command
    assert "Nobody failed" in place.trax("retry", "1").refused


def test_readers_of_a_class_are_listed_when_they_are_asked_for(real):
    real.inbox.replies = lambda step, address: "550 no such user" if "ben" in address else None
    real.trax("send", "58", "--list", "main", "--yes")
    assert real.trax("status", "1", "--readers", "failed").stdout == "ben@example.org (550 no such user)\n"
    assert real.trax("status", "1", "--readers", "uncertain").stdout == "Nobody is uncertain.\n"
    accepted = real.json("status", "1", "--readers", "accepted")
    assert [one["email"] for one in accepted] == ["ana@example.org", "cleo@example.org"]
    assert real.json("status", "1", "--readers", "skipped") == []


def test_cells_are_no_formulas_when_readers_are_listed_for_a_spreadsheet(real):
    real.subscribe("=cmd|calc@example.org", "+ana@example.org", to="odd")
    real.trax("send", "58", "--list", "odd", "--yes")
    listed = real.trax("status", "1", "--readers", "accepted", "--csv").stdout
    rows = list(csv.DictReader(io.StringIO(listed)))
    assert [row["email"] for row in rows] == ["'=cmd|calc@example.org", "'+ana@example.org"]
    assert [row["handover"] for row in rows] == ["accepted", "accepted"]


def test_watching_ends_with_the_account_when_the_mailing_is_done(place):
    place.trax("send", "58", "--list", "main", "--yes")
    watched = place.trax("status", "1", "--watch")
    assert watched.exit_code == 0
    assert "Mailing 1 done: 3 of 3, 0 failed, 0 uncertain" in watched.stdout
    assert "audience of 3" in watched.stdout
    line = json.loads(place.trax("status", "1", "--watch", "--json").stdout)
    assert (line["state"], line["accepted"], line["working"]) == ("done", 3, 0)


def _make_uncertain(real):
    real.trax("send", "58", "--list", "main", "--yes")
    delivery = schema.delivery
    with open_ledger(real.state) as ledger, ledger.write() as connection:
        ben = delivery.c.address == "ben@example.org"
        connection.execute(update(delivery).where(ben).values(handover="uncertain", reason="time-out"))
        connection.execute(update(schema.mailing).values(proof=None))


def test_doubt_is_explained_with_the_ways_out_when_somebody_is_uncertain(real):
    _make_uncertain(real)
    told = real.trax("resolve", "1").stdout
    assert "1 uncertain in mailing 1: they may have it, or not." in told
    assert "through smtp: time-out" in told
    assert "no evidence yet; not to be sent again before" in told
    assert "trax resolve 1 --log /var/log/mail.log" in told
    data = real.json("resolve", "1")
    assert [(one["email"], one["evidence"]) for one in data["uncertain"]] == [("ben@example.org", [])]


def test_nothing_is_decided_when_nobody_confirms_it(real):
    _make_uncertain(real)
    assert "Nothing was changed" in real.trax("resolve", "1", "--sent").refused
    assert "too early" in real.trax("resolve", "1", "--send-again", "--yes").refused
    assert len(real.inbox.messages) == 3
    assert real.json("resolve", "1", "--sent", "--yes")["accepted"] == 3
    assert "Nobody is uncertain in mailing 1." in real.trax("resolve", "1").stdout


def test_options_are_refused_when_they_contradict_each_other(place):
    for words in (["resolve", "1", "--sent", "--send-again"], ["resolve", "1", "--after", "3"]):
        assert place.trax(*words).exit_code == 2
    for words in (["status", "--watch"], ["status", "1", "--csv"], ["status", "1", "--watch", "--csv"]):
        assert place.trax(*words).exit_code == 2
    assert place.trax("resolve", "1", "--send-again", "--after", "0.5").exit_code == 2


@pytest.mark.parametrize("number", [str(2**63), str(10**30)])
def test_command_is_refused_in_words_when_the_number_is_larger_than_any(place, number):
    for command in ("pause", "resume", "cancel", "retry", "resolve", "status"):
        assert f"There is no mailing {number}." in place.trax(command, number).refused, command
    assert f"There is no mailing {number}." in place.trax("status", number, "--watch").refused


def test_standard_output_is_empty_when_there_is_no_such_mailing(place):
    for words in (["--csv"], ["--json"], []):
        result = place.trax("status", "7", "--readers", "failed", *words)
        assert (result.exit_code, result.stdout) == (3, "")


def test_time_is_told_with_what_is_missing_when_a_mailing_is_scheduled(real):
    _scheduled(real)
    told = real.trax("status", "1").stdout
    assert "It has not begun: its audience is who is on the list when it starts." in told
    assert "09:00 (Europe/Zurich)" in told
    assert "Nothing seems to be running that would start it" in told
    real.trax("cancel", "1", "--yes")
    assert "It never began: nobody has it." in real.trax("status", "1").stdout
