import json
import logging
import time
from email.utils import formatdate

import pytest

from contracts.http_server import HANG, RESET, Reply
from contracts.ports import free_port
from contracts.rigs import KEY, sendgrid_settings
from delivery.letters import asset, edition, letter, reader, recipient
from trax_mailer.delivery.transports.base import Verdict
from trax_mailer.delivery.transports.sendgrid import SendGridTransport, transport
from trax_mailer.errors import ProviderError
from trax_mailer.model.edition import SlotContext
from trax_mailer.providers.sendgrid.client import host_of
from trax_mailer.settings import Secret, SendGridSettings

READERS = [recipient(number) for number in range(1, 5)]


def open_transport(url, bound=None, **settings):
    opened = SendGridTransport(sendgrid_settings(url, **settings))
    opened.open(bound or letter())
    return opened


def send(url, recipients=READERS, **settings):
    return open_transport(url, **settings).send(recipients, batch=1)


def verdicts(answer, recipients=READERS):
    return [answer.of(one.delivery).verdict for one in recipients]


def errors(*pairs):
    return {"errors": [{"message": message, "field": field, "help": None} for message, field in pairs]}


def test_reference_is_kept_when_accepted(api):
    answer = send(api.url)
    assert (answer.verdict, answer.provider_reference) == (Verdict.ACCEPTED, "message-id-1")


def test_sandbox_is_not_taken_for_accepted_when_it_answers_200(api):
    api.answer = lambda _: Reply(200)
    assert verdicts(send(api.url)) == [Verdict.STOPPED] * 4


@pytest.mark.parametrize(
    "field", ["personalizations.2.to.0.email", "personalizations[2].to[0].email", "personalizations.2"]
)
def test_named_reader_fails_and_the_rest_goes_at_once_when_a_400_names_one(api, field):
    api.answer = lambda _: Reply(400, errors(("Does not contain a valid address.", field)))
    answer = send(api.url)
    assert verdicts(answer) == [Verdict.NOT_SENT, Verdict.NOT_SENT, Verdict.REJECTED, Verdict.NOT_SENT]
    assert answer.of("7.3").reason == "400 Does not contain a valid address."
    assert answer.retry_after == 0


def test_all_named_readers_fail_when_a_400_names_several(api):
    api.answer = lambda _: Reply(
        400, errors(("bad", "personalizations.0.to"), ("bad", "personalizations.3.to"))
    )
    assert verdicts(send(api.url)) == [
        Verdict.REJECTED,
        Verdict.NOT_SENT,
        Verdict.NOT_SENT,
        Verdict.REJECTED,
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"Bad Request",
        b"",
        b"[]",
        b'{"errors": "none"}',
        errors(("something is wrong", None)),
        errors(("something is wrong", "null")),
        errors(("something is wrong", "personalizations")),
        errors(("out of range", "personalizations.17.to")),
    ],
)
def test_whole_call_is_refused_for_halving_when_a_400_names_nobody(api, body):
    api.answer = lambda _: Reply(400, body)
    answer = send(api.url)
    assert answer.verdict is Verdict.REJECTED
    assert answer.per_recipient == {}


def test_mailing_stops_when_a_400_is_about_what_all_share(api):
    api.answer = lambda _: Reply(400, errors(("The from address is wrong", "from.email")))
    answer = send(api.url)
    assert answer.verdict is Verdict.STOPPED
    assert "The from address is wrong (from.email)" in answer.reason


def test_call_is_halved_when_too_large_and_stops_when_one_reader_is_too_large(api):
    api.answer = lambda _: Reply(413, errors(("content too large", None)))
    assert send(api.url).verdict is Verdict.REJECTED
    assert send(api.url, READERS[:1]).verdict is Verdict.STOPPED


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_mailing_stops_with_the_providers_words_when_nothing_may_be_sent(api, status):
    api.answer = lambda _: Reply(status, errors(("Maximum credits exceeded", None)))
    answer = send(api.url)
    assert answer.verdict is Verdict.STOPPED
    assert f"{status} Maximum credits exceeded" in answer.reason


