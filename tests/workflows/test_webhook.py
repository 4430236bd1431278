import datetime as dt

import pytest

from events.ledgers import add_sent_mailing, handovers, rows, stored
from events.webhook import KEY, NAMES, body_of, event, ours, published, signed
from trax_mailer.errors import BadWorkspace
from trax_mailer.model.mailing import Handover, Outcome
from trax_mailer.settings import SendGridSettings, Settings
from trax_mailer.storage import open_ledger
from trax_mailer.workflows.webhook import Intake, sendgrid_events, webhook_of

NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def ledger(request, tmp_path):
    database = request.getfixturevalue("database") if request.param == "postgresql" else None
    with open_ledger(tmp_path / "state", database) as opened:
        add_sent_mailing(opened, readers=20)
        yield opened


@pytest.fixture
def lite(tmp_path):
    with open_ledger(tmp_path / "state") as opened:
        add_sent_mailing(opened, readers=20)
        yield opened


def settings(tmp_path, key):
    return Settings(root=tmp_path, state=tmp_path, sendgrid=SendGridSettings(webhook_key=key))


@pytest.fixture
def post(tmp_path):
    known = {}

    def posted(ledger, *events, **changed):
        webhook = known.setdefault(id(ledger), webhook_of(ledger, settings(tmp_path, KEY), clock=lambda: NOW))
        body = body_of(list(events))
        return webhook.take_in(signed(body) | changed, body)

    return posted


def test_readers_are_settled_when_events_are_posted(ledger, post):
    history = ours("batch_out_of_order_with_duplicates.json")
    assert post(ledger, *history) is Intake.KEPT
    assert rows(ledger)[1][:2] == (Handover.ACCEPTED, Outcome.DELIVERED)
    assert rows(ledger)[5][:2] == (Handover.ACCEPTED, Outcome.BOUNCED)
    assert handovers(ledger)[2] == "uncertain"
    assert [(row.subscriber_id, row.kind) for row in sorted(stored(ledger), key=lambda row: row.kind)] == [
        (5, "bounced"), (1, "delivered"), (1, "processed"),
    ]  # fmt: skip


def test_nothing_changes_when_the_same_events_come_46_times_under_new_ids(ledger, post):
    history = ours("batch_out_of_order_with_duplicates.json")
    post(ledger, *history)
    before = rows(ledger), stored(ledger)
    for number in range(46):
        post(ledger, *(one | {"sg_event_id": f"again-{number}"} for one in reversed(history)))
    assert (rows(ledger), stored(ledger)) == before


def test_500_events_are_taken_in_at_once(ledger, post):
    several = [event("delivered", 1 + number % 20, at=1795000000 + number) for number in range(500)]
    assert post(ledger, *several) is Intake.KEPT
    assert len(stored(ledger)) == 500
    assert set(handovers(ledger).values()) == {"accepted"}


def test_events_can_be_stored_when_their_words_are_odd(ledger, post):
    odd = "550 \x00 \ud800 \N{BELL} %s {} '; DROP TABLE event; --"
    assert post(ledger, event("bounce", reason=odd), event("delivered", 2)) is Intake.KEPT
    assert handovers(ledger)[1] == handovers(ledger)[2] == "accepted"


@pytest.mark.parametrize("name", NAMES)
def test_every_published_event_proves_acceptance_or_changes_nothing(lite, post, name):
    proves = any("mark" in one and one["event"] != "future_event_kind" for one in ours(name))
    assert post(lite, *ours(name)) is Intake.KEPT
    assert ("accepted" in handovers(lite).values()) is proves


@pytest.mark.parametrize("name", NAMES)
def test_nothing_changes_when_events_are_another_programs(lite, post, name):
    assert post(lite, *published(name)) is Intake.KEPT
    assert stored(lite) == []
    assert set(handovers(lite).values()) == {"uncertain"}


@pytest.mark.parametrize(
    "foreign", [event("delivered", mark="69a6aa19@upr-info.example"), event("delivered", mailing=2)]
)
def test_nothing_changes_when_events_are_another_ledgers(lite, post, foreign):
    assert post(lite, foreign) is Intake.KEPT
    assert stored(lite) == []


def test_nothing_is_looked_at_when_the_signature_is_false(lite, post):
    later = {"x-twilio-email-event-webhook-timestamp": "1795000001"}
    assert post(lite, event("delivered"), **later) is Intake.FORGED
    assert stored(lite) == []


def test_body_is_told_apart_when_it_is_signed_and_no_array(lite, tmp_path):
    webhook = webhook_of(lite, settings(tmp_path, KEY))
    body = b'{"event": "delivered"}'
    assert webhook.take_in(signed(body), body) is Intake.UNREADABLE


def test_event_waits_when_it_comes_before_the_answer_was_written_down(tmp_path, post):
    with open_ledger(tmp_path / "state") as ledger:
        add_sent_mailing(ledger, handover=Handover.CALLING)
        post(ledger, event("delivered", 2), event("open", 3))
        assert set(handovers(ledger).values()) == {"calling"}
        assert [(row.subscriber_id, row.kind) for row in stored(ledger)] == [
            (2, "delivered"),
            (3, "processed"),
        ]


def test_nothing_of_what_readers_do_is_kept_when_it_is_known_that_they_were_reached(tmp_path, post):
    with open_ledger(tmp_path / "state") as ledger:
        add_sent_mailing(ledger, handover=Handover.ACCEPTED)
        for name in NAMES:
            post(ledger, *(one for one in ours(name) if one["event"] in {"open", "click"}))
        assert stored(ledger) == []


def test_no_person_is_in_the_ledger_when_every_event_was_taken_in(lite, post, tmp_path):
    said = "550 5.1.1 <{}>: {} is unknown, says 203.0.113.8"
    for name in NAMES:
        for one in ours(name):
            email = one.get("email", "")
            post(lite, one | {"reason": said.format(email, email.partition("@")[0])})
    lite.close()
    content = b"".join(path.read_bytes() for path in (tmp_path / "state").glob("ledger.db*"))
    assert b"says" in content
    for private in (b"gone", b"reader.example.net", b"203.0.113", b"Mozilla", b"https://news", b"icloud"):
        assert private not in content


def test_there_is_no_reader_of_events_when_no_key_is_set(tmp_path):
    assert sendgrid_events(settings(tmp_path, "")) is None
    with pytest.raises(BadWorkspace):
        sendgrid_events(settings(tmp_path, "SG.not-this-one"))
