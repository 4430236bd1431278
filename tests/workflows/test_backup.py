import stat
import threading
import time

import pytest
from sqlalchemy import func, select

from delivery.mailings import ScriptedTransport
from trax_mailer.delivery import Answer, Verdict
from trax_mailer.errors import BadState, Conflict, Refused
from trax_mailer.storage import open_ledger, schema
from trax_mailer.storage.backup_file import read_backup
from trax_mailer.workflows.backup import make_backup
from trax_mailer.workflows.keys import rotate_keys
from workflows.moving import at, ledger_of, start, work

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=KINDS)
def moved(request, workspace, tmp_path):
    """The workspace, with an empty ledger on each database."""
    on_server = request.param == "postgresql"
    return at(workspace, tmp_path / "state", request.getfixturevalue("database") if on_server else None)


def _unpack(backup, folder):
    folder.mkdir()
    about = read_backup(backup.file, folder)
    return about, open_ledger(folder)


def test_backup_holds_everything_when_it_is_made(moved, tmp_path):
    with ledger_of(moved) as ledger:
        mailing = start(ledger)
        work(ledger, mailing.id)
    made = make_backup(moved, tmp_path / "b.tar.gz", force=False)
    assert made.size == made.file.stat().st_size
    about, ledger = _unpack(made, tmp_path / "unpacked")
    with ledger, ledger.read() as connection:
        for table in schema.metadata.sorted_tables:
            found = connection.execute(select(func.count()).select_from(table)).scalar_one()
            assert about.counts[table.name] == made.counts[table.name] == found
    assert (tmp_path / "unpacked" / "keys.json").read_bytes() == (
        tmp_path / "state" / "keys.json"
    ).read_bytes()
    assert made.counts["delivery"] == 10
    assert about.kind == ("postgresql" if moved.settings.database.url else "sqlite")


def test_only_the_backup_is_left_when_it_is_made(moved, tmp_path):
    (tmp_path / "out").mkdir()
    make_backup(moved, tmp_path / "out", force=False)
    (only,) = (tmp_path / "out").iterdir()
    assert only.name.startswith("trax-backup-")
    assert not list((tmp_path / "state").glob(".work-*"))


def test_backup_is_consistent_when_it_is_made_while_sending(moved, tmp_path):
    """Taken again and again while two lanes claim and record: each is one moment of the ledger."""
    backups, stop = [], threading.Event()

    def back_up():
        while not stop.is_set() or not backups:
            backups.append(make_backup(moved, tmp_path / f"{len(backups)}.tar.gz", force=False))

    def answer(_recipients):
        if len(transport.calls) in {15, 45}:  # or the send could be over before the first backup is
            begun, give_up = len(backups) + 2, time.monotonic() + 30
            while len(backups) < begun and time.monotonic() < give_up:
                time.sleep(0.01)
        return Answer(verdict=Verdict.ACCEPTED)

    transport = ScriptedTransport(answer, window=2)
    with ledger_of(moved) as ledger:
        mailing = start(ledger, readers=160, lanes=2)
        thread = threading.Thread(target=back_up)
        thread.start()
        try:
            work(ledger, mailing.id, transport, lanes=2)
        finally:
            stop.set()
            thread.join(60)
    moments = set()
    for number, made in enumerate(backups):
        _, ledger = _unpack(made, tmp_path / f"unpacked{number}")
        with ledger, ledger.read() as connection:
            moments.add(_check(connection))
    assert max(moments) <= 160
    assert len(moments) > 1


def _check(connection):
    """The invariants that every moment keeps; returns how many were accepted."""
    delivery, batch = schema.delivery, schema.batch
    assert connection.execute(select(func.count()).select_from(delivery)).scalar_one() == 160
    states = {
        row[0]: row[1]
        for row in connection.execute(select(delivery.c.handover, func.count()).group_by(delivery.c.handover))
    }
    assert sum(states.values()) == 160
    # Nobody is in a call whose batch is not, and no batch in a call is without anybody.
    calling = select(delivery.c.batch_id).where(delivery.c.handover == "calling").distinct()
    claimed = select(batch.c.id).where(batch.c.state == "calling")
    assert set(connection.scalars(calling)) == set(connection.scalars(claimed))
    lost = select(func.count()).select_from(delivery).outerjoin(batch).where(batch.c.id.is_(None))
    assert connection.execute(lost).scalar_one() == 0
    return states.get("accepted", 0)


def test_backup_is_put_beside_the_ledger_when_no_file_is_named(workspace):
    made = make_backup(workspace, None, force=False)
    assert made.file.parent == workspace.settings.state / "backups"
    assert stat.S_IMODE(made.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.file.parent.stat().st_mode) == 0o700


def test_backup_is_refused_when_git_would_publish_it(workspace):
    for file in (workspace.root / "b.tar.gz", workspace.root / "issues"):
        with pytest.raises(Refused, match="lies in the workspace"):
            make_backup(workspace, file, force=False)


def test_file_is_kept_when_it_exists(workspace, tmp_path):
    (tmp_path / "b").write_text("mine")
    with pytest.raises(Conflict, match="exists already"):
        make_backup(workspace, tmp_path / "b", force=False)
    assert (tmp_path / "b").read_text() == "mine"
    make_backup(workspace, tmp_path / "b", force=True)
    assert (tmp_path / "b").read_bytes().startswith(b"\x1f\x8b")


def test_backup_is_refused_when_the_keys_are_lost(workspace, tmp_path):
    rotate_keys(workspace)
    (workspace.settings.state / "keys.json").unlink()
    with pytest.raises(BadState, match="missing"):
        make_backup(workspace, tmp_path / "b", force=False)
    assert not (tmp_path / "b").exists()


def test_backup_is_refused_when_the_ledger_is_damaged(workspace, tmp_path):
    with ledger_of(workspace) as ledger:
        start(ledger, readers=2000)
    make_backup(workspace, tmp_path / "first", force=False)
    file = workspace.settings.state / "ledger.db"
    content = bytearray(file.read_bytes())
    middle = len(content) // 8192 * 4096
    content[middle : middle + 4096] = b"\xff" * 4096
    file.write_bytes(content)
    with pytest.raises(BadState, match="damaged"):
        make_backup(workspace, tmp_path / "b", force=False)
    assert not (tmp_path / "b").exists()
