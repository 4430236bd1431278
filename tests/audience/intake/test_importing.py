import json
import subprocess
import sys
import threading

import pytest

from suppressing import put_suppression
from trax_mailer.audience import find_subscriber, import_subscribers, leave, lists
from trax_mailer.audience.intake import Options, merging
from trax_mailer.audience.intake.rows import AT_ONCE as BATCH_ROWS
from trax_mailer.errors import BadFile, Refused
from trax_mailer.model.act import ActKind
from trax_mailer.model.subscriber import SubscriptionState, SuppressionReason
from trax_mailer.storage import open_ledger
from trax_mailer.storage.acts import acts_among
from trax_mailer.storage.subscribers import SubscriberRow, add_subscribers, subscribers_among
from trax_mailer.storage.subscriptions import steps_of

EXPORT = """\
Email Address,First Name,Last Name,Language,Status,Organisation,City
ana@example.org,"Ștefan & ""Ana"" <b>",Pop,fr,Subscribed,UPR Info,Chișinău
ben@example.org,Ben,,Englisch,pending,,
cleo@example.net,Cleo,,,Cleaned,,
no address here,,,,,,
,Dora,,,,,
ANA@example.org,Ana again,,,,,
emil@example.com,Emil,,Klingon,,,"Bern, CH",extra
fay@example.com,,,,,,
"""

MEASURED = """
import datetime as dt, json, resource, sys
from pathlib import Path
from trax_mailer.audience import import_subscribers
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage import open_ledger
unit = 1 if sys.platform == "darwin" else 1024
peaks = []
def watch(done, total):
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)
with open_ledger(Path(sys.argv[1])) as ledger:
    report = import_subscribers(
        ledger, Path(sys.argv[2]), list_name="UPR Trax", state=SubscriptionState.SUBSCRIBED,
        imported_by="ana", now=dt.datetime.now(dt.UTC), progress=watch,
    )
print(json.dumps([report.added, peaks]))
"""


def _numbers(report):
    return report.added, report.updated, report.unchanged, report.kept_out, len(report.refused)


def _evidence(ledger, key):
    with ledger.read() as connection:
        reader = subscribers_among(connection, [key])[key]
        steps = steps_of(connection, reader.id)
        acts = acts_among(connection, [step.act_id for step in steps])
    return [(step.state, step.line, step.at, acts[step.act_id]) for step in steps]


def test_good_rows_go_in_when_others_are_refused_with_line_and_reason(bring, ledger, states):
    report = bring(EXPORT)
    assert _numbers(report) == (3, 0, 0, 0, 5)
    assert states() == {
        "ana@example.org": "subscribed",
        "cleo@example.net": "bounced",
        "fay@example.com": "subscribed",
    }
    refused = {row.line: row for row in report.refused}
    assert "has not confirmed" in refused[3].reason
    assert "“no address here” is no e-mail address" in refused[5].reason
    assert refused[6].reason == "has no e-mail address"
    assert refused[7].reason == "repeats the address of line 2"
    assert refused[7].email == "ANA@example.org"
    assert "has 8 cells where the first row names 7" in refused[8].reason


def test_every_sign_of_a_name_is_kept_when_imported(bring, ledger):
    bring(EXPORT)
    ana = find_subscriber(ledger, "Ana@Example.org", "UPR Trax")
    assert ana.name == 'Ștefan & "Ana" <b> Pop'
    assert ana.language == "fr"
    assert ana.fields == {
        "first_name": 'Ștefan & "Ana" <b>',
        "last_name": "Pop",
        "organisation": "UPR Info",
        "City": "Chișinău",
    }


@pytest.mark.parametrize(
    ("written", "tag"),
    [("FR", "fr"), ("fr_CH", "fr-CH"), ("pt-BR", "pt-BR"), ("Français", "fr"), ("Inglés", "en"), ("", "")],
)
def test_language_is_a_tag_when_written_in_other_ways(bring, ledger, written, tag):
    bring(f"email,language\nana@example.org,{written}\n")
    assert find_subscriber(ledger, "ana@example.org").language == tag


def test_language_is_kept_as_written_when_nobody_knows_it(bring, ledger):
    bring("email,language\nana@example.org,Rätoromanisch (Sursilvan)\n")
    ana = find_subscriber(ledger, "ana@example.org")
    assert ana.language == ""
    assert ana.fields == {"language as written": "Rätoromanisch (Sursilvan)"}


