import dataclasses
import datetime as dt
import json
import os
import sqlite3
import subprocess
import sys
import tarfile

import pytest
from sqlalchemy import select

from delivery.mailings import (
    NOW,
    ScriptedTransport,
    address,
    fill_list,
    fill_more,
    new_mailing,
    suppress,
    unsubscribe,
)
from trax_mailer.delivery import (
    doubts,
    due_mailings,
    find_mailing,
    journal_of,
    pause,
    proof,
    resume,
    settle_doubts,
    start_scheduled,
)
from trax_mailer.errors import BadFile, BadState, Conflict, Refused
from trax_mailer.model.event import DeliveryEvent, EventKind
from trax_mailer.model.mailing import MailingState
from trax_mailer.storage import open_ring, schema
from trax_mailer.storage.events import add_events
from trax_mailer.tokens import mint_mail_token, read_mail_token
from trax_mailer.workflows import restore
from trax_mailer.workflows.backup import make_backup
from trax_mailer.workflows.keys import rotate_keys, show_keys
from trax_mailer.workflows.restore import restore_backup, restored_since
from workflows.moving import LATER, at, everybody, handovers, ledger_of, reader_id, standings, start, work

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
WAIT = dt.timedelta(hours=1)


@pytest.fixture(params=KINDS)
def moved(request, workspace, tmp_path):
    """The workspace, with an empty ledger on each database."""
    on_server = request.param == "postgresql"
    return at(workspace, tmp_path / "state", request.getfixturevalue("database") if on_server else None)


@pytest.fixture
def here(workspace, tmp_path):
    """The workspace with an empty file."""
    return at(workspace, tmp_path / "state")


@pytest.fixture
def elsewhere(workspace, tmp_path):
    """The same workspace on another host."""
    return at(workspace, tmp_path / "new state")


@pytest.fixture
def empty(request, moved, tmp_path):
    """The same workspace on another host: nothing of its ledger is there."""
    if not moved.settings.database.url:
        yield at(moved, tmp_path / "new state")
        return
    postgres = request.getfixturevalue("postgres")
    settings = postgres.new_database()
    yield at(moved, tmp_path / "new state", settings)
    postgres.drop_database(settings.url.rsplit("/", 1)[1])


def _back_up(workspace, tmp_path):
    return make_backup(workspace, tmp_path / "b.tar.gz", force=True).file


def _send_with_backup_in_the_second_call(workspace, tmp_path):
    """Send to all ten; the backup sees four accepted, four in a call, two waiting."""

    class Backing(ScriptedTransport):
        def send(self, recipients, *, batch):
            answer = super().send(recipients, batch=batch)
            if len(self.calls) == 2:
                _back_up(workspace, tmp_path)
            return answer

    with ledger_of(workspace) as ledger:
        mailing = start(ledger)
        assert work(ledger, mailing.id, Backing()) == everybody()
        assert find_mailing(ledger, mailing.id).state is MailingState.DONE
    return tmp_path / "b.tar.gz", mailing.id


def test_nobody_gets_it_twice_when_the_old_ledger_is_lost(moved, empty, tmp_path):
    file, mailing_id = _send_with_backup_in_the_second_call(moved, tmp_path)
    done = restore_backup(empty, file, replace=False)
    assert (done.paused, done.uncertain, done.kept) == ((mailing_id,), 6, ())
    with ledger_of(empty) as ledger:
        mailing = find_mailing(ledger, mailing_id)
        assert mailing.state is MailingState.PAUSED
        assert "restored from the backup" in mailing.reason
        assert handovers(ledger, mailing_id) == {"accepted": 4, "uncertain": 6}
        resume(ledger, mailing_id, now=LATER)
        assert work(ledger, mailing_id) == []
        assert find_mailing(ledger, mailing_id).state is MailingState.DONE
        assert proof(ledger, mailing_id).holds
        found = doubts(ledger, mailing_id)
        assert {one.transport for one in found} == {"scripted"}
        assert all("may have been sent after" in one.reason for one in found)


