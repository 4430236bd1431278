import os
import stat

import pytest

from delivery.letters import letter, recipient
from trax_mailer.delivery.transports.base import Verdict
from trax_mailer.delivery.transports.folder import FolderTransport


@pytest.fixture
def transport(tmp_path):
    opened = FolderTransport(tmp_path / "outbox")
    opened.open(letter())
    return opened


def test_one_private_file_a_delivery_lies_in_the_mailings_folder(transport, tmp_path):
    transport.send([recipient(1), recipient(2)], batch=1)
    folder = tmp_path / "outbox" / "7"
    assert sorted(file.name for file in folder.iterdir()) == ["7.1.eml", "7.2.eml"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_nothing_counts_as_sent():
    assert FolderTransport.simulated


def test_sending_stops_with_the_reason_when_the_folder_cannot_be_made(tmp_path):
    in_the_way = tmp_path / "outbox"
    in_the_way.write_text("a file")
    transport = FolderTransport(in_the_way)
    transport.open(letter())
    answer = transport.send([recipient()], batch=1)
    assert answer.verdict is Verdict.STOPPED
    assert "cannot be written" in answer.reason


def test_files_before_the_failure_are_accepted_when_the_disk_fails(transport, tmp_path, monkeypatch):
    def fail_at_second(descriptor, mode):
        opened.append(descriptor)
        if len(opened) == 2:
            os.close(descriptor)
            raise OSError(28, "No space left on device")
        return fdopen(descriptor, mode)

    opened, fdopen = [], os.fdopen
    monkeypatch.setattr(os, "fdopen", fail_at_second)
    answer = transport.send([recipient(1), recipient(2), recipient(3)], batch=1)
    assert [answer.of(f"7.{number}").verdict for number in (1, 2, 3)] == [
        Verdict.ACCEPTED,
        Verdict.STOPPED,
        Verdict.STOPPED,
    ]
    assert "No space left" in answer.reason
    assert [file.name for file in (tmp_path / "outbox" / "7").iterdir()] == ["7.1.eml"]