def test_evidence_says_where_a_reader_comes_from_when_imported(bring, ledger, now):
    bring("email\n\nana@example.org\n")
    ((state, line, at, act),) = _evidence(ledger, "ana@example.org")
    assert (state, line, at) == ("subscribed", 3, now)
    assert (act.kind, act.source, act.by, act.at) == ("import", "readers.csv", "ana", now)


def test_evidence_of_consent_stays_when_the_reader_is_taken_off(bring, ledger):
    bring("email\nana@example.org\n")
    bring("email\nana@example.org\n", state="unsubscribed", name="left.csv")
    assert [(state, act.source) for state, _, _, act in _evidence(ledger, "ana@example.org")] == [
        ("subscribed", "readers.csv"),
        ("unsubscribed", "left.csv"),
    ]


def test_nothing_changes_when_the_file_is_imported_again(bring, stored, now):
    first = bring(EXPORT)
    before = stored()
    again = bring(EXPORT, at=now.replace(year=2016))
    assert _numbers(again) == (0, 0, 3, 0, 5)
    assert again.refused == first.refused
    assert stored() == before


def test_reader_is_updated_when_a_later_file_says_more(bring, ledger):
    bring("email,name,city,room\nana@example.org,Ana,Bern,E-3\n")
    report = bring("email,name,language,city\nANA@example.org,,fr,Geneva\n")
    assert _numbers(report) == (0, 1, 0, 0, 0)
    ana = find_subscriber(ledger, "ana@example.org")
    assert (ana.email, ana.name, ana.language) == ("ana@example.org", "Ana", "fr")
    assert ana.fields == {"city": "Geneva", "room": "E-3"}


def test_present_readers_are_taken_off_when_imported_as_unsubscribed(bring, states, ledger):
    bring("email,name\nana@example.org,Ana\nben@example.org,Ben\n")
    report = bring("email,name\nana@example.org,X\nnew@example.org,N\n", state="unsubscribed")
    assert _numbers(report) == (1, 1, 0, 0, 0)
    assert states() == {
        "ana@example.org": "unsubscribed",
        "ben@example.org": "subscribed",
        "new@example.org": "unsubscribed",
    }
    assert find_subscriber(ledger, "ana@example.org").name == "Ana"


@pytest.mark.parametrize("away", ["unsubscribed", "bounced"])
def test_nobody_comes_back_when_they_were_imported_as_gone(bring, states, away):
    bring("email\nana@example.org\n", state=away)
    report = bring("email,name\nAna@Example.org,Ana\n")
    assert _numbers(report) == (0, 0, 0, 1, 0)
    assert states() == {"ana@example.org": away}


def test_nobody_comes_back_when_they_left_by_themselves(bring, ledger, states, now):
    bring("email\nana@example.org\n")
    list_id = 1
    assert leave(ledger, list_id=list_id, subscriber_id=1, kind=ActKind.PAGE, now=now)
    assert bring("email\nana@example.org\n").kept_out == 1
    assert states() == {"ana@example.org": "unsubscribed"}


def test_nobody_comes_in_when_their_address_is_suppressed(bring, ledger, states, now):
    put_suppression(ledger, "Ana@example.org", reason=SuppressionReason.STAFF, source="ben", now=now)
    assert _numbers(bring("email\nana@example.org\n")) == (0, 0, 0, 1, 0)
    assert states() == {}


def test_other_lists_are_joined_when_one_was_left_but_not_when_mail_bounced(bring, states):
    bring("email,status\nana@example.org,unsubscribed\nben@example.org,bounced\ncleo@example.org,spam\n")
    report = bring("email\nana@example.org\nben@example.org\ncleo@example.org\n", list_name="Jobs")
    assert _numbers(report) == (1, 0, 0, 2, 0)
    assert states("Jobs") == {"ana@example.org": "subscribed"}


def test_reader_is_taken_off_when_a_later_row_says_that_they_left(bring, states, stored):
    content = "email,status\nana@example.org,subscribed\nben@example.org,\nANA@example.org,unsubscribed\n"
    report = bring(content)
    assert states() == {"ana@example.org": "unsubscribed", "ben@example.org": "subscribed"}
    assert [row.reason for row in report.refused] == [
        "repeats the address of line 2; that it is unsubscribed was taken over"
    ]
    before = stored()
    bring(content)
    assert stored() == before


