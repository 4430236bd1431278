import datetime as dt

import pytest
from sqlalchemy import update

from delivery.mailings import NOW, ScriptedTransport, address, drive, fill_more, new_mailing, suppress
from trax_mailer.delivery import find_mailing, mailing_under_way, proof, start_scheduled, unreached
from trax_mailer.errors import Conflict, Refused
from trax_mailer.model.mailing import AudienceKind, MailingState
from trax_mailer.storage import schema

FEW = {"segment": "few", "segment_rule": 'name in ["reader 1", "reader 2", "reader 3"]'}
OTHERS = {"segment": "others", "segment_rule": 'name in ["reader 3", "reader 4"]'}


def _send(ledger, ring, **more):
    """Send it; who was handed over, in order."""
    transport = ScriptedTransport()
    mailing = drive(ledger, new_mailing(ledger, **more), transport, ring)
    return mailing, [email for call in transport.calls for email in call]


def _addresses(*numbers):
    return [address(number) for number in numbers]


def test_segment_alone_is_mailed_when_a_mailing_names_one(ledger, ring):
    suppress(ledger, 2)
    suppress(ledger, 7)
    mailing, reached = _send(ledger, ring, **FEW)
    assert reached == _addresses(1, 3)
    counted = proof(ledger, mailing.id)
    assert (counted.audience, counted.accepted, counted.skipped, counted.holds) == (3, 2, 1, True)
    assert find_mailing(ledger, mailing.id).segment_rule == FEW["segment_rule"]


def test_who_has_it_is_skipped_when_another_segment_and_then_the_list_follow(ledger, ring):
    _send(ledger, ring, **FEW)
    second, reached = _send(ledger, ring, **OTHERS)
    assert reached == _addresses(4)
    [one] = unreached(ledger, second.id)
    assert one.reason == "has the issue already, through another mailing"
    assert _send(ledger, ring)[1] == _addresses(*range(5, 11))


def test_same_segment_is_refused_when_it_was_sent_before(ledger, ring):
    first, _ = _send(ledger, ring, **FEW)
    with pytest.raises(Conflict, match="“everyone”, segment “few” already"):
        new_mailing(ledger, **FEW)
    asked = {"issue_number": 58, "list_name": "everyone", "simulated": False}
    assert mailing_under_way(ledger, **asked, segment="few").id == first.id
    assert mailing_under_way(ledger, **asked) is None
    assert mailing_under_way(ledger, **asked, segment="others") is None


def test_only_who_missed_it_gets_it_when_the_segment_is_sent_again(ledger, ring):
    _send(ledger, ring, **FEW)
    with pytest.raises(Refused, match="Everybody on the list “everyone”, segment “few” has No 58"):
        new_mailing(ledger, **FEW, audience=AudienceKind.MISSED)
    wider = FEW | {"segment_rule": 'name in ["reader 1", "reader 9"]'}
    assert _send(ledger, ring, **wider, audience=AudienceKind.MISSED)[1] == _addresses(9)


def test_segment_is_looked_at_when_a_scheduled_mailing_starts(ledger, ring):
    at = NOW + dt.timedelta(hours=1)
    mailing = new_mailing(ledger, segment="new", segment_rule='name contains "reader 1"', not_before=at)
    assert proof(ledger, mailing.id).audience == 0
    fill_more(ledger, "everyone", first=11, last=12)
    start_scheduled(ledger, mailing.id, late=dt.timedelta(hours=1), now=at)
    assert proof(ledger, mailing.id).waiting == 4  # 1, 10, 11 and 12


def test_scheduled_mailing_pauses_with_the_reason_when_nobody_is_in_its_segment(ledger):
    at = NOW + dt.timedelta(hours=1)
    mailing = new_mailing(ledger, segment="none", segment_rule='tag is "x"', not_before=at)
    started = start_scheduled(ledger, mailing.id, late=dt.timedelta(hours=1), now=at)
    assert (started.state, started.reason) == (
        MailingState.PAUSED, "Nobody is subscribed to the list “everyone”, segment “none”.",
    )  # fmt: skip


def test_nobody_is_mailed_when_the_stored_rule_is_not_understood(ledger):
    at = NOW + dt.timedelta(hours=1)
    mailing = new_mailing(ledger, **FEW, not_before=at)
    with ledger.write() as connection:
        connection.execute(update(schema.mailing).values(segment_rule="shoe size is 45 or so, mostly"))
    started = start_scheduled(ledger, mailing.id, late=dt.timedelta(hours=1), now=at)
    assert started.state is MailingState.PAUSED
    assert "not understood by this version" in started.reason
    assert proof(ledger, mailing.id).audience == 0