def test_those_get_it_whom_a_person_names_when_doubts_are_settled(here, elsewhere, tmp_path):
    file, mailing_id = _send_with_backup_in_the_second_call(here, tmp_path)
    restore_backup(elsewhere, file, replace=False)
    with ledger_of(elsewhere) as ledger:
        in_doubt = [one.subscriber_id for one in doubts(ledger, mailing_id)]
        later = dt.datetime.now(dt.UTC) + 2 * WAIT
        for chosen, as_sent in ((in_doubt[:4], True), (in_doubt[4:], False)):
            settle_doubts(
                ledger, mailing_id, subscribers=chosen, as_sent=as_sent, words="", now=later, wait=WAIT
            )
        assert work(ledger, mailing_id) == sorted([address(9), address(10)])
        assert handovers(ledger, mailing_id) == {"accepted": 10}


def test_what_the_replaced_ledger_knows_settles_it_when_it_can_be_read(moved, tmp_path):
    file, mailing_id = _send_with_backup_in_the_second_call(moved, tmp_path)
    done = restore_backup(moved, file, replace=True)
    assert (done.uncertain, done.lessons.settled) == (0, 6)
    with ledger_of(moved) as ledger:
        assert handovers(ledger, mailing_id) == {"accepted": 10}
        resume(ledger, mailing_id, now=LATER)
        assert work(ledger, mailing_id) == []


def test_failed_ones_are_not_tried_again_when_they_got_it_since(here, tmp_path):
    with ledger_of(here) as ledger:
        mailing = start(ledger)
        work(ledger, mailing.id)
        with ledger.write() as connection:
            connection.execute(schema.delivery.update().values(handover="failed", reason="no such user"))
    file = _back_up(here, tmp_path)
    with ledger_of(here) as ledger, ledger.write() as connection:
        connection.execute(schema.delivery.update().values(handover="accepted", reason=""))
    restore_backup(here, file, replace=True)
    with ledger_of(here) as ledger:
        assert handovers(ledger, mailing.id) == {"accepted": 10}
        assert proof(ledger, mailing.id).accepted == 10


def test_events_since_settle_doubts_when_they_are_taken_over(here, tmp_path):
    with ledger_of(here) as ledger:
        mailing = start(ledger)
        pause(ledger, mailing.id, reason="", now=NOW)
    file = _back_up(here, tmp_path)
    event = DeliveryEvent(
        key="k" * 64,
        provider="sendgrid",
        mailing_id=mailing.id,
        subscriber_id=1,
        kind=EventKind.DELIVERED,
        occurred_at=LATER,
    )
    with ledger_of(here) as ledger, ledger.write() as connection:
        add_events(connection, [event], now=LATER)
    assert restore_backup(here, file, replace=True).uncertain == 9
    with ledger_of(here) as ledger:
        assert handovers(ledger, mailing.id) == {"accepted": 1, "uncertain": 9}


@pytest.mark.parametrize("state", ["draft", "scheduled", "sending", "paused"])
def test_no_unfinished_mailing_goes_on_by_itself_when_restored(here, elsewhere, tmp_path, state):
    soon = NOW + dt.timedelta(minutes=5)
    with ledger_of(here) as ledger:
        fill_list(ledger, "everyone", readers=3)
        mailing = new_mailing(ledger, not_before=soon if state == "scheduled" else None)
        if state in {"sending", "paused"}:
            resume(ledger, mailing.id, now=NOW)
        if state == "paused":
            pause(ledger, mailing.id, reason="for lunch", now=NOW)
    restore_backup(elsewhere, _back_up(here, tmp_path), replace=False)
    with ledger_of(elsewhere) as ledger:
        found = find_mailing(ledger, mailing.id)
        assert found.state is MailingState.PAUSED
        assert f"in which this mailing was {state}" in found.reason
        assert ("for lunch" in found.reason) == (state == "paused")
        assert due_mailings(ledger, now=LATER) == []
        late = dt.timedelta(days=9)
        assert start_scheduled(ledger, mailing.id, late=late, now=LATER).state is MailingState.PAUSED
        assert work(ledger, mailing.id) == []
        assert handovers(ledger, mailing.id) == ({} if state == "scheduled" else {"uncertain": 3})
        assert journal_of(ledger, mailing.id)[-1].act == "paused"


