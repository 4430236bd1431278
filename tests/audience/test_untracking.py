"""Nothing is counted of a reader who does not want it, by their own act or at staff's word."""

import pytest
from sqlalchemy import insert, select

from trax_mailer.audience import find_list, find_subscriber, import_subscribers
from trax_mailer.audience.carrying_over import keep_untracked
from trax_mailer.audience.exporting import export_readers
from trax_mailer.audience.preferences import give_tracking, preferences_of, withdraw_tracking
from trax_mailer.audience.staff import Wish, add_reader
from trax_mailer.audience.untracking import allow_tracking, stop_tracking, untrack_by
from trax_mailer.errors import Refused
from trax_mailer.model.act import Act, ActKind
from trax_mailer.storage import open_ledger, open_ring, schema
from trax_mailer.storage.acts import acts_about, note_wording
from trax_mailer.storage.lists import make_list
from trax_mailer.storage.roster import Filter
from trax_mailer.storage.subscriptions import lists_of
from trax_mailer.storage.tracking_consents import tracked_lists

ANA, BEN = "ana@example.org", "ben@example.org"
LIST = "UPR Trax"


@pytest.fixture
def readers(bring):
    """Ana (1) and Ben (2) on “UPR Trax” (1)."""
    bring(f"email\n{ANA}\n{BEN}\n")


@pytest.fixture
def page(now):
    return Act(kind=ActKind.PAGE, at=now, source="preferences", subscriber_id=1, list_id=1)


@pytest.fixture
def staff(now):
    return Act(kind=ActKind.STAFF, at=now, by="ben")


def _agree(ledger, now, reader_id):
    with ledger.write() as connection:
        wording = note_wording(connection, "I agree.", language="en", now=now)
    assert give_tracking(ledger, list_id=1, subscriber_id=reader_id, wording_id=wording, now=now)


def _visit(ledger, now, *, reader_id=None, mailing_id=1):
    row = {
        "mailing_id": mailing_id,
        "kind": "click",
        "link": 1,
        "pseudonym": None if reader_id else b"somebody",
        "subscriber_id": reader_id,
        "language": "en",
        "at": now,
        "after": 0,
        "method": "GET",
        "agent": "browser",
        "hints": "",
        "verdict": "unsure",
        "why": "",
    }
    with ledger.write() as connection:
        connection.execute(insert(schema.visit), [row])


def _visits(ledger):
    with ledger.read() as connection:
        return connection.scalars(select(schema.visit.c.subscriber_id).order_by(schema.visit.c.id)).all()


@pytest.fixture
def visited(ledger, readers, mailing_to, now):
    """Both readers agreed; each has a visit, and so has somebody unknown."""
    mailing_to(1)
    for reader_id in (1, 2):
        _agree(ledger, now, reader_id)
        _visit(ledger, now, reader_id=reader_id)
    _visit(ledger, now)


@pytest.fixture
def mailing_to(ledger, now):
    """Makes the rows of a mailing to that list."""

    def make(list_id):
        from delivery.letters import ENVELOPE, edition
        from trax_mailer.model.mailing import AudienceKind
        from trax_mailer.storage.editions import store_edition
        from trax_mailer.storage.mailings import NewMailing, add_mailing

        with ledger.write() as connection:
            new = NewMailing(
                issue_number=58,
                issue_title="Thirty years",
                list_id=list_id,
                edition_hash=store_edition(connection, edition(), now=now),
                transport="smtp",
                envelope=ENVELOPE,
                lanes=1,
                batch_size=100,
                audience=AudienceKind.EVERYBODY,
            )
            return add_mailing(connection, new, now=now)

    return make


def test_rows_of_the_reader_alone_go_when_consent_is_withdrawn(ledger, visited, now):
    assert withdraw_tracking(ledger, list_id=1, subscriber_id=1, now=now)
    assert _visits(ledger) == [2, None]


