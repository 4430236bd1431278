import datetime as dt
import json
import signal
import time

import pytest

from trax_mailer.delivery.restoring import note_restored
from trax_mailer.storage import open_ledger


def test_nothing_is_sent_when_nobody_is_there_to_confirm_it(real):
    result = real.trax("send", "58", "--list", "main")
    assert result.exit_code == 3
    assert "nobody is here to confirm it" in result.refused
    assert real.inbox.messages == []


def test_account_is_printed_when_the_mailing_is_done(real):
    result = real.trax("send", "58", "--list", "main", "--yes")
    assert result.exit_code == 0
    assert "3 accepted + 0 skipped + 0 failed + 0 uncertain = 3 = audience of 3" in result.stdout
    assert len(real.inbox.messages) == 3


def test_only_the_account_is_on_standard_output_when_it_is_wanted_as_json(real):
    result = real.trax("send", "58", "--list", "main", "--yes", "--json")
    account = json.loads(result.stdout)
    assert (account["state"], account["accepted"], account["holds"]) == ("done", 3, True)
    assert account["journal"][0]["act"] == "made"


def test_who_failed_is_named_with_the_way_on_when_the_server_refused_them(real):
    real.inbox.replies = lambda step, address: "550 no such user" if "ben" in address else None
    result = real.trax("send", "58", "--list", "main", "--yes")
    assert result.exit_code == 0
    assert "failed: ben@example.org (550 no such user)" in result.stdout
    assert "trax retry 1" in result.stdout
    real.inbox.replies = lambda _step, _address: None
    retried = real.trax("retry", "1", "--yes")
    assert retried.exit_code == 0
    assert "550 no such user" in retried.stderr
    assert "3 accepted" in retried.stdout
    assert len(real.inbox.messages) == 3


def test_second_copy_needs_both_words_when_everybody_has_it(real):
    real.trax("send", "58", "--list", "main", "--yes")
    refused = real.trax("send", "58", "--list", "main", "--yes")
    assert refused.exit_code == 3
    assert "trax send 58 --list main --again" in refused.refused
    assert real.trax("send", "58", "--list", "main", "--again").exit_code == 3
    assert len(real.inbox.messages) == 3
    assert real.trax("send", "58", "--list", "main", "--again", "--yes").exit_code == 0
    assert len(real.inbox.messages) == 6


def test_only_who_joined_gets_it_when_sent_to_who_missed_it(real):
    real.trax("send", "58", "--list", "main", "--yes")
    real.subscribe("dora@example.org")
    result = real.trax("send", "58", "--list", "main", "--missed", "--yes")
    assert result.exit_code == 0
    assert "to       1 reader of “main” (3 more have it already and are left out)" in result.stdout
    assert [to for _, to, _ in real.inbox.messages][3:] == [["dora@example.org"]]


def test_yes_alone_is_not_enough_when_the_ledger_was_restored(real):
    now = dt.datetime.now(dt.UTC)
    with open_ledger(real.state) as ledger, ledger.write() as connection:
        note_restored(connection, "from a backup", now=now)
    refused = real.trax("send", "58", "--list", "main", "--yes")
    assert refused.exit_code == 3
    assert "restored from a backup" in refused.refused
    assert "--again --yes" in refused.refused
    assert real.inbox.messages == []
    assert real.trax("send", "58", "--list", "main", "--again", "--yes").exit_code == 0
    assert len(real.inbox.messages) == 3


def test_time_is_told_with_what_must_be_running_when_it_is_scheduled(real):
    result = real.trax("send", "58", "--list", "main", "--at", "tomorrow 9:00", "--yes")
    assert result.exit_code == 0
    assert "09:00 (Europe/Zurich), which is " in result.stdout
    assert "None seems to be running now" in result.stdout
    assert "Scheduled as mailing 1" in result.stdout
    assert real.inbox.messages == []
    listed = real.trax("status").stdout
    assert "scheduled" in listed
    assert "09:00" in listed


def test_plan_is_data_when_a_dry_run_is_wanted_as_json(real):
    plan = real.json("send", "58", "--list", "main", "--dry-run")
    assert (plan["audience"], plan["transport"], plan["refused"]) == (3, "smtp", False)
    assert real.json("status") == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["58", "--list", "main", "--missed", "--again"], "give one of them"),
        (["58"], "Say which list"),
        (["58", "--test", "ana@example.org", "--at", "09:00"], "leave out --list"),
    ],
)
def test_options_are_refused_when_they_do_not_go_together(place, words, told):
    result = place.trax("send", *words)
    assert result.exit_code == 2
    assert told in result.output


def test_time_is_refused_when_it_is_past(place):
    result = place.trax("send", "58", "--list", "main", "--at", "2020-01-01 09:00", "--yes")
    assert result.exit_code == 3
    assert "is past" in result.refused


@pytest.fixture
def slow(real):
    """A hundred readers, and a mail server that takes its time: the first call holds 64 of them."""
    real.subscribe(*(f"reader{number}@example.org" for number in range(100)), to="many")

    def wait(step, _address):
        if step == "RCPT":
            time.sleep(0.02)

    real.inbox.replies = wait
    return real


def _interrupted(place, number):
    """Send to “many”, and signal the process once some have it. Its exit code and its words."""
    process = place.start("send", "58", "--list", "many", "--yes")
    give_up = time.monotonic() + 60
    while len(place.inbox.messages) < 3 and time.monotonic() < give_up and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    return process.returncode, told


@pytest.mark.parametrize(
    ("number", "state", "told"),
    [
        (signal.SIGINT, "paused", "Paused by Ctrl-C: 36 readers still waiting. Go on with: trax resume 1"),
        (signal.SIGTERM, "sending", "Stopped here: 36 readers still waiting."),
        (signal.SIGHUP, "sending", "Stopped here: 36 readers still waiting."),
    ],
)
def test_nobody_is_left_in_a_call_when_the_sender_is_interrupted(slow, number, state, told):
    code, words = _interrupted(slow, number)
    assert code == 130, words
    assert told in words
    account = slow.json("status", "1")
    assert account["state"] == state
    assert account["uncertain"] == account["failed"] == 0
    assert (account["accepted"], account["waiting"]) == (len(slow.inbox.messages), 36)
    slow.inbox.replies = lambda _step, _address: None
    assert slow.json("resume", "1")["accepted"] == len(slow.inbox.messages) == 100


@pytest.mark.parametrize(
    ("words", "code"), [(["--list", "main", "--at", ""], 2), (["--test", ""], 3), (["--list", ""], 2)]
)
def test_nothing_is_sent_when_the_variable_of_a_script_is_not_set(real, words, code):
    assert real.trax("send", "58", *words, "--yes").exit_code == code
    assert real.trax("status", "--json").stdout == "[]\n"
    assert real.inbox.messages == []


def test_plan_is_told_beside_the_data_when_somebody_has_to_decide(real):
    result = real.trax("send", "58", "--list", "main", "--json")
    assert result.exit_code == 3
    assert result.stdout == ""
    assert "to       3 readers of “main”" in result.stderr