def test_schedule_is_called_off_when_it_was_sent_since(here, tmp_path):
    with ledger_of(here) as ledger:
        fill_list(ledger, "everyone", readers=3)
        mailing = new_mailing(ledger, not_before=NOW)
    file = _back_up(here, tmp_path)
    with ledger_of(here) as ledger:
        start_scheduled(ledger, mailing.id, late=WAIT, now=NOW)
        work(ledger, mailing.id)
    restore_backup(here, file, replace=True)
    with ledger_of(here) as ledger:
        found = find_mailing(ledger, mailing.id)
        assert found.state is MailingState.CANCELLED
        assert "it was sent at" in found.reason
        with pytest.raises(Refused, match="cancelled"):
            resume(ledger, mailing.id, now=LATER)


def test_mailing_at_its_end_stays_so_when_restored(here, elsewhere, tmp_path):
    with ledger_of(here) as ledger:
        mailing = start(ledger)
        work(ledger, mailing.id)
        before = find_mailing(ledger, mailing.id)
    done = restore_backup(elsewhere, _back_up(here, tmp_path), replace=False)
    assert (done.paused, done.uncertain) == ((), 0)
    with ledger_of(elsewhere) as ledger:
        assert find_mailing(ledger, mailing.id) == before


def test_nobody_who_left_is_mailed_when_the_ledger_is_replaced(moved, tmp_path):
    with ledger_of(moved) as ledger:
        fill_list(ledger, "everyone", readers=5)
    file = _back_up(moved, tmp_path)
    with ledger_of(moved) as ledger:
        unsubscribe(ledger, 1)
        suppress(ledger, 2)
        fill_more(ledger, "everyone", first=6, last=7)
        unsubscribe(ledger, 6)
        fill_list(ledger, "jobs", readers=0)
        fill_more(ledger, "jobs", first=3, last=3)
        unsubscribe(ledger, 3)
        ids = {number: reader_id(ledger, number) for number in (3, 6, 7)}
    done = restore_backup(moved, file, replace=True)
    assert (done.lessons.departed, done.lessons.suppressed, done.lessons.newcomers) == (4, 1, 1)
    with ledger_of(moved) as ledger:
        left = {key for key, state in standings(ledger).items() if state != "subscribed"}
        assert left == {
            (address(1), "everyone"),
            (address(3), "everyone"),
            (address(3), "jobs"),
            (address(6), "everyone"),
        }
        assert reader_id(ledger, 6) == ids[6]
        assert reader_id(ledger, 7) is None
        fill_more(ledger, "everyone", first=7, last=8)
        assert reader_id(ledger, 7) > 1_000_000
        mailing = start_mailing(ledger)
        assert work(ledger, mailing.id) == sorted(address(number) for number in (4, 5, 7, 8))


def start_mailing(ledger):
    return resume(ledger, new_mailing(ledger).id, now=NOW)


def test_nobody_comes_back_when_the_backup_is_the_newer_one(here, elsewhere, tmp_path):
    with ledger_of(here) as ledger:
        fill_list(ledger, "everyone", readers=3)
        unsubscribe(ledger, 1)
    file = _back_up(here, tmp_path)
    with ledger_of(elsewhere) as ledger:
        fill_list(ledger, "everyone", readers=3)
        unsubscribe(ledger, 2)
    restore_backup(elsewhere, file, replace=True)
    with ledger_of(elsewhere) as ledger:
        subscribed = [key[0] for key, state in standings(ledger).items() if state == "subscribed"]
        assert subscribed == [address(3)]