def test_repeats_are_found_when_they_stand_in_another_batch(bring, states):
    readers = [f"reader{number}@example.org,subscribed" for number in range(BATCH_ROWS + 5)]
    lines = [*readers, "reader0@example.org,subscribed", "reader1@example.org,complained"]
    report = bring("email,status\n" + "\n".join(lines))
    assert report.added == BATCH_ROWS + 5
    assert [row.reason.split(";")[0] for row in report.refused] == [
        "repeats the address of line 2",
        "repeats the address of line 3",
    ]
    assert states()["reader1@example.org"] == "complained"


@pytest.mark.parametrize(
    "name",
    [
        "unsubscribed_members_export_1a2b3c.csv",
        "cleaned_members_export_1a2b3c.csv",
        "Unsubscribes 2015.csv",
        "upr-trax-désabonnés.csv",
        "bounces.csv",
        "nonsubscribed_members_export.csv",
        "opt-outs.csv",
    ],
)
def test_file_is_refused_when_its_name_says_that_its_readers_left(bring, states, name):
    with pytest.raises(Refused, match="must not be mailed") as caught:
        bring("Email Address\nana@example.org\n", name=name)
    assert "--as unsubscribed" in caught.value.advice
    assert states() == {}
    bring("Email Address\nana@example.org\n", name=name, state="unsubscribed")
    assert states() == {"ana@example.org": "unsubscribed"}


@pytest.mark.parametrize("name", ["subscribed_members_export_1a2b3c.csv", "readers.csv", "abonnés.csv"])
def test_file_is_taken_when_its_name_says_that_its_readers_subscribed(bring, name):
    assert bring("Email Address\nana@example.org\n", name=name).added == 1


def test_file_is_refused_when_its_columns_say_that_its_readers_left(bring, ledger):
    content = "Email Address,UNSUB_TIME\nana@example.org,2015-12-01 10:00:00\n"
    with pytest.raises(Refused, match="UNSUB_TIME"):
        bring(content, name="export.csv")
    assert lists(ledger) == []
    assert bring(content, name="export.csv", state="unsubscribed").added == 1


def test_nothing_goes_in_when_the_file_is_not_utf8_to_its_end(bring, ledger):
    rows = "".join(f"reader{number}@example.org,Zoë\n" for number in range(5000)).encode()
    with pytest.raises(BadFile, match="line 5002 is not UTF-8"):
        bring(b"email,name\n" + rows + "ben@example.org,René\n".encode("latin-1"))
    assert lists(ledger) == []


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("ana@example.org,A\x00na", "NUL character"),
        ("ana@example.org," + "x" * 20_000, "over 10,000 characters"),
        ("ana@example.org," + "x" * 1_000_000, "over 131,072 characters"),
        ("x" * 9_000 + "@example.org,", "too long"),
        ('ana@example.org,"A"na', "after a closing quote"),
    ],
)
def test_row_is_refused_in_words_when_a_cell_cannot_be_used(bring, states, row, reason):
    report = bring(f"email,name\n{row}\nben@example.org,Ben\n")
    assert [refused.line for refused in report.refused] == [2]
    assert reason in report.refused[0].reason
    assert len(report.refused[0].reason) < 300
    assert len(report.refused[0].email) < 100
    assert states() == {"ben@example.org": "subscribed"}


def test_short_rows_go_in_when_cells_at_their_end_are_missing(bring, ledger):
    assert bring("email,name,city\nana@example.org\nben@example.org,Ben\n").added == 2
    assert find_subscriber(ledger, "ben@example.org").name == "Ben"


def test_list_is_the_same_when_its_name_differs_in_case_and_blanks(bring, ledger):
    bring("email\nana@example.org\n", list_name="UPR Trax")
    bring("email\nben@example.org\n", list_name="  upr  trax ")
    assert [(one.name, one.subscribed) for one in lists(ledger)] == [("UPR Trax", 2)]
    with pytest.raises(Refused, match="needs a name"):
        bring("email\nana@example.org\n", list_name="  ")


