import smtplib
import socket

import pytest

from trax_mailer.rehearsal import Faults, Took, read_entries, sink_process, sink_thread

SENDER = "trax@example.org"


def _message(delivery, words="hello"):
    return f"Message-ID: <{delivery}.65f1a2b3@example.org>\r\nSubject: x\r\n\r\n{words}\r\n".encode()


def test_message_is_recorded_with_its_delivery_when_it_is_taken(smtp, entries, record):
    with smtp() as client:
        client.sendmail(SENDER, ["Amina@example.net"], _message("3.17"))
        client.sendmail(SENDER, ["kofi@example.com"], _message("3.18", "a line\r\n.\r\n..two dots"))
        assert entries() == [
            (Took.ACCEPTED, "3.17", "amina@example.net"),
            (Took.ACCEPTED, "3.18", "kofi@example.com"),
        ]
    first, second = read_entries(record)
    assert first.at <= second.at
    assert first.size == len(_message("3.17"))
    assert (first.call, second.call) == (1, 2)


def test_extensions_are_offered_when_a_client_says_hello(smtp):
    with smtp() as client:
        client.ehlo()
        assert {"pipelining", "size", "8bitmime", "smtputf8"} <= set(client.esmtp_features)
        client.sendmail(SENDER, ["zoë@example.org"], _message("3.1"), mail_options=["SMTPUTF8"])
        assert client.noop()[0] == 250
        assert client.docmd("TURN")[0] == 500
        assert client.rset()[0] == 250
        assert client.docmd("DATA")[0] == 554
        assert client.docmd("RCPT TO:<a@example.org>")[0] == 503


def test_replies_keep_their_order_when_commands_are_pipelined(record, entries):
    """RFC 2920: two whole messages in one packet, the second to a reader who is refused."""
    faults = Faults(refuse=("no@example.org",))
    envelope = b"MAIL FROM:<t@example.org>\r\nRCPT TO:<%b@example.org>\r\nDATA\r\n"
    with (
        sink_thread("smtp", record, faults) as port,
        socket.create_connection(("127.0.0.1", port), 5) as client,
    ):
        lines = client.makefile("rb")
        lines.readline()
        client.sendall(envelope % b"yes" + _message("1.1") + b".\r\n" + envelope % b"no" + b"QUIT\r\n")
        codes = [line[:3] for line in lines]
    assert codes == [b"250", b"250", b"354", b"250", b"250", b"550", b"554", b"221"]
    assert entries() == [
        (Took.ACCEPTED, "1.1", "yes@example.org"),
        (Took.REFUSED, "", "no@example.org"),
    ]


def test_message_is_whole_when_it_comes_byte_by_byte(record):
    with sink_thread("smtp", record) as port, socket.create_connection(("127.0.0.1", port), 5) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        lines = client.makefile("rb")
        lines.readline()
        head = b"MAIL FROM:<t@example.org>\r\nRCPT TO:<r@example.org>\r\nDATA\r\n"
        for byte in head + _message("1.1") + b".\r\n":
            client.send(bytes([byte]))
        assert [lines.readline()[:3] for _ in range(4)] == [b"250", b"250", b"354", b"250"]
    [entry] = read_entries(record)
    assert entry.size == len(_message("1.1"))


@pytest.mark.parametrize(
    ("fault", "taken"),
    [("hang_before", False), ("hang_after", True), ("drop_before", False), ("drop_after", True)],
)
def test_no_answer_comes_when_the_fault_says_so(smtp, entries, fault, taken):
    with smtp(Faults(**{fault: 1.0})) as client:
        client.timeout = 0.3
        client.sock.settimeout(0.3)
        with pytest.raises((smtplib.SMTPServerDisconnected, TimeoutError)):
            client.sendmail(SENDER, ["r@example.org"], _message("1.1"))
        tooks = [took for took, _, _ in entries()]
        assert tooks == [Took.ACCEPTED, Took.UNCLEAR] if taken else [Took.UNCLEAR]


def test_second_try_is_taken_when_the_first_was_put_off(smtp, entries):
    with smtp(Faults(put_off=1.0)) as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
            client.sendmail(SENDER, ["r@example.org"], _message("1.1"))
        assert refusal.value.recipients["r@example.org"][0] == 451
        client.sendmail(SENDER, ["r@example.org"], _message("1.1"))
        assert [took for took, _, _ in entries()] == [Took.PUT_OFF, Took.ACCEPTED]


def test_only_the_throttled_domain_waits_when_there_is_one(smtp):
    with smtp(Faults(throttled_domain="slow.example", throttled_tries=2)) as client:
        codes = []
        for address in ("a@slow.example", "b@example.org", "b@slow.example", "a@slow.example"):
            client.mail(SENDER)
            codes.append(client.rcpt(address)[0])
            client.rset()
    assert codes == [451, 250, 451, 250]


def test_answers_take_their_time_when_the_faults_say_so(smtp, entries):
    with smtp(Faults(seconds=0.2)) as client:
        client.sendmail(SENDER, ["r@example.org"], _message("1.1"))
        assert [took for took, _, _ in entries()] == [Took.ACCEPTED]


def test_sink_ends_when_its_starter_does(record):
    with sink_process("smtp", record) as sink:
        with smtplib.SMTP("127.0.0.1", sink.port, timeout=5) as client:
            client.sendmail(SENDER, ["r@example.org"], _message("1.1"))
        port = sink.port
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 2)
    assert len(list(read_entries(record))) == 1
    assert record.stat().st_mode & 0o077 == 0
