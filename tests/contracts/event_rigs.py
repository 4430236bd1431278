"""One rig a source of events: how it tells each of the same happenings, about the same copy."""

import datetime as dt

from events.logs import MARK, accepted, postfix, tried
from events.mails import report
from events.webhook import KEY, body_of, event
from trax_mailer.events import SendGridEvents, read_mail, read_smtp_log

AT = dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC)
NOW = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
GONE = "550 5.1.1 <reader{0}@example.org>: reader{0} is unknown at [203.0.113.25]"
FULL = "552 5.2.2 <reader{0}@example.org> over quota at [203.0.113.25]"
LATER = "451 4.7.1 reader{0}@example.org: greylisted at [203.0.113.25]"
HAPPENINGS = ("processed", "delivered", "deferred", "gone", "full", "complained", "left")

ARF = f"""\
From: <feedback@fbl.example.com>
To: <trax@upr-info.example>
Date: Tue, 24 Nov 2026 10:30:00 +0100
Subject: FW: No 58
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is an abuse report for reader{{0}}@example.org.

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1
Original-Rcpt-To: <reader{{0}}@example.org>
Source-IP: 203.0.113.25

--b
Content-Type: message/rfc822

From: trax@upr-info.example
Message-ID: <1.{{0}}.{MARK}>
Subject: No 58

Dear reader,
--b--
"""


class SendGridRig:
    name = "sendgrid"

    def tell(self, happening, reader):
        """The reports of that happening, or None where this source never tells of it."""
        at = int(AT.timestamp())
        kind, further = {
            "processed": ("processed", {}),
            "delivered": ("delivered", {"response": "250 2.0.0 Ok"}),
            "deferred": ("deferred", {"response": LATER.format(reader), "attempt": "1"}),
            "gone": ("bounce", {"reason": GONE.format(reader), "status": "5.1.1", "type": "bounce"}),
            "full": ("bounce", {"reason": FULL.format(reader), "status": "5.2.2", "type": "blocked"}),
            "complained": ("spamreport", {}),
            "left": ("unsubscribe", {}),
        }[happening]
        told = event(kind, reader, at=at, ip="203.0.113.25", useragent="Mozilla/5.0 (X11)", **further)
        return [one.report for one in SendGridEvents(KEY).read(body_of([told])) if one.report]


class BounceRig:
    name = "mailbox"

    def tell(self, happening, reader):
        words = {"gone": GONE, "full": FULL, "deferred": LATER}
        sort = {
            "processed": ("relayed", "2.0.0"),
            "delivered": ("delivered", "2.0.0"),
            "deferred": ("delayed", "4.7.1"),
            "gone": ("failed", "5.1.1"),
            "full": ("failed", "5.2.2"),
        }
        if happening == "complained":
            content = ARF.format(reader).encode()
        elif happening in sort:
            action, status = sort[happening]
            content = report(reader, action=action, status=status)
            own = words.get(happening, "{0} 250 2.0.0 Ok").format(reader).encode()
            start = content.index(b"Diagnostic-Code: smtp; ") + len(b"Diagnostic-Code: smtp; ")
            content = content[:start] + own + content[content.index(b"\n\n--4XyZ1", start) :]
        else:
            return None
        return list(read_mail(content, now=NOW).reports)


class RelayLogRig:
    name = "mail-log"

    def tell(self, happening, reader):
        tries = {
            "delivered": ("sent", "2.0.0", "250 2.0.0 Ok"),
            "deferred": ("deferred", "4.7.1", LATER),
            "gone": ("bounced", "5.1.1", GONE),
            "full": ("bounced", "5.2.2", FULL),
        }
        if happening not in {"processed", *tries}:
            return None
        told = accepted("4XyZ1k2m3n", reader)
        if happening in tries:
            status, dsn, words = tries[happening]
            told = [*told, tried("4XyZ1k2m3n", reader, status, dsn=dsn, words=words.format(reader))]
        found = list(read_smtp_log(iter(postfix(*told)), mark=MARK, now=NOW))
        return found if happening == "processed" else found[-1:]
