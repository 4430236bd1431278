import datetime as dt
import threading

import pytest

from trax_mailer.delivery.restoring import note_restored
from trax_mailer.delivery.transports.base import Answer, Verdict
from trax_mailer.errors import Refused
from trax_mailer.model.finding import Finding, Severity
from trax_mailer.model.mailing import MailingState
from trax_mailer.storage import open_ledger
from trax_mailer.workflows.control import (
    cancel_mailing,
    doubt_to_resume,
    pause_mailing,
    resume_mailing,
    retry_mailing,
    standing_of,
)
from trax_mailer.workflows.status import status_of


@pytest.fixture
def begun(outside):
    """Mailing 1: one of three readers has it, and nobody is at work on it."""
    outside.broken_off(after=1)
    return outside


def _later(**more):
    return dt.datetime.now(dt.UTC) + dt.timedelta(**more)


def test_no_further_call_starts_when_another_process_pauses_the_mailing(outside):
    answered = threading.Event()

    def answer(_):
        if not answered.is_set():
            pause_mailing(outside.workspace, 1)
            answered.set()
        return Answer(verdict=Verdict.ACCEPTED)

    outside.answers = answer
    account = outside.send()
    assert account.mailing.state is MailingState.PAUSED
    assert account.mailing.reason.startswith("paused by ")
    assert len(outside.reached) == account.proof.accepted == 1


def test_no_further_call_starts_when_another_process_cancels_the_mailing(outside):
    def answer(_):
        cancel_mailing(outside.workspace, 1)
        return Answer(verdict=Verdict.ACCEPTED)

    outside.answers = answer
    account = outside.send()
    assert account.mailing.state is MailingState.CANCELLED
    assert (account.proof.accepted, account.proof.skipped, account.proof.holds) == (1, 2, True)
    assert len(outside.reached) == 1


def test_rest_gets_it_through_the_other_transport_when_the_mailing_fails_over(begun):
    resumed = resume_mailing(begun.workspace, 1, through="sendgrid")
    assert (resumed.moved_from, resumed.mailing.transport) == ("smtp", "sendgrid")
    account = begun.go_on(1)
    assert account.proof.accepted == 3
    assert [len(begun.transports[name].calls) for name in ("smtp", "sendgrid")] == [1, 2]
    assert "failed over" in [entry.act for entry in account.journal]


def test_failover_is_refused_with_the_reason_when_the_other_side_would_refuse_it(begun, monkeypatch):
    wrong = Finding(check="preflight", severity=Severity.ERROR, message="The sender is not verified.")
    monkeypatch.setattr(begun.transports["sendgrid"], "preflight", lambda _: [wrong])
    with pytest.raises(Refused, match="cannot go on through sendgrid: The sender is not verified"):
        resume_mailing(begun.workspace, 1, through="sendgrid")
    assert status_of(begun.workspace, 1).mailing.transport == "smtp"


def test_rest_gets_the_earlier_text_when_the_issue_changed_and_the_mailing_is_resumed(begun):
    begun.change("issues/058/issue.yaml", "Room XX", "Room XXI")
    before = status_of(begun.workspace, 1).mailing.edition_hash
    resume_mailing(begun.workspace, 1)
    assert begun.go_on(1).mailing.edition_hash == before
    assert len(begun.reached) == 3


def test_scheduled_mailing_begins_when_it_is_resumed(outside):
    mailing = outside.schedule(_later(days=2))
    assert resume_mailing(outside.workspace, mailing.id).mailing.state is MailingState.SENDING
    assert outside.go_on(mailing.id).proof.accepted == 3


def test_scheduled_mailing_does_not_start_when_it_was_paused_or_cancelled(outside):
    first = outside.schedule(_later(days=2))
    assert pause_mailing(outside.workspace, first.id).state is MailingState.PAUSED
    assert cancel_mailing(outside.workspace, first.id).mailing.state is MailingState.CANCELLED
    assert outside.schedule(_later(days=3)).id == 2
    assert outside.reached == []


@pytest.mark.parametrize(
    ("act", "words"),
    [(pause_mailing, "paused"), (resume_mailing, "resumed"), (cancel_mailing, "cancelled")],
)
def test_control_is_refused_with_what_to_do_when_the_mailing_has_ended(outside, act, words):
    outside.send()
    with pytest.raises(Refused, match=f"Mailing 1 cannot be {words}: it is done") as refused:
        act(outside.workspace, 1)
    assert "trax status 1" in refused.value.advice
    with pytest.raises(Refused, match="There is no mailing 99"):
        act(outside.workspace, 99)


@pytest.mark.parametrize("act", [pause_mailing, resume_mailing, cancel_mailing, retry_mailing])
def test_control_is_refused_with_the_way_on_when_the_mailing_was_cancelled(begun, act):
    cancel_mailing(begun.workspace, 1)
    with pytest.raises(Refused, match="was cancelled") as refused:
        act(begun.workspace, 1)
    assert "trax send 58 --list main --missed" in refused.value.advice


def test_pause_is_refused_with_the_reason_when_the_mailing_is_paused(begun):
    pause_mailing(begun.workspace, 1)
    with pytest.raises(Refused, match="paused already: paused by"):
        pause_mailing(begun.workspace, 1)


def test_only_who_failed_gets_it_when_they_are_tried_again(outside):
    outside.answers = lambda recipients: Answer(
        verdict=Verdict.REJECTED if "kofi" in recipients[0].email else Verdict.ACCEPTED, reason="no such user"
    )
    assert outside.send().proof.failed == 1
    assert standing_of(outside.workspace, 1).reasons == (("no such user", 1),)
    outside.answers = lambda _: Answer(verdict=Verdict.ACCEPTED)
    assert retry_mailing(outside.workspace, 1) == 1
    account = outside.go_on(1)
    assert account.mailing.state is MailingState.DONE
    assert (account.proof.accepted, account.proof.holds) == (3, True)
    assert outside.reached.count("kofi@example.com") == 2
    assert len(outside.reached) == 4
    with pytest.raises(Refused, match="Nobody failed"):
        retry_mailing(outside.workspace, 1)


def test_mailing_that_had_not_begun_has_a_doubt_when_the_ledger_was_restored_since(outside):
    mailing = outside.schedule(_later(days=2))
    assert doubt_to_resume(outside.workspace, mailing.id) == ""
    with open_ledger(outside.state) as ledger, ledger.write() as connection:
        note_restored(connection, "from a backup", now=_later(seconds=1))
    assert "may have been sent since" in doubt_to_resume(outside.workspace, mailing.id)
    resume_mailing(outside.workspace, mailing.id)
    assert doubt_to_resume(outside.workspace, mailing.id) == ""