def test_links_lead_to_the_same_reader_when_made_after_the_backup(here, tmp_path):
    with ledger_of(here) as ledger:
        fill_list(ledger, "everyone", readers=3)
    file = _back_up(here, tmp_path)
    with ledger_of(here) as ledger:
        fill_more(ledger, "everyone", first=4, last=4)
        rotate_keys(here)
        ring = open_ring(ledger)
        token = mint_mail_token(ring, list_id=1, subscriber_id=reader_id(ledger, 4), mailing_id=9)
    assert restore_backup(here, file, replace=True).lessons.newcomers == 1
    assert [line.id for line in show_keys(here)] == [1, 2]
    with ledger_of(here) as ledger:
        read = read_mail_token(open_ring(ledger), token)
        assert read.subscriber_id == 4
        fill_more(ledger, "everyone", first=5, last=6)
        assert reader_id(ledger, 5) > read.subscriber_id
        with ledger.read() as connection:
            found = select(schema.subscriber.c.id).where(schema.subscriber.c.id == 4)
            assert connection.scalar(found) is None


def test_ids_start_far_above_when_nothing_is_known_of_later_ones(moved, empty, tmp_path):
    with ledger_of(moved) as ledger:
        start(ledger, readers=3)
    restore_backup(empty, _back_up(moved, tmp_path), replace=False)
    with ledger_of(empty) as ledger:
        fill_list(ledger, "new", readers=0)
        fill_more(ledger, "new", first=4, last=4)
        assert reader_id(ledger, 4) == 2_000_001
        mailing = new_mailing(ledger, list_name="new")
        assert mailing.id == 2_000_001
        with ledger.read() as connection:
            assert connection.scalars(select(schema.mailing_list.c.id)).all() == [1, 2_000_001]
        ring = open_ring(ledger)
        token = mint_mail_token(ring, list_id=2_000_001, subscriber_id=2_000_001, mailing_id=mailing.id)
        assert read_mail_token(ring, token).mailing_id == mailing.id


def test_mailings_made_since_are_named_when_the_ledger_is_replaced(here, tmp_path):
    with ledger_of(here) as ledger:
        fill_list(ledger, "everyone", readers=3)
    assert _restored_entry(here) is None
    file = _back_up(here, tmp_path)
    with ledger_of(here) as ledger:
        start_mailing(ledger)
    done = restore_backup(here, file, replace=True)
    assert [one.issue_number for one in done.lessons.unknown] == [58]
    entry = _restored_entry(here)
    assert f"from the backup of {done.made_at:%Y-%m-%d %H:%M} UTC" in entry.words
    assert "1 (No 58 to “everyone”)" in entry.words


def _restored_entry(workspace):
    with ledger_of(workspace) as ledger:
        return restored_since(ledger)


def test_ledger_is_kept_aside_whole_when_it_is_replaced(moved, empty, tmp_path):
    with ledger_of(moved) as ledger:
        fill_list(ledger, "everyone", readers=3)
    file = _back_up(moved, tmp_path)
    with ledger_of(moved) as ledger:
        fill_more(ledger, "everyone", first=4, last=9)
    (kept,) = restore_backup(moved, file, replace=True).kept
    restore_backup(empty, kept, replace=False)
    with ledger_of(empty) as ledger:
        assert len(standings(ledger)) == 9


def test_ledger_is_left_alone_when_it_holds_anything(here, tmp_path):
    with ledger_of(here) as ledger:
        fill_list(ledger, "everyone", readers=3)
    file = _back_up(here, tmp_path)
    with ledger_of(here) as ledger:
        fill_more(ledger, "everyone", first=4, last=4)
    with pytest.raises(Conflict, match="holds 4 readers and 0 mailings") as caught:
        restore_backup(here, file, replace=False)
    assert "--replace" in caught.value.advice
    with ledger_of(here) as ledger:
        assert len(standings(ledger)) == 4
    assert not [path for path in (tmp_path / "state").iterdir() if "restore" in path.name]


def test_ledger_is_left_alone_when_somebody_is_sending(moved, tmp_path):
    with ledger_of(moved) as ledger:
        mailing = start(ledger, lanes=2)
        file = _back_up(moved, tmp_path)
        with (
            ledger.lane_lock(mailing.id, lane=1),
            pytest.raises(Conflict, match=f"Mailing {mailing.id} is being sent"),
        ):
            restore_backup(moved, file, replace=True)
        assert find_mailing(ledger, mailing.id).state is MailingState.SENDING


