import datetime as dt

import pytest
from sqlalchemy import update

from trax_mailer.delivery.transports.base import Answer, Verdict
from trax_mailer.errors import Refused
from trax_mailer.model.event import DeliveryEvent, EventKind
from trax_mailer.model.mailing import Handover, MailingState
from trax_mailer.storage import open_ledger, schema
from trax_mailer.storage.events import add_events
from trax_mailer.workflows.control import cancel_mailing
from trax_mailer.workflows.resolving import Evidence, find_doubts, send_again, take_as_sent
from trax_mailer.workflows.status import status_of


@pytest.fixture
def doubtful(outside):
    """Mailing 1: of three readers, the answers for Amina and Kofi were not seen."""

    def answer(recipients):
        lost = "stefan" not in recipients[0].email
        return Answer(
            verdict=Verdict.UNCERTAIN if lost else Verdict.ACCEPTED, reason="time-out" if lost else ""
        )

    outside.answers = answer
    account = outside.send(transport="sendgrid")
    assert (account.proof.accepted, account.proof.uncertain) == (1, 2)
    outside.answers = lambda _: Answer(verdict=Verdict.ACCEPTED)
    return outside


def _age(outside, **ago):
    """Let the doubts be that old."""
    with open_ledger(outside.state) as ledger, ledger.write() as connection:
        connection.execute(
            update(schema.delivery)
            .where(schema.delivery.c.handover == Handover.UNCERTAIN)
            .values(changed_at=dt.datetime.now(dt.UTC) - dt.timedelta(**ago))
        )


def _report(outside, doubt):
    event = DeliveryEvent(
        key=doubt.delivery.rjust(64, "0"),
        provider="sendgrid",
        mailing_id=1,
        subscriber_id=doubt.subscriber_id,
        kind=EventKind.DELIVERED,
        occurred_at=dt.datetime.now(dt.UTC),
    )
    with open_ledger(outside.state) as ledger, ledger.write() as connection:
        add_events(connection, [event], now=dt.datetime.now(dt.UTC))


def test_who_is_uncertain_is_told_with_the_wait_when_nothing_is_known(doubtful):
    found = find_doubts(doubtful.workspace, 1)
    assert sorted(one.email for one in found.open) == ["amina@example.net", "kofi@example.com"]
    for one in found.open:
        assert (one.transport, one.reason, one.evidence) == ("sendgrid", "time-out", ())
        assert found.again_from[one.subscriber_id] == one.since + dt.timedelta(hours=24)


def test_delivery_is_settled_without_a_person_when_evidence_proves_it(doubtful):
    first, second = find_doubts(doubtful.workspace, 1).open
    _report(doubtful, first)
    found = find_doubts(doubtful.workspace, 1)
    assert (found.settled, [one.delivery for one in found.open]) == (1, [second.delivery])
    account = status_of(doubtful.workspace, 1)
    assert (account.proof.accepted, account.proof.uncertain, account.proof.holds) == (2, 1, True)


def test_they_count_as_accepted_when_a_person_says_that_they_have_it(doubtful):
    found = find_doubts(doubtful.workspace, 1, only=["Kofi@example.com"])
    assert take_as_sent(doubtful.workspace, found) == 1
    account = status_of(doubtful.workspace, 1)
    assert (account.proof.accepted, account.proof.uncertain, account.proof.holds) == (2, 1, True)
    assert account.journal[-1].act == "taken as sent"
    assert len(doubtful.reached) == 3


def test_nobody_is_sent_it_again_when_it_is_too_early(doubtful):
    found = find_doubts(doubtful.workspace, 1)
    with pytest.raises(Refused, match="too early to send it again to 2 of them"):
        send_again(doubtful.workspace, found)
    _age(doubtful, hours=23)
    with pytest.raises(Refused, match="too early"):
        send_again(doubtful.workspace, find_doubts(doubtful.workspace, 1))
    assert len(doubtful.reached) == 3


@pytest.mark.parametrize(("hours", "after"), [(25, None), (2, dt.timedelta(hours=1))])
def test_only_who_is_in_doubt_is_sent_it_again_when_the_wait_is_over(doubtful, hours, after):
    _age(doubtful, hours=hours)
    assert send_again(doubtful.workspace, find_doubts(doubtful.workspace, 1, after=after)) == 2
    account = doubtful.go_on(1)
    assert (account.mailing.state, account.proof.accepted) == (MailingState.DONE, 3)
    assert sorted(doubtful.reached[3:]) == ["amina@example.net", "kofi@example.com"]
    assert find_doubts(doubtful.workspace, 1).open == ()


def test_wait_is_refused_when_it_is_shorter_than_an_hour(doubtful):
    with pytest.raises(Refused, match="cannot be shorter than an hour"):
        find_doubts(doubtful.workspace, 1, after=dt.timedelta(minutes=59))


def test_choice_is_refused_when_it_names_somebody_who_is_not_uncertain(doubtful):
    with pytest.raises(Refused, match=r"“stefan@example\.org” is not uncertain in mailing 1"):
        find_doubts(doubtful.workspace, 1, only=["stefan@example.org", "kofi@example.com"])


def test_nobody_is_sent_it_again_when_the_mailing_was_cancelled(outside):
    outside.answers = lambda _: Answer(verdict=Verdict.UNCERTAIN, reason="time-out")
    outside.send()
    cancel_mailing(outside.workspace, 1)
    _age(outside, hours=48)
    found = find_doubts(outside.workspace, 1)
    with pytest.raises(Refused, match="was cancelled"):
        send_again(outside.workspace, found)
    assert take_as_sent(outside.workspace, found) == len(found.open)


def test_log_of_the_mail_server_settles_them_when_it_is_given(doubtful, monkeypatch, tmp_path):
    read = []
    monkeypatch.setattr("trax_mailer.workflows.evidence.read_log", lambda *given: read.append(given[1:]))
    monkeypatch.setattr("trax_mailer.workflows.evidence.read_bounces", lambda *given: read.append(given[1:]))
    evidence = Evidence(log=tmp_path / "mail.log", bounces=tmp_path / "mbox")
    find_doubts(doubtful.workspace, 1, evidence=evidence)
    assert read == [(1, tmp_path / "mail.log"), (1, tmp_path / "mbox")]
