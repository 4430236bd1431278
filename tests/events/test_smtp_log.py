import datetime as dt
import gzip
import os
import threading
import time

import pytest

from events.logs import EXIM, MARK, accepted, postfix, tried
from trax_mailer.errors import BadFile
from trax_mailer.events import lines_of, read_smtp_log

NOW = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)


def reports(lines, *, now=NOW):
    return list(read_smtp_log(lines, mark=MARK, now=now))


def seen(lines):
    return [(one.message_id.removesuffix(f".{MARK}"), str(one.kind)) for one in reports(lines)]


def test_postfix_tells_acceptance_and_delivery():
    lines = postfix(
        *accepted("4XyZ1", 1), *accepted("4XyZ2", 2), tried("4XyZ2", 2, "sent"), ("qmgr", "4XyZ2: removed")
    )
    assert seen(lines) == [("1.1", "processed"), ("1.2", "processed"), ("1.2", "delivered")]


def test_nothing_is_proved_when_postfix_saw_the_message_id_and_not_the_end():
    """cleanup logs the Message-ID while the message still comes in; what follows may never be queued."""
    lines = postfix(
        *accepted("4XyZ1", 1)[:2],
        ("smtpd", "lost connection after DATA (61440 bytes) from trax.example.org[203.0.113.9]"),
        ("cleanup", "4XyZ1: milter-reject: END-OF-MESSAGE from trax.example.org: 4.7.1 later"),
    )
    assert seen(lines) == []


def test_queue_ids_are_not_mixed_up_when_one_is_used_again():
    other = accepted("4XyZ1", 9)
    other[1] = ("cleanup", "4XyZ1: message-id=<somebody-else@example.org>")
    for end in ([("qmgr", "4XyZ1: removed")], []):
        again = postfix(*accepted("4XyZ1", 1), *end, *other, tried("4XyZ1", 9, "bounced", dsn="5.1.1"))
        assert seen(again) == [("1.1", "processed")]


def test_nothing_is_taken_over_when_a_queue_id_is_used_again_by_a_message_without_an_id():
    lines = postfix(
        *accepted("4XyZ1", 1), ("smtpd", "4XyZ1: client=other[203.0.113.4]"), tried("4XyZ1", 9, "sent")
    )
    assert seen(lines) == [("1.1", "processed")]


@pytest.mark.parametrize(
    ("status", "dsn", "kind"),
    [
        ("sent", "2.0.0", "delivered"),
        ("deferred", "4.7.1", "deferred"),
        ("SOFTBOUNCE", "5.1.1", "deferred"),
        ("bounced", "5.1.1", "bounced"),
        ("bounced", "5.0.0", "bounced"),
        ("bounced", "5.7.1", "blocked"),
        ("bounced", "5.2.2", "blocked"),
        ("expired", "4.4.1", "blocked"),
    ],
)
def test_each_status_of_postfix_is_understood(status, dsn, kind):
    lines = postfix(*accepted("4XyZ1", 1), tried("4XyZ1", 1, status, dsn=dsn))
    assert seen(lines)[1:] == [("1.1", kind)]


def test_probes_are_passed_over_when_postfix_verifies_addresses():
    assert seen(postfix(*accepted("4XyZ1", 1), tried("4XyZ1", 1, "undeliverable")))[1:] == []


def test_message_is_blocked_when_it_expired_in_the_queue():
    end = ("qmgr", "4XyZ1: from=<trax@upr-info.example>, status=expired, returned to sender")
    assert seen(postfix(*accepted("4XyZ1", 1), end))[1:] == [("1.1", "blocked")]


@pytest.mark.parametrize(
    "relay", ["127.0.0.1[127.0.0.1]:10024", "localhost[127.0.0.1]:10024", "localhost[::1]:25"]
)
def test_delivery_is_what_follows_when_a_filter_gives_the_message_back(relay):
    filtered = tried("4XyZ1", 1, "sent", relay=relay)
    lines = postfix(*accepted("4XyZ1", 1), filtered, *accepted("4XyZ2", 1), tried("4XyZ2", 1, "sent"))
    assert seen(lines) == [*[("1.1", "processed")] * 3, ("1.1", "delivered")]


@pytest.mark.parametrize(
    ("stamp", "at"),
    [
        ("2026-11-24T09:30:12.123456+01:00", dt.datetime(2026, 11, 24, 8, 30, 12, 123456, tzinfo=dt.UTC)),
        ("2026-11-24T09:30:12+0100", dt.datetime(2026, 11, 24, 8, 30, 12, tzinfo=dt.UTC)),
        ("2026-11-24T09:30:12Z", dt.datetime(2026, 11, 24, 9, 30, 12, tzinfo=dt.UTC)),
        ("Nov 24 09:30:12", dt.datetime(2026, 11, 24, 9, 30, 12).astimezone(dt.UTC)),
        ("Nov  4 09:30:12", dt.datetime(2026, 11, 4, 9, 30, 12).astimezone(dt.UTC)),
        ("Dec 24 09:30:12", dt.datetime(2025, 12, 24, 9, 30, 12).astimezone(dt.UTC)),
        ("Feb 29 09:30:12", dt.datetime(2024, 2, 29, 9, 30, 12).astimezone(dt.UTC)),
    ],
)
def test_time_is_understood_in_every_form(stamp, at):
    [report] = reports(postfix(*accepted("4XyZ1", 1), stamp=stamp))
    assert report.occurred_at == at


