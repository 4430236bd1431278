import datetime as dt

import pytest

from delivery.letters import ENVELOPE
from trax_mailer.delivery import mark_of, recipient_for
from trax_mailer.events import Report, mailing_in, match
from trax_mailer.model.event import EventKind
from trax_mailer.model.subscriber import Subscriber
from trax_mailer.workflows.envelope import inert_recipient

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
MARK = mark_of(ENVELOPE)
READER = Subscriber(id=5, email="ana@example.org")


def report(message_id=f"7.5.{MARK}", kind=EventKind.DELIVERED, **further):
    return Report(message_id=message_id, kind=kind, occurred_at=NOW, **further)


def events(*reports, provider="sendgrid"):
    return list(match(reports, {7: MARK}, provider=provider))


def keys(*reports):
    return [one.key for one in events(*reports)]


def test_delivery_is_found_when_the_message_id_is_the_one_that_was_sent():
    sent = recipient_for(READER, ENVELOPE, delivery="7.5", token="t", message="7.5").message_id
    assert mailing_in(sent) == 7
    [event] = events(report(sent))
    assert (event.mailing_id, event.subscriber_id, len(event.key)) == (7, 5, 64)


@pytest.mark.parametrize(
    "message_id",
    [
        "",
        "5@example.org",
        f"7.{MARK}",
        f"07.5.{MARK}",
        f"7.0.{MARK}",
        f"-7.5.{MARK}",
        f"7.5.1.{MARK}",
        f"8.5.{MARK}",
        f"7.5.{MARK}.org",
        f"7.5.0{MARK}",
        f"7.5.{MARK} ",
        f"7.99999999999.{MARK}",
        f"7.2147483648.{MARK}",
        f"٧.5.{MARK}",
        inert_recipient(READER, ENVELOPE, name="test").message_id,
        "7.5.69a6aa19@upr-info.example",
        "7.5.69a6aa18@other.example",
    ],
)
def test_nothing_is_found_when_the_message_id_is_not_exactly_ours(message_id):
    assert events(report(message_id)) == []


def test_keys_are_the_same_when_a_report_is_repeated():
    first, again = keys(report(apart="1"), report(apart="1", reason="in other words"))
    assert first == again


def test_keys_differ_when_anything_else_does():
    others = [
        report(apart="1"),
        report(apart="2"),
        report(f"7.6.{MARK}", apart="1"),
        report(kind=EventKind.BOUNCED, apart="1"),
    ]
    assert len({*keys(*others), events(report(apart="1"), provider="mailbox")[0].key}) == 5


def test_what_readers_do_adds_nothing_when_it_is_known_that_the_message_was_taken():
    opened = report(kind=EventKind.PROCESSED, by_reader=True)
    assert len(set(keys(report(kind=EventKind.PROCESSED, apart="179"), opened))) == 1