def test_open_ledgers_see_it_when_a_backup_is_restored(moved, tmp_path):
    """`trax serve` stays up: what it writes afterwards must not land in a file that nobody reads."""
    with ledger_of(moved) as ledger:
        fill_list(ledger, "everyone", readers=3)
        file = _back_up(moved, tmp_path)
        fill_more(ledger, "everyone", first=4, last=4)
        restore_backup(moved, file, replace=True)
        assert len(standings(ledger)) == 3
        unsubscribe(ledger, 1)
    with ledger_of(moved) as ledger:
        assert standings(ledger)[address(1), "everyone"] == "unsubscribed"


@pytest.mark.postgres
@pytest.mark.parametrize("to_server", [True, False])
def test_backup_moves_to_the_other_database_when_restored_there(workspace, database, tmp_path, to_server):
    file_place, server_place = at(workspace, tmp_path / "a"), at(workspace, tmp_path / "c", database)
    source, target = (file_place, server_place) if to_server else (server_place, file_place)
    with ledger_of(source) as ledger:
        mailing = start(ledger)
        pause(ledger, mailing.id, reason="", now=NOW)
    restore_backup(target, _back_up(source, tmp_path), replace=False)
    with ledger_of(target) as ledger:
        assert handovers(ledger, mailing.id) == {"uncertain": 10}
        assert open_ring(ledger).fingerprints
        fill_more(ledger, "everyone", first=11, last=11)
        assert reader_id(ledger, 11) == 2_000_001


def test_ring_of_an_unused_ledger_gives_way_when_it_differs(here, elsewhere, tmp_path):
    with ledger_of(here) as ledger:
        fill_list(ledger, "everyone", readers=3)
        token = mint_mail_token(open_ring(ledger), list_id=1, subscriber_id=1, mailing_id=1)
    file = _back_up(here, tmp_path)
    show_keys(elsewhere)  # makes a first key
    done = restore_backup(elsewhere, file, replace=False)
    assert [path.name.startswith("keys-before-restore") for path in done.kept] == [True]
    with ledger_of(elsewhere) as ledger:
        assert read_mail_token(open_ring(ledger), token).subscriber_id == 1


def test_nothing_changes_when_the_rings_of_two_used_ledgers_differ(here, elsewhere, tmp_path):
    for place, readers in ((here, 3), (elsewhere, 4)):
        with ledger_of(place) as ledger:
            fill_list(ledger, "everyone", readers=readers)
            open_ring(ledger)
    with pytest.raises(Refused, match="key rings differ"):
        restore_backup(elsewhere, _back_up(here, tmp_path), replace=True)
    with ledger_of(elsewhere) as ledger:
        assert len(standings(ledger)) == 4
        open_ring(ledger)


def test_lost_ring_comes_back_when_it_is_in_the_backup(here, tmp_path):
    with ledger_of(here) as ledger:
        fill_list(ledger, "everyone", readers=3)
        token = mint_mail_token(open_ring(ledger), list_id=1, subscriber_id=1, mailing_id=1)
    file = _back_up(here, tmp_path)
    (here.settings.state / "keys.json").write_text("{}")
    restore_backup(here, file, replace=True)
    with ledger_of(here) as ledger:
        assert read_mail_token(open_ring(ledger), token).subscriber_id == 1


def test_backup_is_refused_when_it_is_of_another_newsletter(workspace, tmp_path):
    file = _back_up(workspace, tmp_path)
    other = dataclasses.replace(workspace.settings, list_id="other.example.org")
    with pytest.raises(Refused, match="another newsletter"):
        restore_backup(dataclasses.replace(workspace, settings=other), file, replace=True)


def _tamper(file, tmp_path, change):
    """The backup with its ledger changed, and hashes that fit."""
    import hashlib
    import io

    with tarfile.open(file) as tar:
        members = {one.name: tar.extractfile(one).read() for one in tar}
    (tmp_path / "tampered.db").write_bytes(members["ledger.db"])
    change(tmp_path / "tampered.db")
    content = members["ledger.db"] = (tmp_path / "tampered.db").read_bytes()
    manifest = json.loads(members["manifest.json"])
    sha256 = hashlib.sha256(content).hexdigest()
    manifest["members"]["ledger.db"] = {"size": len(content), "sha256": sha256}
    members["manifest.json"] = json.dumps(manifest).encode()
    with tarfile.open(file, "w:gz") as tar:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))


