import pytest

from delivery.mailings import ScriptedTransport, drive, fill_list, new_mailing
from trax_mailer.delivery import begin, pause
from trax_mailer.delivery.transports.base import Answer, Verdict
from trax_mailer.errors import Refused
from trax_mailer.model.mailing import Handover, MailingState
from trax_mailer.settings import Settings
from trax_mailer.storage import open_ledger, open_ring
from trax_mailer.workflows.ledger_time import ledger_now
from trax_mailer.workflows.status import NAMED, all_mailings, readers_of, status_of, watch
from trax_mailer.workflows.wiring import Workspace

READERS = 2 * NAMED + 5


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request, tmp_path):
    """A workspace with a list “everyone” of many readers, and its ledger."""
    further = {"database": request.getfixturevalue("database")} if request.param == "postgresql" else {}
    settings = Settings(root=tmp_path, state=tmp_path / "state", **further)
    with open_ledger(settings.state, settings.database) as ledger:
        fill_list(ledger, "everyone", readers=READERS)
        yield Workspace(settings=settings), ledger


def _refused(_recipients):
    return Answer(verdict=Verdict.REJECTED, reason="no such user")


def test_account_names_some_and_counts_the_rest_when_many_failed(place):
    workspace, ledger = place
    transport = ScriptedTransport(_refused, batch_size=1)
    drive(ledger, new_mailing(ledger, batch_size=1), transport, open_ring(ledger))
    account = status_of(workspace, 1)
    failed = account.proof.failed
    named = [one for one in account.unreached if one.handover is Handover.FAILED]
    assert len(named) == min(failed, NAMED)
    assert account.unnamed(Handover.FAILED) == failed - len(named)
    assert len(list(readers_of(workspace, 1, name="failed"))) == failed


def test_every_reader_is_in_one_class_when_the_classes_are_listed(place, monkeypatch):
    workspace, ledger = place
    monkeypatch.setattr("trax_mailer.workflows.status._PAGE", 50)
    mailing = new_mailing(ledger, batch_size=READERS // 2)
    begin(ledger, mailing.id, now=ledger_now(ledger))
    assert len(list(readers_of(workspace, 1, name="waiting"))) == READERS
    drive(ledger, mailing, ScriptedTransport(batch_size=READERS), open_ring(ledger))
    accepted = list(readers_of(workspace, 1, name="accepted"))
    assert len({one.subscriber_id for one in accepted}) == len(accepted) == READERS
    assert [list(readers_of(workspace, 1, name=name)) for name in ("waiting", "failed")] == [[], []]


def test_watching_ends_when_the_mailing_pauses(place):
    workspace, ledger = place
    mailing = begin(ledger, new_mailing(ledger).id, now=ledger_now(ledger))
    waited = []

    def sleep(seconds):
        waited.append(seconds)
        pause(ledger, mailing.id, reason="enough", now=ledger_now(ledger))

    looks = list(watch(workspace, mailing.id, seconds=1.0, sleep=sleep))
    assert [look.mailing.state for look in looks] == [MailingState.SENDING, MailingState.PAUSED]
    assert [look.pace.proof.waiting for look in looks] == [READERS, READERS]
    assert waited[0] >= 1.0


def test_mailings_are_listed_with_their_proofs_when_there_are_several(place):
    workspace, ledger = place
    drive(ledger, new_mailing(ledger, batch_size=500), ScriptedTransport(), open_ring(ledger))
    new_mailing(ledger, simulated=True)
    listed = [(mailing.id, proof.accepted, proof.waiting) for mailing, proof in all_mailings(workspace)]
    assert listed == [(2, 0, READERS), (1, READERS, 0)]


def test_status_is_refused_when_there_is_no_such_mailing(place):
    workspace, _ = place
    with pytest.raises(Refused, match="no mailing 9"):
        list(readers_of(workspace, 9, name="failed"))
