import datetime as dt
import mailbox
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select, update

from delivery.letters import ENVELOPE
from events.ledgers import add_sent_mailing, rows, stored
from events.logs import MARK, accepted, postfix, tried
from events.webhook import KEY, body_of, event, signed
from trax_mailer.audience.standing import bring_to
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.mailing import Handover, Outcome
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.settings import SendGridSettings, Settings
from trax_mailer.storage import open_ledger, open_ring, schema
from trax_mailer.storage.acts import acts_about, add_act
from trax_mailer.storage.subscriptions import steps_of
from trax_mailer.tokens import mint_mail_token
from trax_mailer.workflows.bounces import read_bounces_in
from trax_mailer.workflows.evidence import read_bounces, read_log
from trax_mailer.workflows.webhook import webhook_of
from trax_mailer.workflows.wiring import Workspace

SAMPLES = Path(__file__).parents[1] / "events" / "mail" / "samples"
SENT = dt.datetime(2026, 3, 3, 9, 30, tzinfo=dt.UTC)
DATE = b"Tue, 03 Mar 2026 10:31:07 +0100"


def sample(name):
    return (SAMPLES / f"{name}.eml").read_bytes()


def send(ledger, at=SENT):
    """One more mailing to everybody, accepted at that moment."""
    mailing_id = add_sent_mailing(ledger, readers=6, handover=Handover.ACCEPTED)
    ours = schema.delivery.c.mailing_id == mailing_id
    with ledger.write() as connection:
        connection.execute(
            update(schema.mailing).where(schema.mailing.c.id == mailing_id).values(started_at=at)
        )
        connection.execute(update(schema.delivery).where(ours).values(changed_at=at))
        ana = schema.delivery.c.subscriber_id == 5
        connection.execute(update(schema.delivery).where(ours, ana).values(address="Ana@example.org"))
    return mailing_id


def subscribe(ledger, kind=ActKind.IMPORT, *, at=SENT - dt.timedelta(days=30), readers=range(1, 7)):
    with ledger.write() as connection:
        act_id = add_act(connection, Act(kind=kind, at=at))
        said = SubscriptionState.SUBSCRIBED
        bring_to(connection, readers, said, list_id=1, kind=kind, act_id=act_id, now=at)


def prepare(ledger):
    send(ledger)
    subscribe(ledger)
    with ledger.write() as connection:
        connection.execute(
            update(schema.subscriber)
            .where(schema.subscriber.c.id == 5)
            .values(address="ana@example.org", email="Ana@example.org")
        )


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request, tmp_path):
    """A workspace whose mailing 1 was accepted for six readers; reader 5 is ana@example.org."""
    further = {"database": request.getfixturevalue("server_place")} if request.param == "postgresql" else {}
    yield from workspace_at(tmp_path, **further)


@pytest.fixture
def lite(tmp_path):
    yield from workspace_at(tmp_path)


def workspace_at(folder, **further):
    settings = Settings(root=folder, state=folder / "state", **further)
    with open_ledger(settings.state, settings.database) as ledger:
        prepare(ledger)
        yield Workspace(settings=settings), ledger


@pytest.fixture
def read(tmp_path):
    """Let messages lie in a Maildir, and read it."""

    def reading(workspace, *contents, **how):
        shutil.rmtree(tmp_path / "Maildir", ignore_errors=True)
        box = mailbox.Maildir(tmp_path / "Maildir")
        for content in contents:
            box.add(content)
        return read_bounces_in(workspace, tmp_path / "Maildir", **how)

    return reading


def states(ledger):
    with ledger.read() as connection:
        table = schema.subscription
        return {row.subscriber_id: row.state.value for row in connection.execute(select(table))}


def suppressed(ledger):
    with ledger.read() as connection:
        return connection.scalars(select(schema.suppression.c.address)).all()


def test_reader_is_not_mailed_again_when_the_address_is_gone(place, read):
    workspace, ledger = place
    found = read(workspace, sample("postfix_unknown_user"), sample("postfix_mailbox_full"))
    assert [(one.delivery, one.state.value, one.lists) for one in found.consequences] == [
        ("1.5", "bounced", (1,))
    ]
    assert (found.new, found.unknown, found.unproven, found.to_look_at) == (2, 0, 0, [])
    assert states(ledger) == {5: "bounced"} | dict.fromkeys((1, 2, 3, 4, 6), "subscribed")
    assert rows(ledger)[5][1] is Outcome.BOUNCED


