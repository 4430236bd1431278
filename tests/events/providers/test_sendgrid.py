import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from events.webhook import KEY, NAMES, body_of, event, ours, published, signed
from trax_mailer.errors import BadWorkspace
from trax_mailer.events import SendGridEvents, Unreadable
from trax_mailer.model.event import EventKind

VECTOR = published("signature_known_answer.json")
VECTOR_BODY = base64.b64decode(VECTOR["body_base64"])
VECTOR_HEADERS = {
    "x-twilio-email-event-webhook-signature": VECTOR["signature"],
    "x-twilio-email-event-webhook-timestamp": VECTOR["timestamp"],
}
SIGNATURE, TIMESTAMP = VECTOR_HEADERS

EXPECTED = {
    "account_status_change.json": [],
    "batch_out_of_order_with_duplicates.json": [
        (1, "act"), (1, "delivered"), (1, "act"), (1, "processed"), (1, "delivered"), (1, "delivered"),
        (5, "bounced"), (None, "bounced"),
    ],
    "bounce_async_no_message_id.json": [(None, "bounced")],
    "bounce_blocked.json": [(6, "blocked")],
    "bounce_blocked_mailbox_full.json": [(7, "blocked")],
    "bounce_expired_after_72h.json": [(8, "blocked")],
    "bounce_hard.json": [(5, "bounced")],
    "category_as_string.json": [(20, "delivered")],
    "click.json": [(1, "act")],
    "click_text_part.json": [(16, "act")],
    "deferred.json": [(3, "deferred")],
    "deferred_reason_form.json": [(4, "deferred")],
    "delivered.json": [(1, "delivered")],
    "dropped_bounced.json": [(11, "dropped")],
    "dropped_invalid.json": [(13, "dropped")],
    "dropped_spam_reporting.json": [(12, "dropped")],
    "dropped_unsubscribed.json": [(10, "dropped")],
    "group_resubscribe.json": [(19, "act")],
    "group_unsubscribe.json": [(19, "left")],
    "open_human.json": [(1, "act")],
    "open_machine_apple_mpp.json": [(14, "act")],
    "open_without_machine_flag.json": [(15, "act")],
    "processed.json": [(1, "processed")],
    "processed_ip_pool_scheduled.json": [(2, "processed")],
    "spamreport.json": [(17, "complained")],
    "unknown_event_type.json": [],
    "unsubscribe_global.json": [(18, "left")],
}  # fmt: skip


def read(*events):
    return [one.report for one in posted(*events) if one.report]


def posted(*events):
    return list(SendGridEvents(KEY).read(body_of(list(events))))


def summary(reports):
    return [
        (
            int(one.message_id.split(".")[1]) if one.message_id else None,
            "act" if one.by_reader else str(one.kind),
        )
        for one in reports
    ]


def test_published_vector_is_genuine_when_nothing_was_changed():
    assert VECTOR_BODY.endswith(b"\r\n")
    assert SendGridEvents(VECTOR["public_key"]).is_genuine(VECTOR_HEADERS, VECTOR_BODY)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (VECTOR_BODY.rstrip(b"\r\n"), {}),
        (VECTOR_BODY.replace(b"\r\n", b"\n"), {}),
        (VECTOR_BODY + b" ", {}),
        (b"", {}),
        (VECTOR_BODY, {TIMESTAMP: "1600112503"}),
        (VECTOR_BODY, {TIMESTAMP: "1600112502 "}),
        (VECTOR_BODY, {TIMESTAMP: ""}),
        (VECTOR_BODY, {SIGNATURE: ""}),
        (VECTOR_BODY, {SIGNATURE: "MEUCIGHQ"}),
        (VECTOR_BODY, {SIGNATURE: "not base64 é"}),
        (VECTOR_BODY, {SIGNATURE: VECTOR["signature"][::-1]}),
        (VECTOR_BODY, {TIMESTAMP: "１６００１１２５０２"}),
    ],
)
def test_body_is_not_genuine_when_anything_differs(body, headers):
    assert not SendGridEvents(VECTOR["public_key"]).is_genuine({**VECTOR_HEADERS, **headers}, body)


def test_body_is_not_genuine_when_any_one_byte_differs():
    provider = SendGridEvents(VECTOR["public_key"])
    for place in range(len(VECTOR_BODY)):
        other = bytearray(VECTOR_BODY)
        other[place] ^= 1
        assert not provider.is_genuine(VECTOR_HEADERS, bytes(other))


def test_body_is_not_genuine_when_another_key_or_no_header_signed_it():
    assert not SendGridEvents(KEY).is_genuine(VECTOR_HEADERS, VECTOR_BODY)
    assert not SendGridEvents(KEY).is_genuine({}, VECTOR_BODY)


