import base64
import socket

import pytest

from contracts.ports import free_port
from contracts.rigs import parse_message, smtp_settings
from contracts.smtp_server import PASSWORD, USER, Inbox, converse, drop_after_dot, mail_server, raw_server
from delivery.letters import letter, recipient
from trax_mailer.delivery.transports.base import Verdict
from trax_mailer.delivery.transports.smtp import SmtpTransport
from trax_mailer.settings import Secret

SENDER = "trax@upr-info.example"
PLAIN = {"security": "none", "username": "", "timeout": 2}
READERS = [recipient(number) for number in range(1, 4)]


def send(port, recipients=READERS, bound=None, **settings):
    with SmtpTransport(smtp_settings(port, **settings)) as transport:
        transport.open(bound or letter())
        return transport.send(recipients, batch=1)


def verdicts(answer, recipients=READERS):
    return [answer.of(one.delivery).verdict for one in recipients]


@pytest.fixture
def inbox():
    return Inbox()


@pytest.fixture
def secure_port(inbox, trusted):
    with mail_server(inbox, tls=trusted) as port:
        yield port


@pytest.fixture
def plain_port(inbox):
    with mail_server(inbox) as port:
        yield port


def test_messages_share_one_connection_when_sent_over_starttls_with_a_login(secure_port, inbox):
    assert verdicts(send(secure_port)) == [Verdict.ACCEPTED] * 3
    assert len(inbox.sessions) == 1
    assert [to for _, to, _ in inbox.messages] == [[one.email] for one in READERS]
    assert {sender for sender, _, _ in inbox.messages} == {SENDER}


def test_messages_go_through_when_tls_is_there_from_the_start(inbox, trusted):
    with mail_server(inbox, tls=trusted, implicit_tls=True) as port:
        assert verdicts(send(port, security="tls", username="")) == [Verdict.ACCEPTED] * 3


def test_server_gets_the_very_bytes_when_a_message_is_handed_over(plain_port, inbox):
    send(plain_port, [recipient()], **PLAIN)
    [(_, _, content)] = inbox.messages
    assert content.endswith(b"--\r\n")
    assert parse_message(content).to == "reader1@example.org"


def test_servers_words_are_kept_when_it_accepts(plain_port):
    answer = send(plain_port, [recipient()], **PLAIN)
    assert answer.of("7.1").reason == "OK queued as 1"


def test_sending_stops_when_the_certificate_is_of_nobody_trusted(inbox, authority):
    with mail_server(inbox, tls=authority[1]) as port:
        answer = send(port)
    assert verdicts(answer) == [Verdict.STOPPED] * 3
    assert "the certificate of localhost" in answer.reason
    assert inbox.messages == []


def test_sending_stops_when_the_server_offers_no_starttls(plain_port):
    answer = send(plain_port, security="starttls")
    assert verdicts(answer) == [Verdict.STOPPED] * 3
    assert "STARTTLS" in answer.reason


def test_sending_stops_without_showing_the_password_when_the_login_fails(secure_port):
    answer = send(secure_port, password=Secret("not the password"))
    assert verdicts(answer) == [Verdict.STOPPED] * 3
    assert "refuses the login: 535" in answer.reason
    assert "not the password" not in answer.reason


@pytest.mark.parametrize("left_out", ["PLAIN", "LOGIN"])
def test_login_works_when_the_server_offers_one_way_only(inbox, trusted, left_out):
    with mail_server(inbox, tls=trusted, auth_exclude_mechanism=[left_out]) as port:
        assert verdicts(send(port)) == [Verdict.ACCEPTED] * 3


@pytest.mark.parametrize("left_out", ["PLAIN", "LOGIN"])
def test_login_works_when_the_password_is_not_ascii(inbox, trusted, left_out):
    """RFC 4616 §2: UTF-8."""
    with mail_server(inbox, tls=trusted, password="pässwörd", auth_exclude_mechanism=[left_out]) as port:
        assert verdicts(send(port, password=Secret("pässwörd"))) == [Verdict.ACCEPTED] * 3


def test_sending_stops_when_the_server_knows_no_way_to_log_in(inbox, trusted):
    left_out = ["PLAIN", "LOGIN"]
    with mail_server(inbox, tls=trusted, auth_exclude_mechanism=left_out) as port:
        answer = send(port)
    assert verdicts(answer) == [Verdict.STOPPED] * 3
    assert "a way to log in" in answer.reason


