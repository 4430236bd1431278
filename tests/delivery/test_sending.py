"""The lane with real transports: what one side counts is what the other side saw."""

from collections import Counter

import pytest

from contracts.http_server import RESET, Reply, http_server
from contracts.rigs import explode, sendgrid_settings, smtp_settings
from contracts.smtp_server import Inbox, converse, mail_server, raw_server
from delivery.letters import letter, recipient
from delivery.mailings import address, drive, new_mailing
from trax_mailer.delivery import Patience, proof, test_message, unreached
from trax_mailer.delivery.transports.base import Verdict
from trax_mailer.delivery.transports.folder import FolderTransport
from trax_mailer.delivery.transports.sendgrid import SendGridTransport
from trax_mailer.delivery.transports.smtp import SmtpTransport
from trax_mailer.model.mailing import MailingState

PLAIN = {"security": "none", "username": "", "timeout": 2}
QUICK = Patience(first=0.01, longest=0.02, tries=3, setbacks=3)


def run(ledger, mailing, transport, ring):
    with transport:
        return drive(ledger, mailing, transport, ring, patience=QUICK)


def missed(ledger, mailing):
    return {one.email: (one.handover.value, one.reason) for one in unreached(ledger, mailing.id)}


def test_outbox_holds_a_file_for_each_accepted_delivery(ledger, ring, tmp_path):
    mailing = new_mailing(ledger, transport="folder", simulated=True)
    run(ledger, mailing, FolderTransport(tmp_path / "outbox"), ring)
    files = {file.stem for file in (tmp_path / "outbox" / str(mailing.id)).iterdir()}
    assert files == {f"{mailing.id}.{number}" for number in range(1, 11)}
    assert proof(ledger, mailing.id).accepted == 10


def test_greylisted_and_refused_readers_are_accounted_for_over_smtp(ledger, ring):
    asked = Counter()

    def replies(step, to):
        asked[step, to] += 1
        if step == "RCPT" and to == address(3):
            return "550 5.1.1 no such person"
        if step == "RCPT" and to == address(6) and asked[step, to] == 1:
            return "451 4.7.1 come back later"
        return None

    inbox, mailing = Inbox(), new_mailing(ledger, transport="smtp")
    inbox.replies = replies
    with mail_server(inbox) as port:
        done = run(ledger, mailing, SmtpTransport(smtp_settings(port, **PLAIN)), ring)
    assert done.state is MailingState.DONE
    assert missed(ledger, mailing) == {address(3): ("failed", "550 5.1.1 no such person")}
    arrived = Counter(to for _, [to], _ in inbox.messages)
    assert arrived == {address(number): 1 for number in range(1, 11) if number != 3}
    assert proof(ledger, mailing.id).holds


def test_message_that_was_taken_without_an_answer_is_never_sent_again_over_smtp(ledger, ring):
    taken = []

    def take_then_drop(connection):
        taken.append(1)
        if len(taken) > 1:
            connection.sendall(b"250 taken\r\n")

    mailing = new_mailing(ledger, transport="smtp", batch_size=10)
    with raw_server(lambda one: converse(one, at_dot=take_then_drop)) as port:
        run(ledger, mailing, SmtpTransport(smtp_settings(port, **PLAIN)), ring)
    counted = proof(ledger, mailing.id)
    assert (counted.uncertain, counted.accepted) == (1, len(taken) - 1)
    assert [state for state, _ in missed(ledger, mailing).values()] == ["uncertain"]


def test_one_bad_address_fails_alone_through_sendgrid(ledger, ring):
    sent = Counter()

    def answer(request):
        addresses = [part["to"][0]["email"] for part in request.json["personalizations"]]
        if address(5) in addresses:
            return Reply(400, b"Bad Request")
        sent.update(one.to for one in explode(request.json))
        return Reply(202, headers={"X-Message-Id": f"id-{len(sent)}"})

    mailing = new_mailing(ledger, transport="sendgrid", batch_size=10)
    with http_server() as api:
        api.answer = answer
        done = run(ledger, mailing, SendGridTransport(sendgrid_settings(api.url)), ring)
    assert done.state is MailingState.DONE
    assert missed(ledger, mailing) == {address(5): ("failed", "400 Bad Request")}
    assert sent == {address(number): 1 for number in range(1, 11) if number != 5}


def test_batch_that_may_have_been_sent_is_never_sent_again_through_sendgrid(ledger, ring):
    seen = []

    def answer(request):
        seen.append([part["to"][0]["email"] for part in request.json["personalizations"]])
        return RESET if len(seen) == 1 else Reply(202)

    mailing = new_mailing(ledger, transport="sendgrid", batch_size=5)
    with http_server() as api:
        api.answer = answer
        run(ledger, mailing, SendGridTransport(sendgrid_settings(api.url)), ring)
    assert Counter(one for call in seen for one in call) == {address(number): 1 for number in range(1, 11)}
    counted = proof(ledger, mailing.id)
    assert (counted.uncertain, counted.accepted, counted.holds) == (5, 5, True)


def test_mailing_pauses_and_nobody_is_lost_when_the_key_is_refused(ledger, ring):
    mailing = new_mailing(ledger, transport="sendgrid", batch_size=5)
    with http_server() as api:
        api.answer = lambda _: Reply(401, {"errors": [{"message": "authorization required", "field": None}]})
        paused = run(ledger, mailing, SendGridTransport(sendgrid_settings(api.url)), ring)
        assert len(api.requests) == 1
    assert paused.state is MailingState.PAUSED
    assert "401 authorization required" in paused.reason
    assert proof(ledger, mailing.id).waiting == 10


@pytest.mark.parametrize("email", ["me@example.org"])
def test_test_message_leaves_no_trace_in_the_ledger(ledger, tmp_path, email):
    transport = FolderTransport(tmp_path / "outbox")
    answer = test_message(letter(), recipient(email=email), transport)
    assert answer.verdict is Verdict.ACCEPTED
    assert len(list((tmp_path / "outbox").rglob("*.eml"))) == 1
    assert not any(proof(ledger, 7).__getattribute__(name) for name in ("audience", "accepted"))