def test_reports_are_the_same_when_a_log_is_read_in_another_year():
    lines = postfix(*accepted("4XyZ1", 1), tried("4XyZ1", 1, "sent"))
    later = NOW + dt.timedelta(days=400)
    assert [one.apart for one in reports(lines)] == [one.apart for one in reports(lines, now=later)]


def test_no_person_is_in_what_was_read():
    words = "550 5.1.1 <reader1@example.org> reader1 is unknown [203.0.113.25]"
    lines = postfix(*accepted("4XyZ1", 1), tried("4XyZ1", 1, "bounced", dsn="5.1.1", words=words))
    reasons = " ".join(one.reason for one in reports(lines))
    assert reasons == " 550 5.1.1 <…@…> … is unknown […]"


@pytest.mark.parametrize(
    "line",
    [
        "", "\n", "nonsense", "Nov 24", "Nov 99 99:99:99 mail postfix/qmgr[1]: 4XyZ1: from=<a>",
        "Xyz 24 09:30:12 mail postfix/qmgr[1]: 4XyZ1: from=<a>",
        "2026-99-24T09:30:12 mail postfix/qmgr[1]: 4XyZ1: from=<a>",
        "9999-12-31T23:59:59-23:59 mail postfix/qmgr[1]: 4XyZ1: from=<a>",
        "Nov 24 09:30:12 mail postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown",
        "Nov 24 09:30:12 mail postfix/cleanup[1]: 4XyZ1: message-id=1.7.no-brackets",
    ],
)  # fmt: skip
def test_line_is_passed_over_when_it_cannot_be_read(line):
    lines = postfix(*accepted("4XyZ0", 1))
    assert seen([*lines, line, *postfix(tried("4XyZ0", 1, "sent"))])[-1] == ("1.1", "delivered")


def test_exim_tells_what_became_of_each_message():
    assert seen(EXIM.splitlines(keepends=True)) == [
        ("1.1", "processed"), ("1.1", "delivered"),
        ("1.2", "processed"), ("1.2", "deferred"), ("1.2", "bounced"),
    ]  # fmt: skip
    [*_, bounced] = reports(EXIM.splitlines())
    assert bounced.reason == "550 5.1.1 no …"
    assert bounced.occurred_at == dt.datetime(2026, 11, 24, 8, 30, 16, tzinfo=dt.UTC)


def test_exim_is_understood_when_it_writes_to_syslog():
    lines = [f"Nov 24 09:30:12 mail exim[417]: {line}" for line in EXIM.splitlines()]
    assert len(seen(lines)) == 5


def test_file_is_read_when_compressed_and_when_it_is_a_pipe(tmp_path):
    text = "".join(postfix(*accepted("4XyZ1", 1))).encode() + b"\xff\xfe no text\n"
    (tmp_path / "mail.log").write_bytes(text)
    (tmp_path / "mail.log.2.gz").write_bytes(gzip.compress(text))
    os.mkfifo(tmp_path / "pipe")
    writing = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(text,))
    writing.start()
    for name in ("mail.log", "mail.log.2.gz", "pipe"):
        assert seen(lines_of(tmp_path / name)) == [("1.1", "processed")]
    writing.join()


def test_file_is_refused_in_words_when_it_cannot_be_read(tmp_path):
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b"x" * 100_000)[:-20])
    (tmp_path / "bad.gz").write_bytes(b"\x1f\x8bnonsense, and more of it")
    for name in ("missing", "", "cut.gz", "bad.gz"):
        with pytest.raises(BadFile, match="cannot be read"):
            list(lines_of(tmp_path / name))


@pytest.mark.parametrize("content", ["root:x:0:0:root:/root:/bin/bash\n", '{"MESSAGE": "4XyZ1: removed"}\n'])
def test_file_is_refused_when_no_line_of_it_is_of_a_log(content):
    with pytest.raises(BadFile, match="no log that can be read"):
        reports(content.splitlines(keepends=True))


@pytest.mark.parametrize(
    "content", ["", "\n", "-- No entries --\n", "Nov 24 10:00:00 mx postfix/smtpd[1]: connect from unknown\n"]
)
def test_nothing_is_found_when_the_log_is_empty_or_silent(content):
    assert reports(content.splitlines(keepends=True)) == []


def test_large_log_is_read_quickly_and_little_of_it_is_kept():
    others = [
        line
        for number in range(200)
        for line in postfix(
            ("smtpd", f"4Abc{number}: client=other[203.0.113.4]"),
            ("cleanup", f"4Abc{number}: message-id=<{number}@example.org>"),
            ("qmgr", f"4Abc{number}: from=<other@example.org>, size=1, nrcpt=1 (queue active)"),
            tried(f"4Abc{number}", 1, "sent"),
            ("qmgr", f"4Abc{number}: removed"),
        )
    ]
    started = time.monotonic()
    assert reports(line for _ in range(50) for line in others) == []
    assert time.monotonic() - started < 5  # 50,000 lines