def test_progress_ends_at_the_last_line_when_reported(ledger, tmp_path, now):
    file = tmp_path / "readers.csv"
    file.write_text("email\n" + "".join(f"reader{number}@example.org\n" for number in range(BATCH_ROWS + 1)))
    seen = []
    import_subscribers(
        ledger,
        file,
        list_name="UPR Trax",
        state=SubscriptionState.SUBSCRIBED,
        imported_by="ana",
        now=now,
        progress=lambda done, total: seen.append((done, total)),
    )
    lines = BATCH_ROWS + 2
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert {total for _, total in seen} == {lines}
    assert seen[0][0] == (BATCH_ROWS + 1) // 2
    assert seen[-1][0] == lines


def test_leaving_holds_when_it_happens_during_an_import(tmp_path, now, monkeypatch):
    """Readers leave while a file that subscribes them is imported, from a ledger of its own."""
    monkeypatch.setattr(merging, "PART_ROWS", 500)
    rows = "".join(f"reader{number}@example.org,Reader {number}\n" for number in range(3 * BATCH_ROWS))
    file = tmp_path / "readers.csv"
    file.write_text("email,name\n" + rows)
    how = {"list_name": "UPR Trax", "state": SubscriptionState.SUBSCRIBED, "imported_by": "ana", "now": now}
    gone = []

    def go():
        with open_ledger(tmp_path / "state") as other:
            gone.extend(
                leave(other, list_id=1, subscriber_id=subscriber_id, kind=ActKind.PAGE, now=now)
                for subscriber_id in range(1, 3 * BATCH_ROWS, 600)
            )

    with open_ledger(tmp_path / "state") as ledger:
        import_subscribers(ledger, file, **how)
        file.write_text(file.read_text().replace("Reader", "Dear reader"))
        leaving = threading.Thread(target=go)
        leaving.start()
        import_subscribers(ledger, file, **how)
        leaving.join(60)
        assert gone == [True] * 10
        assert [(one.subscribed, one.unsubscribed) for one in lists(ledger)] == [(3 * BATCH_ROWS - 10, 10)]


@pytest.mark.parametrize("dry_run", [True, False])
def test_reader_of_no_list_joins_when_the_list_is_new(bring, ledger, states, now, dry_run):
    row = SubscriberRow(address="ana@example.org", email="ana@example.org", name="", language="", fields={})
    with ledger.write() as connection:
        add_subscribers(connection, [row], now=now)
    report = bring("email\nana@example.org\n", options=Options(dry_run=dry_run))
    assert _numbers(report) == (1, 0, 0, 0, 0)
    assert states() == ({} if dry_run else {"ana@example.org": "subscribed"})


@pytest.mark.parametrize("size", [2, 100])
def test_readers_go_in_when_the_file_is_one_part_or_many(bring, ledger, stored, states, monkeypatch, size):
    monkeypatch.setattr(merging, "PART_ROWS", size)
    content = "email,tags\n" + "".join(f"{sign}@example.org,{sign}\n" for sign in "dacbe")
    assert bring(content).added == 5
    ids = {row.address[0]: row.id for row in stored()["subscriber"]}
    # By their lines where they are one part, else by their addresses, which is faster.
    assert [ids[sign] for sign in ("dacbe" if size == 100 else "abcde")] == [1, 2, 3, 4, 5]
    assert {row.subscriber_id: row.line for row in stored()["subscription"]} == {
        ids[sign]: line for line, sign in enumerate("dacbe", 2)
    }
    before = stored()
    assert bring(content).unchanged == 5
    assert bring(content.replace("e@example.org", "f@example.org")).added == 1
    assert before["subscription"] == [row for row in stored()["subscription"] if row.subscriber_id <= 5]


def test_memory_stays_flat_when_a_hundred_thousand_rows_are_imported(tmp_path):
    file = tmp_path / "readers.csv"
    with file.open("w") as opened:
        opened.write("email,name,city\n")
        for number in range(100_000):
            opened.write(f"reader{number}@example.org,Reader {number},Chișinău\n")
    command = [sys.executable, "-c", MEASURED, str(tmp_path / "state"), str(file)]
    added, peaks = json.loads(subprocess.check_output(command, timeout=300))
    assert added == 100_000
    # Between the fifth batch and the last it grows by no more than the caches of SQLite.
    assert peaks[-1] - peaks[4] < 32 << 20
