import mailbox

import pytest

from events.ledgers import add_sent_mailing, handovers, rows, stored
from events.logs import EXIM, accepted, postfix, tried
from events.mails import WHOLE, answer, report
from trax_mailer.errors import BadFile, Refused
from trax_mailer.model.mailing import Handover, Outcome
from trax_mailer.settings import Settings
from trax_mailer.storage import open_ledger
from trax_mailer.workflows.evidence import read_bounces, read_log
from trax_mailer.workflows.wiring import Workspace


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request, tmp_path):
    """A workspace whose mailing 1 went to six readers, and nobody knows whether; and its ledger."""
    further = {"database": request.getfixturevalue("database")} if request.param == "postgresql" else {}
    settings = Settings(root=tmp_path, state=tmp_path / "state", **further)
    with open_ledger(settings.state, settings.database) as ledger:
        add_sent_mailing(ledger)
        yield Workspace(settings=settings), ledger


@pytest.fixture
def log(tmp_path):
    def written(*told):
        file = tmp_path / "mail.log"
        file.write_text("".join(postfix(*told)), encoding="utf-8")
        return file

    return written


def test_readers_are_settled_when_the_log_has_their_message(place, log):
    workspace, ledger = place
    file = log(
        *accepted("4XyZ1", 1),
        tried("4XyZ1", 1, "sent"),
        *accepted("4XyZ2", 2)[:2],
        *accepted("4XyZ3", 3),
        tried("4XyZ3", 3, "bounced", dsn="5.1.1"),
    )
    assert read_log(workspace, 1, file) == 2
    assert rows(ledger)[1][:2] == (Handover.ACCEPTED, Outcome.DELIVERED)
    assert rows(ledger)[3][:2] == (Handover.ACCEPTED, Outcome.BOUNCED)
    assert "mail-log" in rows(ledger)[3][2]
    assert set(list(handovers(ledger).values())[3:]) == {"uncertain"}
    assert handovers(ledger)[2] == "uncertain"


def test_nothing_changes_when_the_log_is_read_again(place, log):
    workspace, ledger = place
    file = log(*accepted("4XyZ1", 1), tried("4XyZ1", 1, "sent"))
    assert read_log(workspace, 1, file) == 1
    before = rows(ledger), stored(ledger)
    assert read_log(workspace, 1, file) == 0
    assert (rows(ledger), stored(ledger)) == before


def test_everybody_stays_in_doubt_when_the_log_says_nothing_of_them(place, log):
    workspace, ledger = place
    other = [(daemon, said.replace("69a6aa18", "69a6aa19")) for daemon, said in accepted("4XyZ1", 1)]
    assert read_log(workspace, 1, log(*other, tried("4XyZ1", 1, "sent"))) == 0
    assert set(handovers(ledger).values()) == {"uncertain"}
    assert stored(ledger) == []


def test_another_mailing_stays_as_it_is_when_the_log_holds_both(place, log):
    workspace, ledger = place
    add_sent_mailing(ledger)
    file = log(*accepted("4XyZ1", 1), *accepted("4XyZ2", 2, mailing=2))
    assert read_log(workspace, 2, file) == 1
    assert set(handovers(ledger).values()) == {"uncertain"}
    assert handovers(ledger, 2)[2] == "accepted"


def test_log_of_exim_is_understood(place, tmp_path):
    workspace, ledger = place
    (tmp_path / "mainlog").write_text(EXIM)
    assert read_log(workspace, 1, tmp_path / "mainlog") == 2
    assert [handovers(ledger)[who] for who in (1, 2, 3)] == ["accepted", "accepted", "uncertain"]


def test_readers_are_settled_when_bounces_and_answers_hold_their_message(place, tmp_path):
    workspace, ledger = place
    box = mailbox.Maildir(tmp_path / "Maildir")
    for content in (report(1), report(2, action="delayed", status="4.4.1", returned=WHOLE), answer(3)):
        box.add(content)
    assert read_bounces(workspace, 1, tmp_path / "Maildir") == 3
    assert [row[1] for row in rows(ledger).values()][:3] == [
        Outcome.BOUNCED,
        Outcome.DEFERRED,
        Outcome.UNKNOWN,
    ]
    assert list(handovers(ledger).values()) == ["accepted"] * 3 + ["uncertain"] * 3


def test_what_is_known_already_settles_when_anything_is_read(place, log):
    workspace, ledger = place
    file = log(*accepted("4XyZ1", 1))
    read_log(workspace, 1, file)
    with ledger.write() as connection:
        connection.exec_driver_sql("UPDATE delivery SET handover = 'uncertain'")
    assert read_log(workspace, 1, log()) == 1


@pytest.mark.parametrize("read", [read_log, read_bounces])
def test_reading_is_refused_in_words_when_it_cannot_be_done(place, tmp_path, read):
    workspace, _ = place
    with pytest.raises(Refused, match="no mailing 9"):
        read(workspace, 9, tmp_path / "missing")
    with pytest.raises(BadFile, match="cannot be read"):
        read(workspace, 1, tmp_path / "missing")
