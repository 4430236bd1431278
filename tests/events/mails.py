"""Mails about our mails: delivery reports as servers write them, answers, and others."""

from events.logs import MARK

DATE = "Tue, 24 Nov 2026 10:30:00 +0100"

POSTFIX = f"""\
From: MAILER-DAEMON@mail.example.net (Mail Delivery System)
To: trax@upr-info.example
Subject: Undelivered Mail Returned to Sender
Date: {DATE}
Message-Id: <20261124093012.4XyZ1@mail.example.net>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="4XyZ1.1/mail.example.net"

This is a MIME-encapsulated message.

--4XyZ1.1/mail.example.net
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

<reader{{subscriber}}@example.org>: host mx.example.org[203.0.113.25] said: no

--4XyZ1.1/mail.example.net
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.net
X-Postfix-Sender: rfc822; trax@upr-info.example
Arrival-Date: {DATE}

Final-Recipient: rfc822; reader{{subscriber}}@example.org
Original-Recipient: rfc822;reader{{subscriber}}@example.org
Action: {{action}}
Status: {{status}}
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; 550 5.1.1 <reader{{subscriber}}@example.org>:
    reader{{subscriber}} is unknown at [203.0.113.25]

--4XyZ1.1/mail.example.net
{{returned}}

--4XyZ1.1/mail.example.net--
"""

WHOLE = f"""\
Content-Description: Undelivered Message
Content-Type: message/rfc822

Return-Path: <trax@upr-info.example>
From: trax@upr-info.example
To: reader@example.org
Message-ID: <1.{{subscriber}}.{MARK}>
Subject: No 58
MIME-Version: 1.0
Content-Type: text/plain

Dear reader,"""

HEADERS = WHOLE.replace("message/rfc822", "text/rfc822-headers").removesuffix("\n\nDear reader,")
FOLDED = HEADERS.replace("Message-ID: <", "Message-ID:\n <")
NONE = "Content-Type: text/plain\n\nThe message is not returned."


def report(subscriber=1, *, action="failed", status="5.1.1", returned=HEADERS, more_headers=""):
    """A delivery report about that subscriber's copy."""
    text = POSTFIX.format(
        subscriber=subscriber, action=action, status=status, returned=returned.format(subscriber=subscriber)
    )
    return (more_headers + text).encode()


def answer(subscriber=1, *, name="In-Reply-To", mark=MARK):
    """What a reader, or a reader's absence notice, writes back."""
    return f"""\
From: reader{subscriber}@example.org
To: answers@upr-info.example
Subject: Re: No 58
Date: {DATE}
{name}: <1.{subscriber}.{mark}>

Thank you.
""".encode()
