from collections import Counter

import pytest
from sqlalchemy import func, select

from delivery.letters import edition
from delivery.mailings import NOW, ScriptedTransport, address, drive, new_mailing, suppress, unsubscribe
from trax_mailer.delivery import (
    Answer,
    Verdict,
    find_mailing,
    list_mailings,
    mailing_under_way,
    may_give_way,
    proof,
    unreached,
)
from trax_mailer.delivery.transports import RecipientAnswer
from trax_mailer.errors import Conflict, Refused
from trax_mailer.model.mailing import Handover, MailingState
from trax_mailer.storage import schema
from trax_mailer.storage.deliveries import Settled, settle
from trax_mailer.storage.editions import load_edition


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
def test_finished_mailing_stands_in_the_way_when_it_was_real(ledger, ring, simulated):
    mailing, transport = new_mailing(ledger, simulated=simulated), ScriptedTransport()
    transport.simulated = simulated
    drive(ledger, mailing, transport, ring)
    found = mailing_under_way(ledger, issue_number=58, list_name="everyone", simulated=simulated)
    assert (found is None) is simulated


def _refuse_each(recipients):
    refused = RecipientAnswer(Verdict.REJECTED, "550 relaying denied")
    return Answer(verdict=Verdict.ACCEPTED, per_recipient={one.delivery: refused for one in recipients})


def test_finished_mailing_stands_in_nobodys_way_when_everybody_was_refused(ledger, ring):
    mailing = new_mailing(ledger)
    drive(ledger, mailing, ScriptedTransport(_refuse_each), ring)
    assert find_mailing(ledger, mailing.id).state is MailingState.DONE
    assert mailing_under_way(ledger, issue_number=58, list_name="everyone", simulated=False) is None
    assert new_mailing(ledger).id != mailing.id


@pytest.mark.parametrize("simulated", [False, True])
def test_earlier_mailing_is_cancelled_and_accounted_for_when_a_new_one_takes_its_place(
    ledger, ring, simulated
):
    earlier = new_mailing(ledger, simulated=simulated)
    assert may_give_way(ledger, earlier)
    new = new_mailing(ledger, simulated=simulated, replaces=earlier.id)
    assert find_mailing(ledger, earlier.id).state is MailingState.CANCELLED
    counted = proof(ledger, earlier.id)
    assert (counted.skipped, counted.holds) == (10, True)
    assert proof(ledger, new.id).waiting == 10
    transport = ScriptedTransport()
    transport.simulated = simulated
    with pytest.raises(Refused, match="cancelled"):
        drive(ledger, earlier, transport, ring)
    assert transport.calls == []


@pytest.mark.parametrize("handover", [Handover.CALLING, Handover.ACCEPTED, Handover.UNCERTAIN])
def test_new_mailing_is_refused_when_somebody_may_have_got_the_one_it_replaces(ledger, handover):
    earlier = new_mailing(ledger)
    with ledger.write() as connection:
        settle(connection, earlier.id, [Settled(subscriber_id=1, handover=handover)], now=NOW)
    assert not may_give_way(ledger, earlier)
    with pytest.raises(Conflict, match="already"):
        new_mailing(ledger, replaces=earlier.id)
    assert find_mailing(ledger, earlier.id) == earlier
