import datetime as dt

import pytest

from delivery.mailings import ScriptedTransport, address, drive, fill_list, new_mailing
from trax_mailer.audience import find_list, find_subscriber
from trax_mailer.delivery import Answer, Verdict, unreached
from trax_mailer.model.act import ActKind
from trax_mailer.settings import load_settings
from trax_mailer.tokens import INERT_TOKEN, mint_mail_token
from trax_mailer.workflows.public import find_door, open_public, unsubscribe
from web.newsroom import make_newsroom


@pytest.fixture
def public(tmp_path):
    folder = tmp_path / "newsroom"
    make_newsroom(folder)
    settings = load_settings(folder, environ={}, state=tmp_path / "state")
    with open_public(settings) as opened:
        yield opened


def test_token_opens_nothing_when_its_list_is_unknown(public):
    token = mint_mail_token(public.ring, list_id=99, subscriber_id=1, mailing_id=1)
    assert find_door(public, token) is None
    assert unsubscribe(public, token, kind=ActKind.PAGE, now=dt.datetime.now(dt.UTC)) is None


def test_door_is_inert_when_the_token_is(public):
    assert find_door(public, INERT_TOKEN).inert


def test_reader_gets_no_mail_when_they_leave_while_it_is_being_sent(public):
    fill_list(public.ledger, "everyone", readers=8)
    mailing = new_mailing(public.ledger, batch_size=4)
    token = mint_mail_token(
        public.ring,
        list_id=find_list(public.ledger, "everyone"),
        subscriber_id=find_subscriber(public.ledger, address(8)).id,
        mailing_id=mailing.id,
    )

    def leave_meanwhile(_recipients):
        assert unsubscribe(public, token, kind=ActKind.ONE_CLICK, now=dt.datetime.now(dt.UTC))
        return Answer(verdict=Verdict.ACCEPTED)

    transport = ScriptedTransport(leave_meanwhile)
    drive(public.ledger, mailing, transport, public.ring)
    mailed = {email for call in transport.calls for email in call}
    assert mailed == {address(number) for number in range(1, 8)}
    assert [one.email for one in unreached(public.ledger, mailing.id)] == [address(8)]
