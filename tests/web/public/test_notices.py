import signal
import subprocess
import sys
import threading
import time

import pytest
from sqlalchemy import update

from contracts.smtp_server import drop_after_dot, raw_server
from trax_mailer.errors import Conflict
from trax_mailer.settings import SmtpSettings
from trax_mailer.storage import schema
from trax_mailer.workflows.engines.presence import NO_MAILING
from trax_mailer.workflows.engines.telling import Teller
from trax_mailer.workflows.notice_rounds import NOTICE_LANE, NoticeRounds, notices_beside
from web.front import KNOWN
from web.public.conftest import KINDS

NEW = "amina@example.net"
both = pytest.mark.parametrize("front", KINDS, indirect=True)


def smtp(port, **further):
    return SmtpSettings(host="127.0.0.1", port=port, security="none", **further)


def standing(front):
    return [(row.state, row.tries) for row in front.notices()]


@both
def test_notice_waits_longer_each_time_when_it_is_put_off(front, inbox):
    front.subscribe(NEW)
    inbox.replies = lambda step, _address: "451 later" if step == "RCPT" else None
    for tries, minutes in enumerate((1, 5, 15, 60, 60), start=1):
        assert front.work() == ["throttled"]
        assert standing(front) == [("queued", tries)]
        assert front.work() == []
        front.later(minutes=minutes, seconds=1)
    inbox.replies = lambda _step, _address: None
    assert front.work() == ["accepted"]
    assert len(front.mails(NEW)) == 1
    assert [act.kind for act in front.acts()].count("form") == 1
    front.post(front.link(NEW))
    assert front.state(NEW) == "subscribed"


def test_notice_fails_when_nobody_takes_it_for_a_day(front, inbox):
    front.subscribe(NEW)
    inbox.replies = lambda step, _address: "451 later" if step == "RCPT" else None
    front.later(hours=25)
    assert front.work() == ["throttled"]
    assert standing(front) == [("failed", 1)]


def test_notice_fails_when_the_address_is_refused_for_good(front, inbox):
    front.subscribe(NEW)
    inbox.replies = lambda step, _address: "550 no such mailbox" if step == "RCPT" else None
    assert front.work() == ["rejected"]
    assert standing(front) == [("failed", 1)]
    front.later(hours=2)
    assert front.work() == []


@both
def test_notice_is_never_sent_again_when_its_answer_was_not_seen(front):
    front.subscribe(NEW)
    with raw_server(drop_after_dot) as port:
        cut_off = front.but(smtp=smtp(port, timeout=5, answer_timeout=5))
        assert cut_off.work() == ["uncertain"]
    assert standing(front) == [("uncertain", 1)]
    front.later(hours=3)
    assert front.work() == []
    assert front.mails() == []


def test_notice_of_a_killed_process_is_uncertain_and_not_sent_again(front):
    front.subscribe(NEW)
    front.subscribe(KNOWN)
    with front.ledger.write() as connection:
        first = front.notices()[0].id
        connection.execute(
            update(schema.notice).where(schema.notice.c.id == first).values(state="calling", tries=1)
        )
    assert front.work() == ["accepted"]
    assert standing(front) == [("uncertain", 1), ("sent", 1)]
    assert [mail["to"] for mail in front.mails()] == [KNOWN]


def test_claim_is_committed_before_the_call(front, inbox):
    """Whatever kills the process during the call, the ledger knows that it was made."""
    front.subscribe(NEW)
    seen = []

    def look(step, _address):
        if step == "DATA":
            seen.append(standing(front))

    inbox.replies = look
    front.work()
    assert seen == [[("calling", 1)]]


def test_notice_waits_when_nothing_can_be_handed_over(front):
    front.subscribe(NEW)
    closed = front.but(smtp=smtp(1, timeout=2))
    assert closed.work() == ["not_sent"]
    assert standing(front) == [("queued", 1)]


def test_notices_are_forgotten_after_two_days(front):
    front.subscribe(NEW)
    front.post("/me", {"email": KNOWN})
    front.work()
    front.later(hours=47)
    front.desk.tidy()
    assert len(front.notices()) == 2
    front.later(hours=2)
    front.desk.tidy()
    assert front.notices() == []


@both
def test_one_process_at_a_time_sends_when_several_run(front):
    said = []
    with front.ledger.lane_lock(NO_MAILING, lane=NOTICE_LANE):
        front.subscribe(NEW)
        with notices_beside(front.public, say=said.append) as beside:
            beside.start()
            time.sleep(1.5)
            NoticeRounds(front.public, teller=Teller(said.append)).send_waiting(threading.Event())
            with pytest.raises(Conflict), front.ledger.lane_lock(NO_MAILING, lane=NOTICE_LANE):
                pass
        assert front.mails() == []
    with notices_beside(front.public, say=said.append) as beside:
        beside.start()
        until = time.monotonic() + 20
        while not front.mails() and time.monotonic() < until:
            time.sleep(0.05)
    assert len(front.mails(NEW)) == 1
    assert said == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"public_url": ""}, "public_url"),
        ({"transport": ""}, "names no transport"),
        ({"smtp": SmtpSettings()}, "smtp.host"),
    ],
)
def test_person_is_told_when_nothing_can_be_sent_from_here(front, changed, words):
    said = []
    with notices_beside(front.but(**changed).public, say=said.append) as beside:
        beside.start()
    assert words in said[0]


def test_file_is_written_when_the_transport_is_a_folder(front, tmp_path):
    there = front.but(transport="folder", outbox=tmp_path / "outbox")
    there.subscribe(NEW)
    assert there.work() == ["accepted"]
    [file] = (tmp_path / "outbox").rglob("*.eml")
    assert f"To: {NEW}" in file.read_text("utf-8")


WORK = """
import sys
from dataclasses import replace
from pathlib import Path
from trax_mailer.settings import SmtpSettings, load_settings
from trax_mailer.workflows.engines.presence import NO_MAILING
from trax_mailer.workflows.engines.telling import Teller
from trax_mailer.workflows.notice_rounds import NOTICE_LANE
from trax_mailer.workflows.notices import NoticeDesk
from trax_mailer.workflows.public import open_public
settings = load_settings(Path(sys.argv[1]), environ={}, state=Path(sys.argv[2]))
smtp = SmtpSettings(host="127.0.0.1", port=int(sys.argv[3]), security="none")
with open_public(replace(settings, transport="smtp", smtp=smtp)) as public:
    desk = NoticeDesk(public.settings, public.ledger, public.ring, public.catalogues)
    with public.ledger.lane_lock(NO_MAILING, lane=NOTICE_LANE) as lock:
        desk.begin()
        while desk.send_one(lock) is not None:
            pass
"""


def test_nobody_is_mailed_twice_when_the_sender_is_killed_in_a_call(front, inbox):
    """A real process, killed when the server has the message and has not answered yet."""
    front.subscribe(NEW)
    front.subscribe(KNOWN)
    taken = threading.Event()
    delays = iter([True])

    def slowly(step, _address):
        if step == "DATA" and next(delays, False):
            taken.set()
            time.sleep(1.5)

    inbox.replies = slowly
    settings = front.public.settings
    arguments = [settings.root, settings.state, settings.smtp.port]
    with subprocess.Popen([sys.executable, "-c", WORK, *map(str, arguments)]) as sender:
        assert taken.wait(30)
        sender.send_signal(signal.SIGKILL)
    time.sleep(2)
    assert front.work() == ["accepted"]
    assert [state for state, _tries in standing(front)] == ["uncertain", "sent"]
    assert len(front.mails(KNOWN)) == 1
    assert len(front.mails(NEW)) <= 1