def test_wait_is_the_one_asked_for_when_throttled(api):
    reset = str(int(time.time()) + 40)
    api.answer = lambda _: Reply(429, errors(("too many requests", None)), {"X-RateLimit-Reset": reset})
    answer = send(api.url)
    assert answer.verdict is Verdict.THROTTLED
    assert 35 <= answer.retry_after <= 41
    assert answer.hold == answer.retry_after


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"X-RateLimit-Reset": "soon"}, None),
        ({"X-RateLimit-Reset": "nan"}, None),
        ({"X-RateLimit-Reset": "inf"}, None),
        ({"X-RateLimit-Reset": "5"}, 1.0),
        ({"X-RateLimit-Reset": "99999999999"}, 3600),
        ({"X-RateLimit-Reset": "soon", "Retry-After": "7"}, 7),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0"}, 1.0),
        ({"Retry-After": "-7"}, 1.0),
        ({"Retry-After": "86400"}, 3600),
        ({"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"}, 1.0),
        ({"Retry-After": "Sun Nov  6 08:49:37 1994"}, 1.0),
        ({"Retry-After": "Fri, 31 Dec 2099 23:59:59 GMT"}, 3600),
        ({"Retry-After": "tomorrow"}, None),
        ({"Retry-After": "Fri, 99 Dec 2099 23:59:59 GMT"}, None),
    ],
)
def test_wait_is_sensible_when_the_throttle_says_something_else(api, headers, wait):
    api.answer = lambda _: Reply(429, b"slow down", headers)
    answer = send(api.url)
    assert answer.retry_after == wait
    assert answer.hold == (wait or 0)


def test_wait_is_until_the_date_when_the_throttle_names_one(api):
    until = formatdate(time.time() + 60, usegmt=True)
    api.answer = lambda _: Reply(429, b"slow down", {"Retry-After": until})
    assert 55 <= send(api.url).hold <= 61


@pytest.mark.parametrize(
    ("remaining", "reset_in", "least", "most"),
    [
        ("0", 40, 35, 41),
        ("-1", 40, 35, 41),
        ("1", 40, 0, 0),
        ("", 40, 0, 0),
        ("0", -5, 0, 0),
        ("0", 9**9, 3600, 3600),
    ],
)
def test_next_call_is_held_back_when_a_good_answer_leaves_no_call(api, remaining, reset_in, least, most):
    headers = {"X-RateLimit-Remaining": remaining, "X-RateLimit-Reset": str(int(time.time()) + reset_in)}
    api.answer = lambda _: Reply(202, headers={"X-Message-Id": "message-id-1"} | headers)
    answer = send(api.url)
    assert answer.verdict is Verdict.ACCEPTED
    assert least <= answer.hold <= most


@pytest.mark.parametrize("reset", [None, "soon"])
def test_nothing_is_held_back_when_no_time_is_given(api, reset):
    headers = {"X-RateLimit-Remaining": "0"} | ({"X-RateLimit-Reset": reset} if reset else {})
    api.answer = lambda _: Reply(202, headers=headers)
    assert send(api.url).hold == 0


def test_call_is_uncertain_and_the_next_held_back_when_the_server_asks_for_it(api):
    api.answer = lambda _: Reply(503, b"maintenance", {"Retry-After": "120"})
    answer = send(api.url)
    assert (answer.verdict, answer.hold) == (Verdict.UNCERTAIN, 120)


def test_next_call_is_held_back_when_a_call_did_not_carry_everybody(api):
    reset = str(int(time.time()) + 40)
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
    api.answer = lambda _: Reply(202, headers=headers)
    same = recipient(2, email=READERS[0].email)
    answer = send(api.url, [READERS[0], same])
    assert [answer.of(one.delivery).verdict for one in (READERS[0], same)] == [
        Verdict.ACCEPTED, Verdict.NOT_SENT,
    ]  # fmt: skip
    assert 35 <= answer.hold <= 41


@pytest.mark.parametrize(
    "answer", [Reply(500), Reply(502, b"<html>"), Reply(503), Reply(201), Reply(204), RESET]
)
def test_call_is_uncertain_when_the_answer_says_nothing_either_way(api, answer):
    api.answer = lambda _: answer
    assert verdicts(send(api.url)) == [Verdict.UNCERTAIN] * 4
    assert len(api.requests) == 1


