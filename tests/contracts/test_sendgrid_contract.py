"""SendGrid's contract where the transports differ, checked by Prism against the strict OpenAPI file."""

import dataclasses

import pytest

from contracts.http_server import Request
from contracts.rigs import sendgrid_settings
from delivery.letters import letter, recipient
from trax_mailer.delivery.transports.base import Verdict
from trax_mailer.delivery.transports.sendgrid import SendGridTransport

pytestmark = pytest.mark.prism


def test_thousand_recipients_go_in_one_call_without_a_violation(mock_api, monkeypatch):
    import trax_mailer.delivery.transports.sendgrid.transport as module

    replies = []

    def spy(method, **arguments):
        replies.append(call(method, **arguments))
        return replies[-1]

    call = module.call
    monkeypatch.setattr(module, "call", spy)
    transport = SendGridTransport(sendgrid_settings(mock_api))
    transport.open(letter())
    many = [recipient(number) for number in range(1, 1001)]
    answer = transport.send(many, batch=31)
    assert answer.verdict is Verdict.ACCEPTED
    assert answer.per_recipient == {}
    assert answer.provider_reference
    [reply] = replies
    assert reply.status == 202
    assert "sl-violations" not in reply.headers


def test_prism_refuses_when_a_rule_is_broken(checked_api, recorder, monkeypatch):
    """The suite above proves something only if Prism does refuse."""
    import trax_mailer.delivery.transports.sendgrid.transport as module

    monkeypatch.setattr(module, "shared_body", lambda *_: {"from": {"email": "a@example.org"}, "nonsense": 1})
    recorder.requests.clear()
    transport = SendGridTransport(sendgrid_settings(checked_api))
    transport._letter = letter()
    assert transport.send([recipient()], batch=1).verdict is Verdict.STOPPED
    assert recorder.requests == []


def body_of(rig, *recipients, **envelope):
    rig.transport.open(letter(**envelope))
    rig.transport.send(recipients, batch=31)
    request: Request = rig.recorder.requests[-1]
    return request.json


def test_every_tracking_is_switched_off_in_words(sendgrid_rig):
    body = body_of(sendgrid_rig, recipient())
    assert body["tracking_settings"] == {
        "click_tracking": {"enable": False, "enable_text": False},
        "open_tracking": {"enable": False},
        "subscription_tracking": {"enable": False},
        "ganalytics": {"enable": False},
    }
    assert "asm" not in body
    assert "mail_settings" not in body


def test_letter_that_was_asked_for_passes_the_unsubscribes_alone(sendgrid_rig):
    sendgrid_rig.transport.open(dataclasses.replace(letter(), requested=True))
    assert sendgrid_rig.transport.send([recipient()], batch=31).verdict is Verdict.ACCEPTED
    body = sendgrid_rig.recorder.requests[-1].json
    assert body["mail_settings"] == {"bypass_unsubscribe_management": {"enable": True}}


def test_ids_are_strings_without_personal_data(sendgrid_rig):
    one = recipient(5, name="Ana")
    [part] = body_of(sendgrid_rig, one)["personalizations"]
    ids = {"mailing": "7", "batch": "31", "delivery": "7.5", "mark": one.message_id}
    assert part["custom_args"] == ids


def test_name_of_a_reader_holds_no_separators(sendgrid_rig):
    [part] = body_of(sendgrid_rig, recipient(name='Smith; Ana, "x"'))["personalizations"]
    assert part["to"] == [{"email": "reader1@example.org", "name": 'Smith Ana "x"'}]


def test_name_is_left_out_when_the_reader_has_none(sendgrid_rig):
    [part] = body_of(sendgrid_rig, recipient(name=" ;"))["personalizations"]
    assert part["to"] == [{"email": "reader1@example.org"}]


def test_every_reader_has_a_personalization_of_their_own(sendgrid_rig):
    body = body_of(sendgrid_rig, recipient(1), recipient(2))
    assert [[to["email"] for to in part["to"]] for part in body["personalizations"]] == [
        ["reader1@example.org"],
        ["reader2@example.org"],
    ]


def test_address_goes_once_a_call_when_two_readers_share_it(sendgrid_rig):
    first, second = recipient(1, email="same@example.org"), recipient(2, email="SAME@example.org")
    sendgrid_rig.transport.open(letter())
    answer = sendgrid_rig.transport.send([first, second], batch=1)
    assert answer.of(first.delivery).verdict is Verdict.ACCEPTED
    assert (answer.of(second.delivery).verdict, answer.retry_after) == (Verdict.NOT_SENT, 0)
    assert len(sendgrid_rig.received()) == 1


def test_tags_occur_in_no_value_when_a_value_looks_like_one(sendgrid_rig):
    [before] = body_of(sendgrid_rig, recipient())["personalizations"]
    guess = next(iter(before["substitutions"]))
    body = body_of(sendgrid_rig, recipient(name=f"I am {guess}"))
    [part] = body["personalizations"]
    assert guess not in part["substitutions"]
    for tag in part["substitutions"]:
        assert not any(tag in value for value in part["substitutions"].values())


def test_headers_hold_no_tag(sendgrid_rig):
    [part] = body_of(sendgrid_rig, recipient())["personalizations"]
    for tag in part["substitutions"]:
        assert not any(tag in value for value in part["headers"].values())
        assert not any(tag in value for value in part["custom_args"].values())