def _sql(words):
    def run(file):
        connection = sqlite3.connect(file)
        connection.executescript(words)
        connection.commit()
        connection.close()

    return run


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_sql("UPDATE alembic_version SET version_num = '0999'"), "newer version"),
        (_sql("DROP TABLE alembic_version"), "another program"),
        (_sql("CREATE TRIGGER t AFTER INSERT ON list BEGIN DELETE FROM suppression; END"), "no ledger holds"),
        (_sql("PRAGMA foreign_keys = OFF; DELETE FROM list"), "refer to others"),
        (lambda file: file.write_bytes(b"notes"), "not a database"),
        (lambda file: file.write_bytes(file.read_bytes()[:8192]), "damaged"),
    ],
)
def test_nothing_changes_when_the_ledger_in_the_backup_is_unfit(workspace, tmp_path, change, words):
    with ledger_of(workspace) as ledger:
        fill_list(ledger, "everyone", readers=3)
    file = _back_up(workspace, tmp_path)
    _tamper(file, tmp_path, change)
    with pytest.raises((BadFile, BadState), match=words):
        restore_backup(workspace, file, replace=True)
    with ledger_of(workspace) as ledger:
        assert len(standings(ledger)) == 3
    assert not list(workspace.settings.state.glob(".work-*"))


def _damage(file):
    content = bytearray(file.read_bytes())
    content[100:4096] = os.urandom(3996)
    file.write_bytes(content)


def test_damaged_ledger_is_kept_and_replaced_when_asked_for(workspace, tmp_path):
    with ledger_of(workspace) as ledger:
        fill_list(ledger, "everyone", readers=3)
    file = _back_up(workspace, tmp_path)
    rotate_keys(workspace)
    _damage(workspace.settings.state / "ledger.db")
    damaged = (workspace.settings.state / "ledger.db").read_bytes()
    with pytest.raises(Conflict, match="is damaged"):
        restore_backup(workspace, file, replace=False)
    assert (workspace.settings.state / "ledger.db").read_bytes() == damaged
    done = restore_backup(workspace, file, replace=True)
    assert done.lessons.unread == ("everything in it",)
    assert (done.kept[0] / "ledger.db").read_bytes() == damaged
    with ledger_of(workspace) as ledger:
        assert len(standings(ledger)) == 3
        assert set(open_ring(ledger).fingerprints) == {1, 2}
        assert "was damaged" in restored_since(ledger).words


def test_who_left_stays_out_when_only_another_part_is_damaged(workspace, tmp_path):
    with ledger_of(workspace) as ledger:
        start(ledger, readers=2000)
    file = _back_up(workspace, tmp_path)
    with ledger_of(workspace) as ledger:
        unsubscribe(ledger, 1)
        suppress(ledger, 2)
    _damage_table(workspace.settings.state / "ledger.db", "delivery")
    done = restore_backup(workspace, file, replace=True)
    assert (done.lessons.departed, done.lessons.suppressed) == (1, 1)
    assert done.lessons.unread == ("what became of deliveries",)
    with ledger_of(workspace) as ledger:
        assert standings(ledger)[address(1), "everyone"] == "unsubscribed"