def test_call_is_uncertain_when_no_answer_comes_in_time(api):
    api.answer = lambda _: HANG
    started = time.monotonic()
    answer = send(api.url, timeout=1)
    assert answer.verdict is Verdict.UNCERTAIN
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_key_and_mail_go_nowhere_else_when_redirected(api, status):
    api.answer = lambda _: Reply(status, headers={"Location": f"{api.url}/elsewhere"})
    assert send(api.url).verdict is Verdict.UNCERTAIN
    assert [request.path for request in api.requests] == ["/v3/mail/send"]


def test_nothing_was_sent_when_the_connection_is_refused():
    answer = send(f"http://127.0.0.1:{free_port()}")
    assert answer.verdict is Verdict.NOT_SENT
    assert "cannot be reached" in answer.reason


def test_nothing_was_sent_when_tls_fails(api):
    assert send(api.url.replace("http:", "https:")).verdict is Verdict.NOT_SENT


def test_nothing_was_sent_when_the_name_does_not_exist():
    assert send("https://api.does-not-exist.invalid").verdict is Verdict.NOT_SENT


def test_key_is_in_no_log_when_everything_is_logged(api, caplog):
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("python_http_client").setLevel(logging.DEBUG)
        logging.getLogger("python_http_client.client").setLevel(logging.DEBUG)
        send(api.url)
    assert api.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in caplog.text
    assert "reader1@example.org" not in caplog.text


def test_key_is_in_no_words_when_the_call_fails(api):
    api.answer = lambda _: Reply(401, errors(("authorization required", None)))
    opened = open_transport(api.url)
    assert KEY not in opened.send(READERS, batch=1).reason
    assert KEY not in repr(opened)


@pytest.mark.parametrize(
    ("settings", "host"),
    [
        ({}, "https://api.sendgrid.com"),
        ({"region": "eu"}, "https://api.eu.sendgrid.com"),
        ({"region": "eu", "host": "https://api.example.org/"}, "https://api.example.org"),
    ],
)
def test_calls_go_to_the_region_or_host_of_the_settings(settings, host):
    assert host_of(SendGridSettings(**settings)) == host


def test_opening_is_refused_without_a_key():
    with pytest.raises(ProviderError, match="no SendGrid key"):
        SendGridTransport(sendgrid_settings("https://api.sendgrid.com", api_key=Secret("")))


def test_opening_is_refused_when_the_key_would_travel_unencrypted():
    with pytest.raises(ProviderError, match="unencrypted"):
        SendGridTransport(sendgrid_settings("http://api.example.org"))


def test_letter_is_refused_when_it_has_more_slots_than_sendgrid_takes():
    many = tuple(reader(SlotContext.HTML, default=f"word {number}") for number in range(151))
    with pytest.raises(ProviderError, match="150"):
        open_transport("http://127.0.0.1:1", letter(edition(html=many)))


def test_reader_fails_in_words_when_the_values_are_longer_than_sendgrid_takes(api):
    long = recipient(2, name="x" * 10_000)
    readers = [READERS[0], long]
    answer = send(api.url, readers)
    assert verdicts(answer, readers) == [Verdict.ACCEPTED, Verdict.REJECTED]
    assert "10,000 bytes" in answer.of("7.2").reason


def test_reader_fails_in_words_when_the_address_is_international(api):
    readers = [READERS[0], recipient(2, email="ștefan@example.org")]
    answer = send(api.url, readers)
    assert verdicts(answer, readers) == [Verdict.ACCEPTED, Verdict.REJECTED]
    assert len(api.requests[0].json["personalizations"]) == 1


def test_subject_stays_one_clean_line_when_a_name_holds_control_characters(api):
    send(api.url, [recipient(name="Ana\r\nBcc: x@example.org\x1b\x07\x7f\x85Lu")])
    body = api.requests[0].json
    [part] = body["personalizations"]
    subject = body["subject"]
    for tag, value in part["substitutions"].items():
        subject = subject.replace(tag, value)
    assert subject == "[UPR Trax] No 58: Chișinău, Ana Bcc: x@example.org Lu"
    assert part["to"][0]["name"] == "Ana Bcc: x@example.org Lu"


