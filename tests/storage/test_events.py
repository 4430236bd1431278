import pytest

from events.ledgers import add_sent_mailing, stored
from storage.telling import LATER, take_in, told
from trax_mailer.model.event import EventKind
from trax_mailer.storage.events import evidence_of


@pytest.fixture
def mailing_id(ledger):
    return add_sent_mailing(ledger)


def test_repeated_events_are_kept_once_when_they_come_again(ledger, mailing_id):
    several = [told(EventKind.DELIVERED, one) for one in (1, 2, 1, 3)]
    assert take_in(ledger, *several)[0] == 3
    assert take_in(ledger, *several)[0] == 0
    assert take_in(ledger, told(EventKind.DELIVERED, 4), *several)[0] == 1
    assert len(stored(ledger)) == 4


def test_many_events_are_kept_when_they_come_at_once(ledger, mailing_id):
    many = [told(EventKind.DELIVERED, key=str(number)) for number in range(2_500)]
    assert take_in(ledger, *many) == (2_500, 1)


def test_evidence_is_shown_in_order_when_there_is_some(ledger, mailing_id):
    later = told(EventKind.DELIVERED, at=LATER)
    earlier = told(EventKind.DEFERRED)
    take_in(ledger, later, earlier, told(EventKind.DROPPED, 2))
    with ledger.read() as connection:
        evidence = evidence_of(connection, mailing_id, [1, 3, *range(100, 2_000)])
    assert evidence == {1: [earlier, later]}
