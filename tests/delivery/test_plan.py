from collections import Counter

import pytest
from sqlalchemy import func, select

from delivery.letters import edition
from delivery.mailings import address, new_mailing, suppress, unsubscribe
from trax_mailer.delivery import find_mailing, list_mailings, mailing_under_way, proof, unreached
from trax_mailer.errors import Conflict, Refused
from trax_mailer.model.mailing import Handover, MailingState
from trax_mailer.storage import schema
from trax_mailer.storage.editions import load_edition
from trax_mailer.storage.mailings import finish_mailing, start_mailing


def count(ledger, table):
    with ledger.read() as connection:
        return connection.scalar(select(func.count()).select_from(table))


def test_audience_is_written_down_in_batches_when_a_mailing_is_made(ledger):
    mailing = new_mailing(ledger, batch_size=4)
    assert mailing.state is MailingState.DRAFT
    with ledger.read() as connection:
        batches = connection.scalars(select(schema.delivery.c.batch_id))
        assert sorted(Counter(batches).values()) == [2, 4, 4]
    counted = proof(ledger, mailing.id)
    assert (counted.audience, counted.waiting, counted.holds) == (10, 10, False)


def test_edition_can_be_read_back_when_a_mailing_is_made(ledger):
    mailing = new_mailing(ledger)
    with ledger.read() as connection:
        assert load_edition(connection, mailing.edition_hash) == edition()


def test_mailing_is_read_back_as_it_was_made(ledger):
    mailing = new_mailing(ledger)
    assert find_mailing(ledger, mailing.id) == mailing
    assert list_mailings(ledger) == [mailing]
    assert find_mailing(ledger, mailing.id + 1) is None


def test_who_left_before_is_no_part_of_the_audience(ledger):
    unsubscribe(ledger, 4)
    assert proof(ledger, new_mailing(ledger).id).audience == 9


def test_suppressed_reader_is_in_the_audience_as_skipped(ledger):
    suppress(ledger, 4)
    mailing = new_mailing(ledger)
    counted = proof(ledger, mailing.id)
    assert (counted.audience, counted.skipped, counted.waiting) == (10, 1, 9)
    [missed] = unreached(ledger, mailing.id)
    assert (missed.delivery, missed.email, missed.handover) == (
        f"{mailing.id}.4", address(4), Handover.SKIPPED,
    )  # fmt: skip


def test_no_empty_batch_is_made_when_all_its_readers_are_suppressed(ledger):
    for number in range(1, 5):
        suppress(ledger, number)
    new_mailing(ledger, batch_size=4)
    assert count(ledger, schema.batch) == 2


def test_nothing_is_written_when_nobody_is_subscribed(ledger):
    for number in range(1, 11):
        unsubscribe(ledger, number)
    with pytest.raises(Refused, match="Nobody is subscribed"):
        new_mailing(ledger)
    assert count(ledger, schema.mailing) == count(ledger, schema.edition) == 0


def test_second_real_mailing_of_an_issue_is_refused(ledger):
    new_mailing(ledger)
    with pytest.raises(Conflict, match="already"):
        new_mailing(ledger)
    assert count(ledger, schema.mailing) == 1


def test_simulated_mailings_can_be_repeated(ledger):
    assert new_mailing(ledger, simulated=True).id != new_mailing(ledger, simulated=True).id


@pytest.mark.parametrize("simulated", [False, True])
def test_unfinished_mailing_is_under_way(ledger, simulated):
    mailing = new_mailing(ledger, simulated=simulated)
    asked = {"issue_number": 58, "list_name": "everyone"}
    assert mailing_under_way(ledger, **asked, simulated=simulated) == mailing
    assert mailing_under_way(ledger, **asked, simulated=not simulated) is None
    assert mailing_under_way(ledger, issue_number=59, list_name="everyone", simulated=simulated) is None


@pytest.mark.parametrize("simulated", [False, True])
def test_finished_mailing_stands_in_the_way_when_it_was_real(ledger, simulated):
    mailing = new_mailing(ledger, simulated=simulated)
    with ledger.write() as connection:
        start_mailing(connection, mailing.id, now=mailing.created_at)
        finish_mailing(connection, mailing.id, proof=proof(ledger, mailing.id), now=mailing.created_at)
    found = mailing_under_way(ledger, issue_number=58, list_name="everyone", simulated=simulated)
    assert (found is None) is simulated
