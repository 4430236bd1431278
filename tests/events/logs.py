"""Lines of mail servers' logs about messages of ours, and about others."""

from delivery.letters import ENVELOPE
from trax_mailer.delivery import mark_of

MARK = mark_of(ENVELOPE)


def postfix(*told, stamp="Nov 24 09:30:12"):
    """Syslog lines of Postfix: pairs of a daemon and what it said."""
    return [f"{stamp} mail postfix/{daemon}[417]: {said}\n" for daemon, said in told]


def accepted(queue, subscriber, *, mailing=1):
    """What Postfix says about a message that it takes."""
    return [
        ("smtpd", f"{queue}: client=trax.example.org[203.0.113.9]"),
        ("cleanup", f"{queue}: message-id=<{mailing}.{subscriber}.{MARK}>"),
        ("qmgr", f"{queue}: from=<trax@upr-info.example>, size=73211, nrcpt=1 (queue active)"),
    ]


def tried(
    queue, subscriber, status, *, dsn="2.0.0", words="250 2.0.0 Ok", relay="mx.example.org[203.0.113.25]:25"
):
    said = f"to=<reader{subscriber}@example.org>, relay={relay}, delay=1.1, delays=0.1/0/0.5/0.5, dsn={dsn}"
    return ("smtp", f"{queue}: {said}, status={status} ({words})")


EXIM = """\
2026-11-24 09:30:12 [417] 1tFabc-0001Xy-2C <= trax@upr-info.example H=trax P=esmtps S=731 id=1.1.{mark}
2026-11-24 09:30:13 1tFabc-0001Xy-2C => reader1@example.org R=dns T=smtp H=mx C="250 OK"
2026-11-24 09:30:13 1tFabc-0001Xy-2C Completed
2026-11-24 09:30:14 +0100 1tFabd-0001Xy-3D <= trax@upr-info.example H=trax P=esmtps S=731 id=1.2.{mark}
2026-11-24 09:30:15 +0100 1tFabd-0001Xy-3D == reader2@example.org R=dns T=smtp defer (-44): 450 later
2026-11-24 09:30:16 +0100 1tFabd-0001Xy-3D ** reader2@example.org R=dns T=smtp: 550 5.1.1 no reader2
2026-11-24 09:30:17 1tFabe-0001Xy-4E <= other@example.org H=other P=esmtp S=9 id=other@example.org
2026-11-24 09:30:18 1tFabe-0001Xy-4E => somebody@example.org R=dnslookup T=remote_smtp
""".replace("{mark}", MARK)
