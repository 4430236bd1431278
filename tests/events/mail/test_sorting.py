import datetime as dt
import time
from pathlib import Path

import pytest

from events.logs import MARK
from trax_mailer.events import read_mail
from trax_mailer.model.refusal import weigh

SAMPLES = Path(__file__).parent / "samples"
NOW = dt.datetime(2026, 3, 10, tzinfo=dt.UTC)
SENT = dt.datetime(2026, 3, 3, 9, 31, 7, tzinfo=dt.UTC)
OURS, NOBODY, ELSEWHERE = f"1.5.{MARK}", "", "1.5.69a6aa19@upr-info.example"

VERDICTS = {
    # standard reports: whose message, what kind of event, what follows
    "postfix_unknown_user": ("bounce", (OURS, "bounced", "hard")),
    "postfix_domain_gone": ("bounce", (OURS, "bounced", "hard")),
    "postfix_delayed": ("bounce", (OURS, "deferred", "nothing")),
    "postfix_expired": ("bounce", (OURS, "blocked", "soft")),
    "postfix_mailbox_full": ("bounce", (OURS, "blocked", "soft")),
    "postfix_policy": ("bounce", (OURS, "blocked", "nothing")),
    "postfix_delivered": ("bounce", (OURS, "processed", "nothing")),
    "exim_report": ("bounce", (OURS, "bounced", "hard")),
    "sendmail_unknown_user": ("bounce", (OURS, "bounced", "hard")),
    "gmail_unknown_user": ("bounce", (OURS, "bounced", "hard")),
    "gmail_over_quota": ("bounce", (OURS, "blocked", "soft")),
    "exchange_online_not_found": ("bounce", (OURS, "bounced", "hard")),
    "exchange_access_denied": ("bounce", (NOBODY, "blocked", "soft")),
    "domino_not_listed": ("bounce", (OURS, "bounced", "hard")),
    "opensmtpd_error": ("bounce", (OURS, "bounced", "hard")),
    "mailbox_disabled": ("bounce", (OURS, "bounced", "hard")),
    "owner_changed": ("bounce", (OURS, "bounced", "hard")),
    "status_in_base64": ("bounce", (OURS, "bounced", "hard")),
    "status_in_quoted_printable": ("bounce", (OURS, "bounced", "hard")),
    "international": ("bounce", (OURS, "bounced", "hard")),
    "odd_charset_and_date": ("bounce", (OURS, "bounced", "hard")),
    "footer_of_a_gateway": ("bounce", (OURS, "bounced", "hard")),
    "bounce_of_a_bounce": ("bounce", (NOBODY, "bounced", "hard")),
    "without_our_message_id": ("bounce", (NOBODY, "bounced", "hard")),
    "message_id_of_another_ledger": ("bounce", (ELSEWHERE, "bounced", "hard")),
    # servers' own forms
    "exim_plain": ("bounce", (OURS, "bounced", "hard")),
    "exim_warning": ("bounce", (NOBODY, "deferred", "nothing")),
    "qmail_no_mailbox": ("bounce", (OURS, "bounced", "hard")),
    "qmail_queue_too_long": ("bounce", (OURS, "blocked", "soft")),
    "qmail_no_code": ("bounce", (OURS, "bounced", "soft")),
    "yahoo_no_account": ("bounce", (OURS, "bounced", "soft")),
    "exchange_2000_plain": ("bounce", (OURS, "bounced", "soft")),
    "groupwise": ("bounce", (OURS, "bounced", "soft")),
    # complaints, and feedback that is none
    "feedback_abuse": ("complaint", (OURS, "complained", "complaint")),
    "feedback_redacted": ("complaint", (OURS, "complained", "complaint")),
    "feedback_not_spam": ("other", None),
    "feedback_auth_failure": ("other", None),
    # answers: where they name our message, they prove that it was taken
    "vacation": ("auto-reply", (OURS, "processed", "nothing")),
    "vacation_exchange": ("auto-reply", (OURS, "processed", "nothing")),
    "vacation_without_sender": ("auto-reply", None),
    "vacation_of_a_postmaster": ("auto-reply", (OURS, "processed", "nothing")),
    "challenge_boxtrapper": ("challenge", None),
    "challenge_tmda": ("challenge", (OURS, "processed", "nothing")),
    "unsubscribe": ("leaving", (OURS, "processed", "nothing")),
    "unsubscribe_in_french": ("leaving", (OURS, "processed", "nothing")),
    "unsubscribe_out_of_the_blue": ("leaving", None),
    "unsubscribe_in_the_text_alone": ("answer", (OURS, "processed", "nothing")),
    "how_to_unsubscribe": ("other", None),
    "forwarded_by_a_person": ("other", None),
    "ordinary_mail": ("other", None),
    # for a person
    "no_action": ("unclear", None),
    "unknown_daemon": ("unclear", None),
}


def sample(name):
    return (SAMPLES / f"{name}.eml").read_bytes()


def read(content):
    return read_mail(content, now=NOW)


def told(mail):
    return [
        (one.message_id, one.kind.value, weigh(one.kind, one.reason).value, one.by_reader)
        for one in mail.reports
    ]


def test_every_sample_has_a_verdict_and_every_verdict_a_sample():
    assert {path.stem for path in SAMPLES.glob("*.eml")} == set(VERDICTS)


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("name", VERDICTS)
def test_mail_is_taken_for_what_it_is(name, ends):
    kind, expected = VERDICTS[name]
    mail = read(sample(name).replace(b"\n", ends))
    assert mail.kind == kind
    assert bool(mail.reason) is (kind == "unclear" or name.startswith(("feedback_not", "feedback_auth")))
    by_reader = kind not in {"bounce", "complaint"}
    assert told(mail) == ([] if expected is None else [(*expected, by_reader)])