@pytest.mark.parametrize("way", ["Maildir", "mbox", "message"])
def test_nothing_is_new_when_the_same_lies_there_again(lite, read, tmp_path, way):
    workspace, ledger = lite
    content = sample("without_our_message_id")
    read(workspace, content, sample("feedback_abuse"))
    before = states(ledger), stored(ledger), suppressed(ledger)
    send(ledger, at=SENT + dt.timedelta(minutes=20))  # a later copy that the report could be about as well
    path = tmp_path / way
    if way == "mbox":
        box = mailbox.mbox(path)
        box.add(content)
        box.close()
    elif way == "message":
        path.write_bytes(content)
    found = read_bounces_in(workspace, path)
    assert (found.new, found.consequences) == (0, [])
    assert (states(ledger), stored(ledger), suppressed(ledger)) == before


def test_reader_is_suppressed_when_a_provider_reports_a_complaint(place, read):
    workspace, ledger = place
    [found] = read(workspace, sample("feedback_abuse")).consequences
    assert found.suppressed
    assert states(ledger)[5] == "complained"
    assert suppressed(ledger) == ["ana@example.org"]


@pytest.mark.parametrize(
    ("subscriber", "mailing", "believed"), [(5, 1, True), (4, 1, False), (5, 2, False), (None, 1, False)]
)
def test_redacted_complaint_is_believed_when_it_returns_the_way_out(
    lite, read, subscriber, mailing, believed
):
    workspace, ledger = lite
    token = "B" * 44
    if subscriber:
        ring = open_ring(ledger)
        token = mint_mail_token(ring, list_id=1, subscriber_id=subscriber, mailing_id=mailing)
    found = read(workspace, sample("feedback_redacted").replace(b"A" * 44, token.encode()))
    assert (states(ledger)[5] == "complained") is believed
    assert found.unproven == (not believed)


@pytest.mark.parametrize("name", ["postfix_unknown_user", "exim_plain", "feedback_abuse", "qmail_no_mailbox"])
def test_nobody_bounces_when_a_report_counts_on_from_another_readers_number(lite, read, name):
    """Every reader knows the Message-ID of their own copy, and that others' have other numbers."""
    workspace, ledger = lite
    forged = sample(name).replace(b"1.5.69a6aa18", b"1.4.69a6aa18").replace(b"r1@", b"forged@")
    found = read(workspace, forged)
    assert (found.unproven, found.consequences) == (1, [])
    assert set(states(ledger).values()) == {"subscribed"}
    assert rows(ledger)[4][1] is Outcome.UNKNOWN


def test_logs_and_evidence_have_the_same_consequences_and_the_same_caution(lite, tmp_path):
    workspace, ledger = lite
    (tmp_path / "mail.log").write_text(
        "".join(
            postfix(
                *accepted("4XyZ1", 1), tried("4XyZ1", 1, "bounced", dsn="5.1.1", words="no"),
                *accepted("4XyZ2", 2), tried("4XyZ2", 3, "bounced", dsn="5.1.1", words="no"),
            )
        )
    )  # fmt: skip
    read_log(workspace, 1, tmp_path / "mail.log")
    (tmp_path / "one.eml").write_bytes(sample("postfix_unknown_user"))
    read_bounces(workspace, 1, tmp_path / "one.eml")
    assert [who for who, state in states(ledger).items() if state == "bounced"] == [1, 5]


@pytest.mark.parametrize(("days", "known"), [(0, True), (13, True), (15, False), (-1, False)])
def test_report_is_about_the_last_copy_when_it_names_the_address_alone(lite, read, days, known):
    workspace, ledger = lite
    when = (SENT + dt.timedelta(days=days, minutes=5)).strftime("%a, %d %b %Y %H:%M:%S +0000").encode()
    found = read(workspace, sample("without_our_message_id").replace(DATE, when))
    assert found.unknown == (not known)
    assert states(ledger)[5] == ("bounced" if known else "subscribed")


def test_report_is_left_out_when_nobody_knows_whom_it_is_about(lite, read):
    workspace, ledger = lite
    stranger = sample("without_our_message_id").replace(b"ana@", b"stranger@")
    found = read(workspace, stranger, sample("message_id_of_another_ledger"), sample("bounce_of_a_bounce"))
    assert (found.unknown, found.unproven) == (3, 0)
    assert (found.new, found.consequences, stored(ledger)) == (0, [], [])


def test_reader_who_asks_by_mail_is_taken_off_when_they_answer_their_own_copy(place, read):
    workspace, ledger = place
    found = read(workspace, sample("unsubscribe"), sample("unsubscribe_in_french"))
    assert (found.left, found.to_look_at) == (["1.5"], [])
    assert states(ledger)[5] == "unsubscribed"
    with ledger.read() as connection:
        assert steps_of(connection, 5)[-1].act_id == acts_about(connection, 5)[-1].id
        assert acts_about(connection, 5)[-1].kind is ActKind.MAIL
    assert read(workspace, sample("unsubscribe")).left == []