def _damage_table(file, table):
    connection = sqlite3.connect(file)
    (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    content = bytearray(file.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    file.write_bytes(content)


def test_emptied_file_is_replaced_without_asking_when_restored(workspace, tmp_path):
    with ledger_of(workspace) as ledger:
        fill_list(ledger, "everyone", readers=3)
    file = _back_up(workspace, tmp_path)
    (workspace.settings.state / "ledger.db").write_bytes(b"")
    restore_backup(workspace, file, replace=False)
    with ledger_of(workspace) as ledger:
        assert len(standings(ledger)) == 3


RESTORE_AND_DIE = """
import os, pathlib, signal, sys
from trax_mailer.settings import DatabaseSettings, Secret
from trax_mailer.workflows import restore, restore_damaged
from trax_mailer.workflows.wiring import open_workspace
from workflows.moving import at
folder, state, backup, url, password, point = sys.argv[1:]
database = DatabaseSettings(url=url, password=Secret(password))
workspace = at(open_workspace(pathlib.Path(folder)), pathlib.Path(state), database)
for module in (restore, restore_damaged):
    if hasattr(module, point):
        def doomed(*arguments, _real=getattr(module, point), **more):
            _real(*arguments, **more)
            os.kill(os.getpid(), signal.SIGKILL)
        setattr(module, point, doomed)
restore.restore_backup(workspace, pathlib.Path(backup), replace=True)
"""


def _restore_and_die(workspace, backup, point):
    database = workspace.settings.database
    arguments = [workspace.root, workspace.settings.state, backup, database.url, database.password.reveal()]
    done = subprocess.run(
        [sys.executable, "-c", RESTORE_AND_DIE, *map(str, arguments), point],
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(["tests", *sys.path])},
        capture_output=True,
    )
    assert done.returncode == -9, done.stderr.decode()[-2000:]


@pytest.mark.parametrize("point", ["write_out", "put_ring", "copy_rows"])
def test_old_ledger_stays_whole_when_the_restore_is_killed(moved, tmp_path, point):
    with ledger_of(moved) as ledger:
        fill_list(ledger, "everyone", readers=3)
        token = mint_mail_token(open_ring(ledger), list_id=1, subscriber_id=1, mailing_id=1)
    file = _back_up(moved, tmp_path)
    with ledger_of(moved) as ledger:
        fill_more(ledger, "everyone", first=4, last=5)
    rotate_keys(moved)
    _restore_and_die(moved, file, point)
    with ledger_of(moved) as ledger:
        assert len(standings(ledger)) == 5
        assert restored_since(ledger) is None
        ring = open_ring(ledger)
        assert set(ring.fingerprints) == {1, 2}
        assert read_mail_token(ring, token)
    restore_backup(moved, file, replace=True)
    with ledger_of(moved) as ledger:
        assert len(standings(ledger)) == 3
    assert not list(moved.settings.state.glob(".work-*"))


@pytest.mark.parametrize("point", ["open_ring", "put_ring"])
def test_empty_ledger_works_with_its_ring_when_the_restore_is_killed(here, elsewhere, tmp_path, point):
    with ledger_of(here) as ledger:
        fill_list(ledger, "everyone", readers=3)
    file = _back_up(here, tmp_path)
    show_keys(elsewhere)
    _restore_and_die(elsewhere, file, point)
    assert [line.id for line in show_keys(elsewhere)] == [1]
    restore_backup(elsewhere, file, replace=False)
    with ledger_of(elsewhere) as ledger:
        assert len(standings(ledger)) == 3
        open_ring(ledger)


@pytest.mark.parametrize("point", ["conclude", "put_ring"])
def test_damaged_ledger_stays_when_the_restore_over_it_is_killed(workspace, tmp_path, point):
    with ledger_of(workspace) as ledger:
        fill_list(ledger, "everyone", readers=3)
    file = _back_up(workspace, tmp_path)
    _damage(workspace.settings.state / "ledger.db")
    damaged = (workspace.settings.state / "ledger.db").read_bytes()
    _restore_and_die(workspace, file, point)
    assert (workspace.settings.state / "ledger.db").read_bytes() == damaged
    restore_backup(workspace, file, replace=True)
    with ledger_of(workspace) as ledger:
        assert len(standings(ledger)) == 3


def test_nothing_changes_when_there_is_no_room(workspace, tmp_path, monkeypatch):
    with ledger_of(workspace) as ledger:
        fill_list(ledger, "everyone", readers=3)
    file = _back_up(workspace, tmp_path)

    def full(*_arguments, **_more):
        raise BadState("The disk is full.")

    monkeypatch.setattr(restore, "write_out", full)
    with pytest.raises(BadState, match="full"):
        restore_backup(workspace, file, replace=True)
    with ledger_of(workspace) as ledger:
        assert len(standings(ledger)) == 3
        assert restored_since(ledger) is None