@pytest.mark.parametrize("name", [name for name, (kind, _) in VERDICTS.items() if kind != "other"])
def test_nobody_is_named_in_reasons_or_when_a_report_is_shown(name):
    mail = read(sample(name))
    shown = repr(mail)
    assert "ana" not in shown.replace("1.5.69a6aa18@upr-info.example", "").lower()
    assert "192.0.2" not in shown


@pytest.mark.parametrize("name", ["postfix_unknown_user", "exim_plain", "qmail_no_mailbox", "feedback_abuse"])
def test_report_names_the_reader_and_its_own_time(name):
    [report] = read(sample(name)).reports
    assert report.addresses == ("ana@example.org",)
    assert report.occurred_at == SENT
    assert report.apart


def test_report_has_the_way_out_when_the_message_came_back_with_it():
    [report] = read(sample("feedback_redacted")).reports
    assert report.tokens == ("A" * 44,)


def test_report_of_a_returned_report_counts_for_nothing():
    [report] = read(sample("bounce_of_a_bounce")).reports
    assert "ana@example.org" not in report.addresses


def test_time_of_arrival_stands_when_the_date_cannot_be_read():
    content = sample("odd_charset_and_date")
    assert read(content).at == NOW
    received = b"Received: from a by b; Tue, 03 Mar 2026 10:31:07 +0100\n"
    assert read(received + content).at == SENT


def test_time_is_never_later_than_now():
    content = sample("postfix_unknown_user").replace(b"03 Mar 2026 10:31:07", b"03 Mar 2036 10:31:07")
    assert read(content).at == NOW


def test_reports_without_any_mark_of_their_own_differ_by_their_content():
    def bare(name):
        lines = sample(name).splitlines(keepends=True)
        return b"".join(
            one for one in lines if not one.startswith((b"Message-Id", b"Date: Tue, 03 Mar 2026 10"))
        )

    one, again, other = (read(bare(name)).reports[0] for name in (
        "postfix_unknown_user", "postfix_unknown_user", "postfix_mailbox_full",
    ))  # fmt: skip
    assert one.apart == again.apart != other.apart


def test_codes_decide_nothing_when_there_are_several_of_them():
    content = sample("qmail_no_mailbox").replace(b"(#5.1.1)", b"(#5.1.1)\n(#4.3.0)")
    [report] = read(content).reports
    assert (report.kind, weigh(report.kind, report.reason)) == ("bounced", "soft")


@pytest.mark.parametrize(
    ("subject", "leaves"),
    [
        ("unsubscribe", True),
        ("  UNSUBSCRIBE. ", True),
        ("RE: AW: unsubscribe", True),
        ("Désabonnement", True),
        ("Darse de baja", True),
        ("please unsubscribe", False),
        ("Re: No 58", False),
        ("unsubscribe?", False),
        ("don't unsubscribe", False),
        ("", False),
    ],
)
def test_wish_to_leave_is_the_whole_subject_or_none(subject, leaves):
    content = f"From: ana@example.org\nSubject: {subject}\n\nunsubscribe\n".encode()
    assert (read(content).kind == "leaving") is leaves


def nested(depth, *, kind="multipart"):
    lines = ["From: MAILER-DAEMON@mail.example.net"]
    for number in range(depth):
        if kind == "multipart":
            lines += [f"Content-Type: multipart/mixed; boundary=b{number}", "", f"--b{number}"]
        else:
            lines += ["Content-Type: message/rfc822", ""]
    return "\n".join(lines).encode()


BOMBS = {
    "parts within parts": nested(20_000),
    "messages within messages": nested(20_000, kind="message"),
    "some depth": nested(59),
    "many parts": b"Content-Type: multipart/report; boundary=b\n\n" + b"--b\n\nx\n" * 100_000,
    "many recipients": sample("postfix_unknown_user").replace(
        b"Final-Recipient",
        b"Final-Recipient: rfc822; x@example.org\nAction: failed\n\n" * 20_000 + b"Final-Recipient",
    ),
    "one long line": b"From: MAILER-DAEMON@x.example\n\n" + b"a@" * 5_000_000,
    "long header": b"From: MAILER-DAEMON@x.example\nSubject: " + b"=?utf-8?q?=C3?= " * 100_000,
    "many ids": b"From: x@y.example\nReferences: " + b"<1.5.69a6aa18@upr-info.example> " * 100_000 + b"\n\n",
    "blanks": b"From: MAILER-DAEMON@x.example\n\n" + b" " * 2_000_000 + b"\n" * 2_000_000,
    "noise": bytes(range(256)) * 20_000,
    "header of zeros": b"From: MAILER-DAEMON@x.example\nDate: \x00\nContent-Type: \x00/\x00; boundary\n\n",
    "fields in fields": b"Content-Type: message/feedback-report\n\nContent-Type: message/feedback-report\n\n"
    * 5000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_message_costs_little_and_takes_nothing_down_when_it_is_made_to(name):
    started = time.process_time()
    mail = read(BOMBS[name])
    assert time.process_time() - started < 5
    assert len(mail.reports) <= 20
    assert mail.kind in {"unclear", "other", "answer", "bounce"}


@pytest.mark.parametrize(
    "name", ["postfix_unknown_user", "feedback_abuse", "qmail_no_mailbox", "unsubscribe"]
)
def test_message_is_read_without_trouble_wherever_it_was_cut(name):
    content = sample(name)
    for end in range(0, len(content), 37):
        assert read(content[:end]).kind in {
            "bounce", "complaint", "unclear", "other", "auto-reply", "answer", "leaving"
        }  # fmt: skip