def test_body_is_genuine_when_it_was_signed_long_ago():
    body = body_of([])
    assert SendGridEvents(KEY).is_genuine(signed(body, timestamp="946684800"), body)


@pytest.mark.parametrize(
    "key", [KEY, f"  {KEY[:40]}\n{KEY[40:]}\n", f"-----BEGIN PUBLIC KEY-----\n{KEY}\n-----END"]
)
def test_key_is_taken_when_it_was_copied_with_blanks_or_as_pem(key):
    body = body_of([])
    assert SendGridEvents(key).is_genuine(signed(body), body)


def other_curve():
    key = ec.generate_private_key(ec.SECP384R1()).public_key()
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


@pytest.mark.parametrize("key", ["SG.secret", KEY[:-8], KEY[4:], "é", "AAAA", other_curve()])
def test_key_is_refused_in_words_when_it_is_none(key):
    with pytest.raises(BadWorkspace, match=r"sendgrid\.webhook_key") as refused:
        SendGridEvents(key)
    assert key not in str(refused.value)


def test_every_published_event_has_an_expectation():
    assert sorted(EXPECTED) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_published_event_is_read(name):
    assert summary(read(*ours(name))) == EXPECTED[name]


@pytest.mark.parametrize("name", NAMES)
def test_event_is_left_out_when_it_has_no_mark_of_ours(name):
    assert {one.message_id for one in read(*published(name))} <= {""}


@pytest.mark.parametrize("name", NAMES)
def test_no_person_is_in_what_was_read(name):
    [one, *_] = published(name)
    said = repr(read(*ours(name)))
    for private in ("email", "ip", "useragent", "url"):
        assert one.get(private, "missing") not in said


def test_reports_differ_when_deferrals_do_and_not_by_the_providers_own_id():
    first = event("deferred", attempt="1", sg_event_id="a")
    apart = [one.apart for one in read(first, first | {"sg_event_id": "b"}, first | {"attempt": "2"})]
    assert apart[0] == apart[1] != apart[2]


@pytest.mark.parametrize(
    "bad",
    [
        None, 1, "delivered", [], {}, {"event": "delivered"},
        event("delivered") | {"timestamp": "soon"},
        event("delivered") | {"timestamp": None},
        event("delivered") | {"timestamp": True},
        event("delivered") | {"timestamp": 1e300},
        event("delivered") | {"timestamp": float("nan")},
        event("delivered") | {"timestamp": float("inf")},
        event("delivered") | {"timestamp": -1},
        event("delivered") | {"timestamp": 10**30},
        event("delivered") | {"mark": 7},
        event("delivered") | {"event": ["delivered"]},
    ],
)  # fmt: skip
def test_other_events_are_read_when_one_is_bad(bad):
    assert summary(read(event("processed"), bad, event("delivered"))) == [(1, "processed"), (1, "delivered")]


@pytest.mark.parametrize(
    ("further", "kind"),
    [
        ({"type": ["blocked"]}, EventKind.BLOCKED),
        ({"type": "expired"}, EventKind.BLOCKED),
        ({"type": "bounce"}, EventKind.BOUNCED),
        ({}, EventKind.BOUNCED),
    ],
)
def test_only_a_bounce_is_held_against_the_address(further, kind):
    [report] = read(event("bounce", **further))
    assert report.kind is kind


def test_event_is_read_when_a_server_spoke_another_encoding():
    body = body_of([event("bounce", reason="550 bo?te pleine"), event("delivered", 2)])
    [bounced, delivered] = SendGridEvents(KEY).read(b"\xef\xbb\xbf" + body.replace(b"bo?te", b"bo\xeete"))
    assert "te pleine" in bounced.report.reason
    assert delivered.report.kind is EventKind.DELIVERED


def test_event_is_read_when_another_holds_an_absurd_number():
    body = body_of([event("delivered")]).replace(b"[", b'[{"timestamp": %b},' % (b"9" * 9_000), 1)
    assert len(list(SendGridEvents(KEY).read(body))) == 1


@pytest.mark.parametrize("reason", [{"a": 1}, 5, None, "", "\ud800\x00\x1b[31m words"])
def test_words_can_be_stored_when_they_are_odd(reason):
    [report] = read(event("bounce", reason=reason))
    report.reason.encode()
    assert "\x00" not in report.reason


def test_time_of_what_a_reader_did_is_kept_to_the_day_only():
    [report] = read(event("open"))
    assert (report.occurred_at.hour, report.occurred_at.minute, report.occurred_at.second) == (0, 0, 0)
    assert (report.reason, report.apart) == ("", "")


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"null", b'"delivered"', b"[", b"[" * 200_000, b"event=delivered", b"\xff\xfe["]
)
def test_body_is_unreadable_when_it_is_no_array(body):
    with pytest.raises(Unreadable):
        SendGridEvents(KEY).read(body)
