"""Somebody is erased while a mailing to them is under way."""

import pytest
from sqlalchemy import select

from delivery.mailings import NOW, ScriptedTransport, address, drive, new_mailing
from trax_mailer.audience import leave
from trax_mailer.audience.erasing import erase_reader
from trax_mailer.audience.moving import move_address
from trax_mailer.delivery import proof, unreached
from trax_mailer.delivery.transports.base import Answer, RecipientAnswer, Verdict
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.mailing import Handover, MailingState
from trax_mailer.storage import schema
from trax_mailer.tokens import read_mail_token

ACT = Act(kind=ActKind.PAGE, at=NOW)


def _deliveries(ledger):
    with ledger.read() as connection:
        rows = connection.execute(select(schema.delivery).order_by(schema.delivery.c.subscriber_id))
        return {row.subscriber_id: row for row in rows}


def _answering(act, answer):
    """A transport that does `act` in the first call."""

    class Answering(ScriptedTransport):
        def send(self, recipients, *, batch):
            if not self.calls:
                act()
            super().send(recipients, batch=batch)
            return answer(recipients)

    return Answering()


def _mailed(transport):
    return {email for call in transport.calls for email in call}


def _accept(_recipients):
    return Answer(verdict=Verdict.ACCEPTED)


def test_waiting_deliveries_are_skipped_when_their_reader_is_erased(ledger, ring):
    mailing = new_mailing(ledger)
    transport = _answering(lambda: erase_reader(ledger, ring, 9, act=ACT), _accept)
    assert drive(ledger, mailing, transport, ring).state is MailingState.DONE
    assert address(9) not in _mailed(transport)
    counted = proof(ledger, mailing.id)
    assert (counted.accepted, counted.skipped, counted.audience, counted.holds) == (9, 1, 10, True)
    [missed] = unreached(ledger, mailing.id)
    assert (missed.email, missed.reason) == ("", "not on the list any more")


@pytest.mark.parametrize("refused", [True, False])
def test_delivery_in_a_call_is_blank_at_the_end_when_its_reader_is_erased(ledger, ring, refused):
    def answer(recipients):
        one = [one.delivery for one in recipients if one.email == address(2)]
        said = {name: RecipientAnswer(Verdict.REJECTED, f"no {address(2)}") for name in one if refused}
        return Answer(verdict=Verdict.ACCEPTED, per_recipient=said)

    mailing = new_mailing(ledger)
    transport = _answering(lambda: erase_reader(ledger, ring, 2, act=ACT), answer)
    assert drive(ledger, mailing, transport, ring).state is MailingState.DONE
    assert address(2) in transport.calls[0]
    row = _deliveries(ledger)[2]
    assert (row.address, row.reason) == ("", "")
    assert row.handover is (Handover.FAILED if refused else Handover.ACCEPTED)
    assert proof(ledger, mailing.id).holds


def test_past_deliveries_count_and_name_nobody_when_their_reader_is_erased(ledger, ring):
    mailing, transport = new_mailing(ledger), ScriptedTransport()
    drive(ledger, mailing, transport, ring)
    before = proof(ledger, mailing.id)
    erase_reader(ledger, ring, 3, act=ACT)
    assert proof(ledger, mailing.id) == before
    rows = _deliveries(ledger)
    assert (rows[3].address, rows[4].address) == ("", address(4))


def test_links_in_mails_still_answer_when_their_reader_is_erased(ledger, ring):
    mailing, transport = new_mailing(ledger), ScriptedTransport()
    drive(ledger, mailing, transport, ring)
    token = transport.recipients[2].unsubscribe_url.rsplit("/", 1)[1]
    erase_reader(ledger, ring, 3, act=ACT)
    read = read_mail_token(ring, token)
    how = {"list_id": read.list_id, "subscriber_id": read.subscriber_id, "kind": ActKind.ONE_CLICK}
    assert read.subscriber_id == 3
    assert leave(ledger, **how, now=NOW) is False


def test_waiting_deliveries_go_to_the_new_address_when_it_changed(ledger, ring):
    def move():
        move_address(ledger, ring, 9, "nine@new.example", act=ACT)

    mailing, transport = new_mailing(ledger), _answering(move, _accept)
    drive(ledger, mailing, transport, ring)
    mailed = _mailed(transport)
    assert "nine@new.example" in mailed
    assert address(9) not in mailed
    assert _deliveries(ledger)[9].address == "nine@new.example"
