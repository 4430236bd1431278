"""Senders in trouble: a full disk, a file that turned read-only, a database that is restarted under them.

Nothing is lost by it, everybody gets it once, and the words say what is wrong. For clocks that jump, see
delivery/test_lane.py and workflows/engines/test_embedded.py.
"""

import signal

import pytest

from endurance.house import growing, house
from endurance.places import small_disk
from trax_mailer.model.mailing import Handover, MailingState
from trax_mailer.rehearsal import Faults

READERS = 400
SLOWLY = Faults(seconds=0.006)


@pytest.fixture
def disk(tmp_path):
    with small_disk(tmp_path / "state", megabytes=8) as made:
        yield made


def test_nobody_is_missed_or_doubled_when_the_disk_is_full_for_a_while(tmp_path, disk):
    with house(tmp_path, "smtp", readers=READERS, faults=SLOWLY) as home:
        taken, sender = growing(home), home.send()
        home.wait(lambda: taken() >= 40, for_what="the first readers")
        disk.fill()
        home.wait(lambda: "the disk is full" in home.said(sender), for_what="the reason")
        assert sender.poll() is None, home.all_said()
        disk.clear()
        home.wait(lambda: sender.poll() is not None, for_what="the end")
        assert sender.returncode == 0, home.all_said()
        _check_everybody_has_it(home, uncertain=0)


def test_nothing_is_sent_and_the_reason_told_when_the_ledger_is_read_only(tmp_path, disk):
    with house(tmp_path, "smtp", readers=READERS, faults=SLOWLY) as home:
        taken, sender = growing(home), home.send()
        home.wait(lambda: taken() >= 40, for_what="the first readers")
        sender.send_signal(signal.SIGTERM)
        sender.wait(60)
        home.ledger.close()
        disk.set_read_only(read_only=True)
        before = len(home.taken())
        refused = home.start("resume", "1")
        assert refused.wait(60) != 0
        said = home.said(refused)
        assert f"The ledger in {tmp_path / 'state'} cannot be" in said
        assert "Traceback" not in said
        assert len(home.taken()) == before
        disk.set_read_only(read_only=False)
        home.finish_here()
        _check_everybody_has_it(home, uncertain=0)


@pytest.mark.postgres
def test_nobody_is_missed_or_doubled_when_the_database_is_restarted_under_the_sender(
    tmp_path, database, postgres
):
    with house(tmp_path, "smtp", readers=READERS, faults=SLOWLY, database=database) as home:
        taken, sender = growing(home), home.send()
        for after in (40, 200):
            home.wait(lambda after=after: taken() >= after, for_what=f"{after} readers")
            postgres.restart_immediate()
        home.wait(lambda: sender.poll() is not None, for_what="the end")
        assert sender.returncode == 0, home.all_said()
        _check_everybody_has_it(home, uncertain=home.proof().uncertain)


def _check_everybody_has_it(home, *, uncertain):
    found, proof = home.compared(), home.proof()
    assert home.state() is MailingState.DONE
    assert (found.missed, found.doubled, found.denied, found.strangers) == ((), (), (), ()), home.all_said()
    assert (proof.holds, proof.audience, proof.uncertain) == (True, READERS, uncertain), home.all_said()
    assert len(home.taken()) == READERS - len(found.uncertain_not_taken)
    assert not home.at(Handover.CALLING, Handover.QUEUED)
