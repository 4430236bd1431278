import pytest

from delivery.mailings import NOW, fill_list, fill_more, new_mailing
from trax_mailer.delivery import begin, find_mailing, journal_of, pause
from trax_mailer.errors import BadState, BadWorkspace, Conflict, Refused
from trax_mailer.storage import open_ring
from trax_mailer.workflows import copying
from trax_mailer.workflows.copying import copy_ledger
from workflows.moving import at, everybody, handovers, ledger_of, reader_id, standings, start, work

pytestmark = pytest.mark.postgres


@pytest.fixture
def here(workspace, tmp_path):
    """A workspace on a file, with ten readers and a mailing that is paused."""
    made = at(workspace, tmp_path / "state")
    with ledger_of(made) as ledger:
        pause(ledger, start(ledger).id, reason="", now=NOW)
    return made


@pytest.fixture
def password(database, monkeypatch):
    monkeypatch.setenv("TRAX_DATABASE_PASSWORD", database.password.reveal())


def test_mailing_goes_on_in_the_new_database_when_copied(here, database, password):
    done = copy_ledger(here, database.url)
    assert (done.database, done.counts["delivery"]) == (database.url, 10)
    there = at(here, here.settings.state, database)
    with ledger_of(there) as ledger:
        assert [entry.act for entry in journal_of(ledger, None)] == ["copied"]
        assert open_ring(ledger).fingerprints
        begin(ledger, 1, now=NOW)
        assert work(ledger, 1) == everybody()
        assert find_mailing(ledger, 1).state == "done"
        fill_more(ledger, "everyone", first=11, last=11)
        assert reader_id(ledger, 11) == 11
    with ledger_of(here) as ledger:
        assert handovers(ledger, 1) == {"queued": 10}


def test_ledger_comes_back_when_copied_to_the_file(here, database, password, tmp_path):
    copy_ledger(here, database.url)
    there = at(here, tmp_path / "third", database)
    (tmp_path / "third").mkdir(mode=0o700)
    (tmp_path / "third" / "keys.json").write_bytes((here.settings.state / "keys.json").read_bytes())
    assert copy_ledger(there, "sqlite").database == ""
    with ledger_of(at(here, tmp_path / "third")) as ledger:
        assert len(standings(ledger)) == 10
        assert [entry.act for entry in journal_of(ledger, None)] == ["copied", "copied"]


def test_nothing_is_copied_when_the_target_holds_anything(here, database, password):
    with ledger_of(at(here, here.settings.state, database)) as ledger:
        fill_list(ledger, "others", readers=1)
    with pytest.raises(Conflict, match="already"):
        copy_ledger(here, database.url)
    with ledger_of(at(here, here.settings.state, database)) as ledger:
        assert len(standings(ledger)) == 1


@pytest.mark.parametrize("state", ["sending", "scheduled"])
def test_nothing_is_copied_when_a_mailing_would_go_on(here, database, password, state):
    with ledger_of(here) as ledger:
        if state == "sending":
            begin(ledger, 1, now=NOW)
        else:
            fill_list(ledger, "others", readers=1)
            new_mailing(ledger, list_name="others", not_before=NOW)
    with pytest.raises(Conflict, match=f"is {state}") as caught:
        copy_ledger(here, database.url)
    assert "trax pause" in caught.value.advice
    _assert_nothing_there(here, database)


def test_nothing_is_copied_when_a_lane_is_held(here, database, password):
    with (
        ledger_of(here) as ledger,
        ledger.lane_lock(1, lane=0),
        pytest.raises(Conflict, match="being sent"),
    ):
        copy_ledger(here, database.url)
    _assert_nothing_there(here, database)


def test_nothing_is_kept_when_somebody_writes_meanwhile(here, database, password):
    written = []

    def write(done, total):
        if done and not written:
            with ledger_of(here) as ledger:
                fill_more(ledger, "everyone", first=11, last=11)
            written.append(done)

    with pytest.raises(Conflict, match="written to while"):
        copy_ledger(here, database.url, progress=write)
    _assert_nothing_there(here, database)


def test_nothing_is_kept_when_it_breaks_off(here, database, password, monkeypatch):
    def fails(*_arguments, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr(copying, "add_entry", fails)
    with pytest.raises(KeyboardInterrupt):
        copy_ledger(here, database.url)
    _assert_nothing_there(here, database)


def _assert_nothing_there(here, database):
    with ledger_of(at(here, here.settings.state, database)) as ledger:
        assert standings(ledger) == {}
        assert journal_of(ledger, None) == []


def test_copy_is_refused_when_it_is_there_already(here, database, password):
    with pytest.raises(Refused, match="already"):
        copy_ledger(here, "sqlite")
    with pytest.raises(Refused, match="already"):
        copy_ledger(at(here, here.settings.state, database), database.url)


@pytest.mark.parametrize(
    "address", ["mysql://db/trax", "file.db", "postgresql://u:secret@db/trax", "postgresql://"]
)
def test_words_say_how_when_the_address_is_odd(here, address):
    with pytest.raises(BadWorkspace) as caught:
        copy_ledger(here, address)
    assert "secret" not in str(caught.value)


def test_words_say_so_when_the_password_is_wrong(here, database, monkeypatch):
    monkeypatch.setenv("TRAX_DATABASE_PASSWORD", "wrong word")
    with pytest.raises(BadState, match="does not let trax in") as caught:
        copy_ledger(here, database.url)
    assert "wrong word" not in str(caught.value)


def test_present_database_of_the_environment_is_not_the_target_when_copied(here, database, monkeypatch):
    monkeypatch.setenv("TRAX_DATABASE", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("TRAX_DATABASE_PASSWORD", database.password.reveal())
    assert copy_ledger(here, database.url).counts["subscriber"] == 10