def test_rest_is_left_for_the_next_call_when_the_body_would_be_too_large(api, monkeypatch):
    opened = open_transport(api.url)
    opened.send(READERS, batch=1)
    whole = len(api.requests.pop().body)
    monkeypatch.setattr(transport, "MOST_BYTES", whole - 500)
    answer = opened.send(READERS, batch=1)
    carried = [one.email for one in READERS[: len(api.requests[0].json["personalizations"])]]
    assert 0 < len(carried) < 4
    assert len(api.requests[0].body) < whole - 500
    assert verdicts(answer) == [Verdict.ACCEPTED] * len(carried) + [Verdict.NOT_SENT] * (4 - len(carried))
    assert (answer.retry_after, answer.provider_reference) == (0, "message-id-1")


def test_letter_is_refused_when_its_pictures_are_too_large():
    large = edition(html=("<p>",))
    picture = asset(bytes(24_000_000))
    bound = letter(
        type(large)(**{name: getattr(large, name) for name in large.__slots__} | {"assets": (picture,)}),
        pictures="embedded",
    )
    with pytest.raises(ProviderError, match="too large"):
        open_transport("http://127.0.0.1:1", bound)


def account(api, *, scopes=("mail.send",), domains=(), senders=(), status=200):
    def answer(request):
        path = request.path.partition("?")[0]
        if path == "/v3/scopes":
            return Reply(status, {"scopes": list(scopes)} if status == 200 else errors(("no access", None)))
        if path == "/v3/whitelabel/domains":
            return Reply(200, list(domains)) if domains is not None else Reply(403, errors(("no", None)))
        assert path == "/v3/verified_senders"
        return Reply(200, {"results": list(senders)}) if senders is not None else Reply(403, b"no")

    api.answer = answer
    found = SendGridTransport(sendgrid_settings(api.url)).preflight("trax@upr-info.example")
    assert all(request.method == "GET" for request in api.requests)
    return [finding.message for finding in found]


GOOD_DOMAIN = {"domain": "upr-info.example", "valid": True}
GOOD_SENDER = {"from_email": "TRAX@upr-info.example", "verified": True}


@pytest.mark.parametrize(
    "seen",
    [
        {"domains": [GOOD_DOMAIN]},
        {"senders": [GOOD_SENDER]},
        {"domains": None, "senders": [GOOD_SENDER]},
        {"domains": [GOOD_DOMAIN], "senders": None},
    ],
)
def test_account_is_good_when_the_key_may_send_and_the_sender_is_verified(api, seen):
    assert account(api, **seen) == []


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ({"status": 401}, "does not accept the key"),
        ({"scopes": ["stats.read"]}, "may not send mail"),
        ({}, "is no verified sender"),
        ({"domains": [{"domain": "upr-info.example", "valid": False}]}, "is no verified sender"),
        ({"domains": [{"domain": "other.example", "valid": True}]}, "is no verified sender"),
        ({"senders": [GOOD_SENDER | {"verified": False}]}, "is no verified sender"),
        ({"domains": None, "senders": None}, "cannot read whether"),
        ({"domains": ["nonsense", None, 3]}, "is no verified sender"),
    ],
)
def test_account_is_refused_with_the_reason_when_it_cannot_send(api, seen, words):
    [problem] = account(api, **seen)
    assert words in problem


@pytest.mark.parametrize(
    ("scopes", "reads"),
    [
        (["mail.send"], False),
        (["mail.send", "suppression.create", "suppressions.read"], False),
        (["mail.send", "suppression.bounces.read"], True),
        (["mail.send", "suppression.read", 7], True),
    ],
)
def test_transport_knows_whether_suppressions_may_be_read_when_it_has_asked(api, scopes, reads):
    api.answer = lambda request: Reply(200, {"scopes": scopes} if "scopes" in request.path else [GOOD_DOMAIN])
    transport = SendGridTransport(sendgrid_settings(api.url))
    assert transport.reads_suppressions is False
    transport.preflight("trax@upr-info.example")
    assert transport.reads_suppressions is reads


def test_account_is_refused_when_sendgrid_cannot_be_reached():
    url = f"http://127.0.0.1:{free_port()}"
    [finding] = SendGridTransport(sendgrid_settings(url)).preflight("trax@upr-info.example")
    assert "cannot be reached" in finding.message


def test_body_is_json_with_text_before_html(api):
    send(api.url)
    body = json.loads(api.requests[0].body)
    assert [part["type"] for part in body["content"]] == ["text/plain", "text/html"]
    assert api.requests[0].headers["content-type"] == "application/json"
