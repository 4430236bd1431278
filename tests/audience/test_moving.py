import pytest

from suppressing import put_suppression
from trax_mailer.audience import find_subscriber, leave
from trax_mailer.audience.erasing import erase_reader
from trax_mailer.audience.moving import move_address
from trax_mailer.errors import Conflict, Refused
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.subscriber import SuppressionReason
from trax_mailer.storage import open_ring
from trax_mailer.storage.acts import acts_about

ANA, NEW = "ana@example.org", "ana@new.example"


@pytest.fixture
def move(ledger, now):
    ring = open_ring(ledger)
    act = Act(kind=ActKind.STAFF, at=now, by="ben", words="asked on the phone")

    def to(email, *, of=1):
        return move_address(ledger, ring, of, email, act=act)

    return to


def test_reader_stays_who_they_are_when_moved(bring, ledger, states, move):
    bring(f"email,name\n{ANA},Ana\n")
    assert move("Ana@New.example") is True
    assert find_subscriber(ledger, ANA) is None
    found = find_subscriber(ledger, NEW)
    assert (found.id, found.email, found.name) == (1, "Ana@New.example", "Ana")
    assert states() == {NEW: "subscribed"}
    with ledger.read() as connection:
        [act] = acts_about(connection, 1)
    assert (act.by, act.words, dict(act.details)) == ("ben", "asked on the phone", {"moved": True})


def test_nothing_changes_when_the_address_is_the_same(bring, ledger, move):
    bring(f"email\n{ANA}\n")
    assert move(ANA) is False
    assert move("ANA@example.org") is True
    assert find_subscriber(ledger, ANA).email == "ANA@example.org"


@pytest.mark.parametrize("left", [True, False])
def test_former_address_is_not_mailed_when_an_old_file_has_it(bring, ledger, states, move, now, left):
    bring(f"email\n{ANA}\n")
    if left:
        leave(ledger, list_id=1, subscriber_id=1, kind=ActKind.PAGE, now=now)
    move(NEW)
    report = bring(f"email\n{ANA}\n")
    assert (report.added, report.kept_out) == (0, 1)
    assert states() == {NEW: "unsubscribed" if left else "subscribed"}


def test_reader_gets_a_former_address_back_when_it_was_theirs(bring, ledger, move):
    bring(f"email\n{ANA}\nben@example.org\n")
    move(NEW)
    with pytest.raises(Refused, match=f"{ANA} is suppressed"):
        move(ANA, of=2)
    assert move(ANA) is True
    assert bring(f"email\n{ANA}\n").unchanged == 1


def test_move_is_refused_when_the_address_is_taken(bring, ledger, states, move):
    bring(f"email\n{ANA}\nben@example.org\n")
    before = states()
    with pytest.raises(Conflict, match=r"Ben@example\.org is another reader's") as refused:
        move("Ben@example.org")
    assert ANA not in str(refused.value)
    assert states() == before


def test_move_is_refused_when_the_address_is_to_stay_out(bring, ledger, move, now):
    bring(f"email\n{ANA}\nben@example.org\n")
    put_suppression(ledger, "gone@example.org", reason=SuppressionReason.BOUNCED, source="x", now=now)
    erase_reader(ledger, open_ring(ledger), 2, act=Act(kind=ActKind.STAFF, at=now))
    with pytest.raises(Refused, match=r"gone@example\.org is suppressed"):
        move("gone@example.org")
    with pytest.raises(Refused, match="had themselves erased"):
        move("ben@example.org")
    with pytest.raises(Refused, match="no e-mail address"):
        move("ben at example")
    with pytest.raises(Refused, match="no such reader"):
        move(NEW, of=2)


def test_move_is_refused_when_the_reader_is_suppressed(bring, ledger, move, now):
    bring(f"email\n{ANA}\n")
    put_suppression(ledger, ANA, reason=SuppressionReason.COMPLAINED, source="x", now=now)
    with pytest.raises(Refused, match="is suppressed: another one would be mailed"):
        move(NEW)
    assert move("ANA@example.org") is True
