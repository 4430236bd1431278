import datetime as dt
import mailbox
import shutil

import pytest

from events.logs import MARK
from events.mails import FOLDED, HEADERS, NONE, WHOLE, answer, report
from trax_mailer.errors import BadFile
from trax_mailer.events import read_mailbox

NOW = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
SENT = dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC)


@pytest.fixture
def read(tmp_path):
    """The reports in one message."""

    def reading(content):
        file = tmp_path / "message.eml"
        file.write_bytes(content)
        return list(read_mailbox(file, mark=MARK, now=NOW))

    return reading


def seen(reports):
    return [
        (one.message_id.removesuffix(f".{MARK}"), "act" if one.by_reader else str(one.kind))
        for one in reports
    ]


@pytest.mark.parametrize("returned", [WHOLE, HEADERS, FOLDED], ids=["whole", "headers", "folded"])
@pytest.mark.parametrize("ends", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_report_is_read_when_the_message_comes_back(read, returned, ends):
    [bounced] = read(report(5, returned=returned).replace(b"\n", ends))
    assert seen([bounced]) == [("1.5", "bounced")]
    assert bounced.occurred_at == SENT
    assert bounced.reason == "550 5.1.1 <…@…>: … is unknown at […]"


@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [
        ("failed", "5.1.1", "bounced"),
        ("FAILED", "5.0.0", "bounced"),
        ("failed", "5.2.2", "blocked"),
        ("failed", "5.7.26 (policy)", "blocked"),
        ("failed", "4.4.7", "blocked"),
        ("delayed", "4.4.1", "deferred"),
        ("delivered", "2.1.5", "delivered"),
        ("expanded", "2.1.5", "delivered"),
        ("relayed", "2.1.9", "processed"),
    ],
)
def test_action_and_status_say_what_became_of_it(read, action, status, kind):
    assert seen(read(report(action=action, status=status))) == [("1.1", kind)]


@pytest.mark.parametrize("action", ["", "eaten"])
def test_nothing_is_made_of_an_action_that_does_not_exist(read, action):
    assert read(report(action=action)) == []


def test_report_is_read_when_only_its_own_headers_name_the_message(read):
    for name in ("In-Reply-To", "References"):
        headers = f"{name}: <x@example.org>\n <1.4.{MARK}>\n"
        assert seen(read(report(4, returned=NONE, more_headers=headers))) == [("1.4", "bounced")]


def test_report_is_read_when_it_is_international(read):
    content = report().replace(b"message/delivery-status", b"message/global-delivery-status")
    content = content.replace(b"text/rfc822-headers", b"message/global-headers")
    assert seen(read(content)) == [("1.1", "bounced")]


@pytest.mark.parametrize(
    "returned",
    [
        NONE,
        HEADERS.replace(MARK, "69a6aa19@upr-info.example"),
        HEADERS.replace(MARK, f"{MARK}.org"),
        HEADERS.replace("Message-ID", "X-Message-ID"),
    ],
)
def test_nothing_is_found_when_the_message_is_not_exactly_ours(read, returned):
    assert read(report(returned=returned)) == []


@pytest.mark.parametrize("name", ["In-Reply-To", "References"])
def test_message_was_taken_when_somebody_answers_it(read, name):
    [found] = read(answer(3, name=name))
    assert seen([found]) == [("1.3", "act")]
    assert (found.reason, found.occurred_at) == ("", SENT.replace(hour=0, minute=0))


def test_nothing_is_proved_when_an_answer_is_to_something_else(read):
    assert read(answer(mark="1@example.org")) == []


@pytest.mark.parametrize("date", [b"", b"Date: yesterday", b"Date: Tue, 99 Nov 2026 10:30:00 +0100"])
def test_time_of_reading_stands_when_the_report_has_no_date(read, date):
    lines = report().split(b"\n")
    lines[3] = date or b"X-Nothing: 1"
    [found] = read(b"\n".join(lines))
    assert found.occurred_at == NOW


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"Content-Type: multipart/report\n\nno parts",
        b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n--x--",
        b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/rfc822\n\n--x--",
        b"Message-ID: <\xff@>\nReferences: \xe9\xe9 <>\nDate: \xff\n\n",
        report()[:900],
    ],
)
def test_message_is_passed_over_when_it_is_broken(read, content):
    assert read(content) == []


@pytest.mark.parametrize("content", [b"\x00\xff" * 500, b"root:x:0:0:root:/root:/bin/bash\n"])
def test_file_is_refused_when_it_is_neither_a_mailbox_nor_a_message(read, content):
    with pytest.raises(BadFile, match="neither a mailbox nor a message"):
        read(content)


def test_file_in_a_maildir_is_passed_over_when_it_is_no_message(tmp_path):
    maildir = mailbox.Maildir(tmp_path / "Maildir")
    maildir.add(answer(3))
    (tmp_path / "Maildir" / "new" / "odd").write_bytes(b"\x00\xff" * 500)
    found = read_mailbox(tmp_path / "Maildir", mark=MARK, now=NOW)
    assert [one.message_id for one in found] == [f"1.3.{MARK}"]


def test_every_kind_of_mailbox_gives_the_same_and_stays_as_it_is(tmp_path):
    contents = [report(1), report(2, returned=WHOLE), answer(3), b"Subject: other\n\nFrom here on\n"]
    maildir = mailbox.Maildir(tmp_path / "Maildir")
    for content in contents:
        maildir.add(content)
    maildir.add(mailbox.MaildirMessage(report(4)))
    shutil.move(next((tmp_path / "Maildir" / "new").iterdir()), tmp_path / "Maildir" / "cur" / "seen:2,S")
    box = mailbox.mbox(tmp_path / "mbox")
    for content in [*contents, report(4)]:
        box.add(content)
    box.close()
    (tmp_path / "empty").touch()
    before = snapshot(tmp_path)
    expected = [("1.1", "bounced"), ("1.2", "bounced"), ("1.3", "act"), ("1.4", "bounced")]
    for name in ("Maildir", "mbox"):
        assert sorted(seen(read_mailbox(tmp_path / name, mark=MARK, now=NOW))) == expected
    assert list(read_mailbox(tmp_path / "empty", mark=MARK, now=NOW)) == []
    assert snapshot(tmp_path) == before


def test_reports_are_the_same_when_they_lie_in_two_mailboxes(read):
    assert read(report()) == read(b"X-Folder: other\n" + report())


@pytest.mark.parametrize("name", ["missing", "folder"])
def test_mailbox_is_refused_in_words_when_it_cannot_be_read(tmp_path, name):
    (tmp_path / "folder").mkdir()
    with pytest.raises(BadFile, match=r"cannot be read|is no Maildir"):
        list(read_mailbox(tmp_path / name, mark=MARK, now=NOW))


def snapshot(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