def log_in_to(answer):
    """A server that offers a login and answers it so, repeating what it got."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(b"220 hello\r\n")
        for line in connection.makefile("rb"):
            if line.startswith(b"EHLO"):
                connection.sendall(b"250-hello\r\n250 AUTH PLAIN\r\n")
            else:
                connection.sendall(answer + b" I did not like: " + line)

    return raw_server(talk)


def test_password_is_not_shown_when_the_server_repeats_it():
    with log_in_to(b"535") as port:
        answer = send(port, security="none")
    login = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
    assert "535 I did not like: AUTH PLAIN ***" in answer.reason
    assert login not in answer.reason


def test_mailing_waits_when_the_login_fails_for_now():
    with log_in_to(b"454") as port:
        answer = send(port, security="none")
    assert verdicts(answer) == [Verdict.THROTTLED] * 3


def test_nothing_was_sent_when_the_server_falls_silent_before_tls():
    def talk(connection: socket.socket) -> None:
        connection.sendall(b"220 hello\r\n")
        for line in connection.makefile("rb"):
            if line.startswith(b"EHLO"):
                connection.sendall(b"250-hello\r\n250 STARTTLS\r\n")
            elif line.startswith(b"STARTTLS"):
                connection.sendall(b"220 go ahead\r\n")
                connection.recv(1 << 16)
                connection.recv(1)

    with raw_server(talk) as port:
        answer = send(port, timeout=0.3)
    assert verdicts(answer) == [Verdict.NOT_SENT] * 3


def test_window_goes_over_several_encrypted_connections_when_it_is_large(inbox, trusted):
    readers = [recipient(number) for number in range(1, 101)]
    for implicit in (False, True):
        security = {"security": "tls", "username": ""} if implicit else {}
        inbox.messages.clear()
        inbox.sessions.clear()
        with mail_server(inbox, tls=trusted, implicit_tls=implicit) as port:
            answer = send(port, readers, connections=3, **security)
        assert set(verdicts(answer, readers)) == {Verdict.ACCEPTED}
        assert sorted(to for _, [to], _ in inbox.messages) == sorted(one.email for one in readers)
        assert len(inbox.sessions) == 3


def test_nothing_was_sent_when_no_server_is_there():
    answer = send(free_port(), **PLAIN)
    assert verdicts(answer) == [Verdict.NOT_SENT] * 3
    assert "cannot be reached" in answer.reason


def test_nothing_was_sent_when_the_server_never_greets():
    with raw_server(lambda connection: connection.recv(1)) as port:
        assert verdicts(send(port, **PLAIN | {"timeout": 0.3})) == [Verdict.NOT_SENT] * 3


def reply_at(step, number, words):
    def replies(at, address):
        if at != step or (step != "MAIL" and not address.startswith(f"reader{number}@")):
            return None
        return words

    return replies


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("550 5.1.1 no such person", Verdict.REJECTED),
        ("451 4.7.1 greylisted", Verdict.THROTTLED),
        ("452 4.2.2 mailbox full", Verdict.THROTTLED),
        ("554 5.7.1 not wanted", Verdict.REJECTED),
    ],
)
def test_answer_is_for_that_recipient_alone_when_one_is_refused(plain_port, inbox, step, words, verdict):
    inbox.replies = reply_at(step, 2, words)
    answer = send(plain_port, **PLAIN)
    assert verdicts(answer) == [Verdict.ACCEPTED, verdict, Verdict.ACCEPTED]
    assert answer.of("7.2").reason == words
    assert [to for _, to, _ in inbox.messages] == [["reader1@example.org"], ["reader3@example.org"]]


@pytest.mark.parametrize(
    ("words", "verdict"),
    [("550 5.7.1 sender not allowed", Verdict.STOPPED), ("451 4.3.2 later", Verdict.THROTTLED)],
)
def test_refused_sender_holds_for_all_when_no_recipient_was_named(plain_port, inbox, words, verdict):
    inbox.replies = reply_at("MAIL", 0, words)
    answer = send(plain_port, **PLAIN)
    assert verdicts(answer) == [verdict] * 3
    assert words in answer.reason


def test_message_is_uncertain_and_the_rest_not_sent_when_the_connection_drops_after_the_dot():
    with raw_server(drop_after_dot) as port:
        answer = send(port, **PLAIN)
    assert verdicts(answer) == [Verdict.UNCERTAIN, Verdict.NOT_SENT, Verdict.NOT_SENT]
    assert "no answer after the message was handed over" in answer.of("7.1").reason


def test_message_is_uncertain_when_the_server_stays_silent_after_the_dot():
    with raw_server(lambda one: converse(one, at_dot=lambda connection: connection.recv(1))) as port:
        answer = send(port, **PLAIN | {"answer_timeout": 0.5})
    assert verdicts(answer) == [Verdict.UNCERTAIN, Verdict.NOT_SENT, Verdict.NOT_SENT]


@pytest.mark.parametrize("said", [b"hello?\r\n", b"300 what\r\n", b"x" * 9000 + b"\r\n"])
def test_message_is_uncertain_when_the_answer_after_the_dot_makes_no_sense(said):
    with raw_server(lambda one: converse(one, at_dot=lambda connection: connection.sendall(said))) as port:
        answer = send(port, **PLAIN)
    assert verdicts(answer) == [Verdict.UNCERTAIN, Verdict.NOT_SENT, Verdict.NOT_SENT]


def test_rest_waits_when_the_server_closes_with_421_after_the_dot():
    def say_421(connection: socket.socket) -> None:
        connection.sendall(b"421 4.7.0 too much\r\n")

    with raw_server(lambda one: converse(one, at_dot=say_421)) as port:
        answer = send(port, **PLAIN)
    assert verdicts(answer) == [Verdict.THROTTLED] * 3
    assert answer.of("7.1").reason == "421 4.7.0 too much"


def test_nothing_was_sent_when_the_connection_drops_before_the_dot():
    def drop_at_data(connection: socket.socket) -> None:
        connection.sendall(b"220 hello\r\n")
        for line in connection.makefile("rb"):
            if line.startswith(b"DATA"):
                return
            connection.sendall(b"250 ok\r\n")

    with raw_server(drop_at_data) as port:
        assert verdicts(send(port, **PLAIN)) == [Verdict.NOT_SENT] * 3


def test_international_address_goes_through_when_the_server_offers_smtputf8(inbox):
    one = recipient(email="ștefan@bücher.example")
    with mail_server(inbox, enable_SMTPUTF8=True) as port:
        answer = send(port, [one], **PLAIN)
    assert verdicts(answer, [one]) == [Verdict.ACCEPTED]
    [(_, to, content)] = inbox.messages
    assert to == ["ștefan@xn--bcher-kva.example"]
    assert "<ștefan@xn--bcher-kva.example>".encode() in content


def test_international_address_fails_in_words_when_the_server_offers_no_smtputf8(inbox):
    readers = [recipient(1, email="ștefan@example.org"), recipient(2)]
    with mail_server(inbox, enable_SMTPUTF8=False) as port:
        answer = send(port, readers, **PLAIN)
    assert verdicts(answer, readers) == [Verdict.REJECTED, Verdict.ACCEPTED]
    assert "SMTPUTF8" in answer.of("7.1").reason


def test_domain_of_a_reader_is_that_of_the_dns_when_international(inbox):
    with mail_server(inbox, enable_SMTPUTF8=False) as port:
        send(port, [recipient(email="anna@bücher.example")], **PLAIN)
    assert [to for _, to, _ in inbox.messages] == [["anna@xn--bcher-kva.example"]]


def test_too_large_message_stops_the_mailing_when_the_server_states_a_limit(inbox):
    with mail_server(inbox, data_size_limit=1000) as port:
        answer = send(port, **PLAIN)
    assert verdicts(answer) == [Verdict.STOPPED] * 3
    assert "552" in answer.reason


def preflight(port, **settings):
    with SmtpTransport(smtp_settings(port, **settings)) as transport:
        return [finding.message for finding in transport.preflight(SENDER)]


def test_preflight_finds_nothing_and_sends_nothing_when_all_is_well(secure_port, inbox):
    assert preflight(secure_port) == []
    assert inbox.messages == []


def test_preflight_finds_it_when_the_login_is_wrong(secure_port):
    [problem] = preflight(secure_port, password=Secret("wrong"))
    assert "refuses the login" in problem


def test_preflight_finds_it_when_the_server_is_not_there():
    [problem] = preflight(free_port(), **PLAIN)
    assert "cannot be reached" in problem


def test_preflight_finds_it_when_the_sender_is_refused(plain_port, inbox):
    inbox.replies = reply_at("MAIL", 0, "550 5.7.1 not yours")
    [problem] = preflight(plain_port, **PLAIN)
    assert "refuses the sender trax@upr-info.example: 550" in problem
