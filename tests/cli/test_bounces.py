import mailbox

import pytest
from sqlalchemy import insert, update

from events.ledgers import NOW, add_sent_mailing
from trax_mailer.model.mailing import Handover
from trax_mailer.storage import open_ledger, schema
from workflows.test_bounces import sample


@pytest.fixture
def mailed(place):
    """The readers of “main” were sent mailing 1; ana@example.org is subscriber 1."""
    with open_ledger(place.state) as ledger:
        with ledger.write() as connection:
            edition = {"hash": "e" * 64, "content": "{}", "created_at": NOW}
            connection.execute(insert(schema.edition), [edition])
        add_sent_mailing(ledger, readers=3, handover=Handover.ACCEPTED)
        with ledger.write() as connection:
            ana = schema.delivery.c.subscriber_id == 1
            connection.execute(update(schema.delivery).where(ana).values(address="ana@example.org"))
    return place


@pytest.fixture
def maildir(mailed, tmp_path):
    box = mailbox.Maildir(tmp_path / "Maildir")
    for name in ("postfix_unknown_user", "vacation", "unknown_daemon", "unsubscribe_out_of_the_blue"):
        box.add(sample(name).replace(b"<1.5.", b"<1.1."))
    return str(tmp_path / "Maildir")


def test_what_came_back_is_shown_by_kind_with_what_follows(mailed, maildir):
    shown = mailed.trax("bounces", "--maildir", maildir, "--dry-run").output
    assert "Nothing was changed" in shown
    shown = mailed.trax("bounces", "--maildir", maildir).output
    assert "delivery reports" in shown
    assert "1.1          bounced (“main”): 550 5.1.1" in shown
    assert "A person has to look at 2:" in shown
    assert "2026-03-03 10:31: a mail system wrote it, in no form that is known" in shown
    assert "Nothing was changed" not in shown
    assert "ana" not in shown
    again = mailed.trax("bounces", "--maildir", maildir).output
    assert "Nothing follows for any reader." in again


def test_what_came_back_is_data_when_asked_for(mailed, maildir):
    found = mailed.json("bounces", "--maildir", maildir)
    assert found["messages"] == {"auto-reply": 1, "bounce": 1, "leaving": 1, "unclear": 1}
    [one] = found["consequences"]
    assert (one["delivery"], one["state"], one["lists"], one["suppressed"]) == (
        "1.1",
        "bounced",
        ["main"],
        False,
    )
    assert len(found["to_look_at"]) == 2
    assert (found["dry_run"], found["new_reports"], found["left"]) == (False, 1, [])


def test_mbox_is_read_and_an_empty_one_is_nothing_new(mailed, tmp_path):
    (tmp_path / "empty").touch()
    assert "No new message." in mailed.trax("bounces", "--mbox", str(tmp_path / "empty")).output
    (tmp_path / "one").write_bytes(sample("feedback_abuse").replace(b"<1.5.", b"<1.1."))
    assert "complained, suppressed (“main”)" in mailed.trax("bounces", "--mbox", str(tmp_path / "one")).output


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 3, "names no mailbox of bounces"),
        (["--imap"], 3, "names no mailbox of bounces"),
        (["--imap", "--maildir", "."], 2, "Only one mailbox"),
        (["--maildir", "."], 2, "is no Maildir"),
        (["--mbox", "/etc/hostname"], 2, "neither a mailbox nor a message"),
    ],
)
def test_command_is_refused_in_words_when_it_cannot_be_carried_out(place, words, code, said):
    result = place.trax("bounces", *words)
    assert result.exit_code == code
    assert said in result.refused
