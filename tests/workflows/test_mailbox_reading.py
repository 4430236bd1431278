"""A real IMAP server, and lines to it that break, hang, and lead elsewhere."""

import json
import socket
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest

from contracts.certificates import make_authority
from imap_server import PASSWORD, USER, ImapServer, find_dovecot
from postgres import require
from trax_mailer.errors import BadWorkspace, ProviderError, Refused
from trax_mailer.settings import BouncesSettings, Secret, Settings
from trax_mailer.storage import bookmarks, open_ledger
from trax_mailer.workflows import mailbox_reading
from trax_mailer.workflows.bounces import read_imap
from trax_mailer.workflows.bounces_beside import bounces_beside
from workflows.test_bounces import prepare, sample, states


@pytest.fixture(scope="module")
def dovecot():
    """A running IMAP server. In CI, a test never does without it."""
    require("dovecot-imapd", find_dovecot)
    server = ImapServer()
    yield server
    server.close()


@pytest.fixture
def server(dovecot, monkeypatch):
    """The server with an empty mailbox; its certificate is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.authority))
    dovecot.empty()
    return dovecot


@pytest.fixture
def settings(server, tmp_path):
    bounces = BouncesSettings(
        host="localhost", port=server.tls, username=USER, password=Secret(PASSWORD), timeout=5
    )
    return Settings(root=tmp_path, state=tmp_path / "state", bounces=bounces)


@pytest.fixture
def ledger(settings):
    with open_ledger(settings.state) as opened:
        prepare(opened)
        yield opened


def through(settings, **changed):
    return replace(settings, bounces=replace(settings.bounces, **changed))


def numbers(found):
    return dict(found.messages), found.new


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_what_lies_in_the_folder_is_taken_in_once(server, settings, ledger, security):
    settings = through(settings, security=security, port=server.tls if security == "tls" else server.plain)
    server.add(sample("postfix_unknown_user"), sample("vacation"), sample("ordinary_mail"))
    found = read_imap(settings, ledger)
    assert numbers(found) == ({"bounce": 1, "auto-reply": 1, "other": 1}, 1)
    assert [one.delivery for one in found.consequences] == ["1.5"]
    assert numbers(read_imap(settings, ledger)) == ({}, 0)
    server.add(sample("feedback_abuse"))
    assert numbers(read_imap(settings, ledger)) == ({"complaint": 1}, 1)
    assert states(ledger)[5] == "complained"


def test_nothing_in_the_folder_is_changed(server, settings, ledger):
    server.add(sample("postfix_unknown_user"), sample("unsubscribe"))
    read_imap(settings, ledger)
    flags = [message.get_flags() for message in server.box]
    assert flags == ["", ""]


def test_another_folder_is_read_when_the_settings_name_it(server, settings, ledger):
    server.add(sample("feedback_abuse"))
    server.box.get_folder("Reports").add(sample("vacation"))
    server.add()
    assert numbers(read_imap(through(settings, folder="Reports"), ledger))[0] == {"auto-reply": 1}


def test_folder_is_read_whole_when_it_was_numbered_anew(server, settings, ledger):
    server.add(sample("vacation"), sample("postfix_unknown_user"))
    read_imap(settings, ledger)
    time.sleep(1.1)  # Dovecot numbers by the second
    server.empty()
    server.add(sample("postfix_unknown_user"))
    found = read_imap(settings, ledger)
    assert numbers(found) == ({"bounce": 1}, 0)
    assert found.consequences == []


def test_message_is_told_of_again_as_long_as_a_person_has_to_look_at_it(server, settings, ledger):
    server.add(sample("unknown_daemon"), sample("vacation"), sample("unsubscribe_out_of_the_blue"))
    places = [one.place for one in read_imap(settings, ledger).to_look_at]
    assert places == ["message 1", "message 3"]
    assert [one.place for one in read_imap(settings, ledger).to_look_at] == places
    server.box.remove(next(key for key, one in server.box.items() if "Something" in one["Subject"]))
    assert [one.place for one in read_imap(settings, ledger).to_look_at] == ["message 3"]


def test_everything_is_read_again_and_nothing_is_new_when_the_bookmark_was_not_written(
    server, settings, ledger, monkeypatch
):
    server.add(sample("postfix_unknown_user"), sample("without_our_message_id"), sample("unsubscribe"))

    def killed(*_arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(mailbox_reading, "write_bookmark", killed)
        patched.setattr(mailbox_reading, "_parts", lambda uids, _size: [[one] for one in uids])
        with pytest.raises(KeyboardInterrupt):
            read_imap(settings, ledger)
    first = read_imap(settings, ledger)
    assert sum(first.messages.values()) == 3
    assert states(ledger)[5] == "unsubscribed"
    bookmark = next(settings.state.glob("mailbox-*.json"))
    bookmark.write_bytes(b'{"validity": "never"')
    again = read_imap(settings, ledger)
    assert sum(again.messages.values()) == 3
    assert (again.new, again.consequences, again.left) == (0, [], [])


def test_dry_run_leaves_no_bookmark(server, settings, ledger):
    server.add(sample("postfix_unknown_user"))
    assert numbers(read_imap(settings, ledger, dry_run=True)) == ({"bounce": 1}, 1)
    assert list(settings.state.glob("mailbox-*")) == []
    assert states(ledger)[5] == "subscribed"


def test_large_message_is_read_as_far_as_its_report_goes(server, settings, ledger):
    server.add(sample("postfix_domain_gone") + b"x" * 72 * 200_000)
    assert states(ledger)[5] == "subscribed"
    read_imap(settings, ledger)
    assert states(ledger)[5] == "bounced"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"password": Secret("wrong")}, "refused the login"),
        ({"username": "nobody-here"}, "refused the login"),
        ({"folder": "Bounces"}, "does not open the folder “Bounces”"),
        ({"port": 1}, "cannot be used"),
        ({"host": "nowhere.invalid"}, "cannot be used"),
    ],
)
def test_reading_is_refused_in_words_when_the_server_does_not_let_it(settings, ledger, changed, words):
    with pytest.raises(ProviderError, match=words) as refused:
        read_imap(through(settings, **changed), ledger)
    assert refused.value.advice
    for secret in (PASSWORD, "wrong", USER + "@"):
        assert secret not in str(refused.value)


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"host": ""}, Refused, "names no mailbox"),
        ({"password": Secret("")}, BadWorkspace, "no login"),
        ({"username": ""}, BadWorkspace, "no login"),
        ({"folder": "Rückläufer"}, BadWorkspace, "letters"),
        ({"security": "none", "host": "mail.example.org"}, BadWorkspace, "unencrypted"),
    ],
)
def test_reading_is_refused_in_words_when_the_settings_cannot_be_used(
    settings, ledger, changed, error, words
):
    with pytest.raises(error, match=words):
        read_imap(through(settings, **changed), ledger)


def test_reading_is_refused_when_the_certificate_is_somebody_elses(settings, ledger, monkeypatch, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(make_authority(other)[0]))
    with pytest.raises(ProviderError, match="no certificate that can be trusted"):
        read_imap(settings, ledger)


@contextmanager
def line_to(port, *, most=None):
    """A line to the server that ends after so many bytes of it; without `port`, one that stays silent."""
    listening = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def carry(source, target, left):
        with source, target:
            with suppress(OSError):
                while (left is None or left > 0) and (data := source.recv(1024)):
                    target.sendall(data if left is None else data[:left])
                    left = None if left is None else left - len(data)
            for end in (source, target):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def run():
        try:
            caller, _ = listening.accept()
        except OSError:
            return
        if port is None:
            over.wait(30)
            caller.close()
            return
        server = socket.create_connection(("127.0.0.1", port))
        back = threading.Thread(target=carry, args=(caller, server, None))
        back.start()
        carry(server, caller, most)
        back.join()

    thread = threading.Thread(target=run)
    thread.start()
    yield listening.getsockname()[1]
    over.set()
    listening.close()
    thread.join(10)


@pytest.mark.parametrize(("most", "kept"), [(10, {0}), (600, {0}), (1600, {0, 1, 2}), (2300, {1, 2, 3})])
def test_rest_is_read_next_time_when_the_line_breaks(server, settings, ledger, most, kept):
    server.add(*(sample(name) for name in ("vacation", "unsubscribe", "postfix_unknown_user")))
    with line_to(server.plain, most=most) as port:
        broken = through(settings, security="none", port=port, host="localhost")
        with pytest.raises(ProviderError, match=r"left off in the midst of it|cannot be used"):
            read_imap(broken, ledger)
    marks = [json.loads(file.read_bytes())["uid"] for file in settings.state.glob("mailbox-*.json")]
    assert max(marks, default=0) in kept
    read_imap(through(settings, security="none", port=server.plain), ledger)
    found = read_imap(settings, ledger)  # under its other name the folder is read anew
    assert (sum(found.messages.values()), found.new) == (3, 0)
    assert states(ledger)[5] == "unsubscribed"


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_reading_ends_in_time_when_the_server_is_silent(settings, ledger, security):
    started = time.monotonic()
    with line_to(None) as port, pytest.raises(ProviderError, match=r"no answer within 1 seconds|timed out"):
        read_imap(through(settings, port=port, security=security, timeout=1), ledger)
    assert time.monotonic() - started < 4


def test_reading_stops_between_parts_when_it_is_told_to(server, settings, ledger):
    server.add(sample("vacation"))
    assert numbers(read_imap(settings, ledger, stop=lambda: True)) == ({}, 0)
    assert numbers(read_imap(settings, ledger)) == ({"auto-reply": 1}, 0)


def wait_for(what):
    give_up = time.monotonic() + 20
    while not what():
        assert time.monotonic() < give_up
        time.sleep(0.02)


def test_mailbox_is_read_beside_other_work_and_trouble_is_told_once(server, settings, ledger):
    said = []
    server.add(sample("postfix_unknown_user"))
    quick = through(settings, every_minutes=0.001)
    with bounces_beside(quick, ledger, say=said.append) as beside:
        beside.start()
        wait_for(lambda: states(ledger)[5] == "bounced")
        wait_for(lambda: len(said) == 2)
    assert said[1] == "Bounces: new reports: 1; readers not mailed any more: 1."
    wrong = through(quick, password=Secret("wrong"))
    with bounces_beside(wrong, ledger, say=said.append) as beside:
        beside.start()
        wait_for(lambda: len(said) == 4)
    assert "refused the login" in said[3]


def test_nothing_is_read_beside_when_no_mailbox_is_named(settings, ledger):
    said = []
    with bounces_beside(through(settings, host=""), ledger, say=said.append) as beside:
        beside.start()
    assert said == []


def test_bookmark_comes_back_as_it_was_written(tmp_path):
    mark = bookmarks.Bookmark(validity=7, uid=12, left=tuple(range(600)))
    bookmarks.write_bookmark(tmp_path, "a", mark)
    read = bookmarks.read_bookmark(tmp_path, "a")
    assert read == replace(mark, left=tuple(range(100, 600)))
    assert bookmarks.read_bookmark(tmp_path, "b") is None
    assert [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()] == [0o600]