def test_consent_and_rows_go_when_a_reader_wants_plain_links(ledger, visited, page):
    assert stop_tracking(ledger, act=page)
    assert not stop_tracking(ledger, act=page)
    assert _visits(ledger) == [2, None]
    kept = preferences_of(ledger, list_id=1, subscriber_id=1)
    assert (kept.tracked, kept.untracked) == (False, True)
    with ledger.read() as connection:
        [given, said] = acts_about(connection, 1)
    assert (said.kind, said.source, dict(said.details)) == ("page", "preferences", {"untracked": True})
    assert (given.words, said.words) == ("gave consent to tracking", "no tracking at all: plain links")


def test_reader_is_counted_again_when_they_say_so_or_consent_to_more(ledger, readers, page, now):
    stop_tracking(ledger, act=page)
    assert allow_tracking(ledger, act=page)
    stop_tracking(ledger, act=page)
    _agree(ledger, now, 1)
    kept = preferences_of(ledger, list_id=1, subscriber_id=1)
    assert (kept.tracked, kept.untracked) == (True, False)


def test_staff_take_back_their_own_word_and_never_the_readers(ledger, readers, page, staff):
    assert untrack_by(ledger, ANA, untracked=True, list_name=None, act=staff) == [LIST]
    assert untrack_by(ledger, ANA, untracked=True, list_name=LIST, act=staff) == []
    assert untrack_by(ledger, ANA, untracked=False, list_name=None, act=staff) == [LIST]
    stop_tracking(ledger, act=page)
    with pytest.raises(Refused, match="chose plain links themselves"):
        untrack_by(ledger, ANA, untracked=False, list_name=None, act=staff)
    assert preferences_of(ledger, list_id=1, subscriber_id=1).untracked
    with ledger.write() as connection:
        make_list(connection, "Jobs", now=staff.at)
    with pytest.raises(Refused, match="never on “Jobs”"):
        untrack_by(ledger, BEN, untracked=True, list_name="Jobs", act=staff)


def test_reader_is_untracked_on_every_list_they_join_later(ledger, readers, staff):
    untrack_by(ledger, ANA, untracked=True, list_name=None, act=staff)
    with ledger.write() as connection:
        make_list(connection, "Jobs", now=staff.at)
    for address in (ANA, BEN):
        wish = Wish(address=address, list_name="Jobs")
        add_reader(ledger, open_ring(ledger), wish, act=staff)
    with ledger.read() as connection:
        jobs = find_list(ledger, "Jobs")
        assert [lists_of(connection, one)[jobs].untracked for one in (1, 2)] == [True, False]


def test_choice_is_carried_through_a_file_and_overrides_no_consent(
    ledger, readers, staff, now, tmp_path, bring
):
    untrack_by(ledger, ANA, untracked=True, list_name=None, act=staff)
    file = tmp_path / "out.csv"
    with ledger.read() as connection, file.open("wb") as written:
        export_readers(connection, Filter(), written, form="csv")
    with open_ledger(tmp_path / "other") as other:
        for _ in range(2):
            import_subscribers(other, file, list_name="New", state=None, imported_by="ana", now=now)
        with other.read() as connection:
            ids = [find_subscriber(other, address).id for address in (ANA, BEN)]
            assert [lists_of(connection, one)[1].untracked for one in ids] == [True, False]
    allow_tracking(ledger, act=Act(kind=ActKind.PAGE, at=now, subscriber_id=1, list_id=1))
    _agree(ledger, now, 1)
    bring(file.read_bytes(), state=None)
    with ledger.read() as connection:
        assert tracked_lists(connection, 1) == {1}
        assert not lists_of(connection, 1)[1].untracked


def test_choice_is_kept_when_a_backup_without_it_is_restored(ledger, readers, staff, tmp_path, now):
    untrack_by(ledger, BEN, untracked=True, list_name=None, act=staff)
    with open_ledger(tmp_path / "restored") as restored:
        file = tmp_path / "again.csv"
        file.write_text(f"email\n{BEN}\n{ANA}\n")
        import_subscribers(restored, file, list_name=LIST, state=None, imported_by="ana", now=now)
        with ledger.read() as old, restored.write() as connection:
            assert keep_untracked(old, connection, now=now) == 1
            assert [lists_of(connection, one)[1].untracked for one in (1, 2)] == [True, False]