@pytest.mark.parametrize(
    "content",
    [
        sample("unsubscribe_out_of_the_blue"),
        sample("unsubscribe").replace(b"Ana <ana@", b"Ana <somebody.else@"),
        sample("unsubscribe").replace(b"1.5.69a6aa18", b"1.4.69a6aa18"),
        sample("unsubscribe").replace(b"1.5.69a6aa18", b"1.5.69a6aa19"),
    ],
)
def test_wish_to_leave_is_for_staff_when_nobody_can_be_sure(lite, read, content):
    workspace, ledger = lite
    found = read(workspace, content)
    assert found.left == []
    [one] = found.to_look_at
    assert "asks to leave" in one.reason
    assert one.place.startswith("new/")
    assert set(states(ledger).values()) == {"subscribed"}


def test_wish_to_leave_is_over_when_the_reader_came_back_since(lite, read):
    workspace, ledger = lite
    read(workspace, sample("unsubscribe"))
    subscribe(ledger, ActKind.CONFIRMATION, at=SENT + dt.timedelta(days=2), readers=[5])
    found = read(workspace, sample("unsubscribe"))
    assert (found.left, found.to_look_at) == ([], [])
    assert states(ledger)[5] == "subscribed"


def everything():
    return [path.read_bytes() for path in sorted(SAMPLES.glob("*.eml"))]


def test_nothing_is_changed_when_it_is_a_dry_run_and_the_same_is_said(place, read):
    workspace, ledger = place
    before = states(ledger), stored(ledger), suppressed(ledger), rows(ledger)
    tried_out = read(workspace, *everything(), dry_run=True)
    assert (states(ledger), stored(ledger), suppressed(ledger), rows(ledger)) == before
    done = read(workspace, *everything())
    assert tried_out.messages == done.messages
    assert (tried_out.new, tried_out.consequences) == (done.new, done.consequences)
    assert tried_out.left == ["1.5"]
    assert states(ledger)[5] == "complained"
    assert sorted(done.messages.items()) == [
        ("answer", 1), ("auto-reply", 4), ("bounce", 33), ("challenge", 2), ("complaint", 2), ("leaving", 3),
        ("other", 5), ("unclear", 2),
    ]  # fmt: skip


def test_no_person_is_in_the_ledger_or_in_what_is_told(lite, read, tmp_path):
    workspace, ledger = lite
    found = read(workspace, *everything())
    said = "".join(row.reason for row in stored(ledger))
    with ledger.read() as connection:
        for act in connection.execute(select(schema.act)):
            said += f"{act.words} {act.source} {act.details}"
    assert "5.1.1" in said
    for private in ("ana@", "192.0.2", "stranger"):
        assert private not in said
        assert private not in repr(found)


def test_message_is_left_for_a_person_when_it_cannot_be_understood(lite, read):
    workspace, _ = lite
    found = read(workspace, sample("unknown_daemon"), b"Content-Type: multipart/mixed; boundary=b\n\n" * 100)
    assert sorted(one.reason for one in found.to_look_at) == [
        "a mail system wrote it, in no form that is known",
        "it has too many parts within parts",
    ]


def post(ledger, *events, folder):
    settings = Settings(root=folder, state=folder, sendgrid=SendGridSettings(webhook_key=KEY))
    webhook = webhook_of(ledger, settings, clock=lambda: SENT + dt.timedelta(hours=1))
    body = body_of(list(events))
    webhook.take_in(signed(body), body)


def test_same_follows_when_sendgrid_posts_it(place, tmp_path):
    _, ledger = place
    at = int(SENT.timestamp()) + 60
    post(
        ledger,
        event("bounce", 1, at=at, type="bounce", status="5.1.1", reason="550 5.1.1 unknown"),
        event("bounce", 2, at=at, type="bounce", status="5.0.0", reason="500 unknown recipient",
              bounce_classification="Invalid Address"),
        event("bounce", 3, at=at, type="blocked", status="5.7.1", reason="554 policy"),
        event("spamreport", 4, at=at),
        event("dropped", 6, at=at, reason="Bounced Address"),
        folder=tmp_path,
    )  # fmt: skip
    assert states(ledger) == {
        1: "bounced", 2: "bounced", 3: "subscribed", 4: "complained", 5: "subscribed", 6: "bounced"
    }  # fmt: skip
    assert suppressed(ledger) == ["reader4@example.org"]


def test_mark_of_the_samples_is_the_one_of_the_ledger():
    assert f"{int(ENVELOPE.sent_at.timestamp()):x}@upr-info.example" == MARK == "69a6aa18@upr-info.example"
