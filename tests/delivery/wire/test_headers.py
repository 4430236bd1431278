import email
import email.policy
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trax_mailer.delivery.wire.headers import address_header, clean, words_header

words = st.text(max_size=300) | st.text(alphabet='ab "\\<>@,;:=?\u0219\r\n', max_size=200)


def parse(header: bytes):
    return email.message_from_bytes(header + b"\r\n", policy=email.policy.default)


def display_name(header: bytes) -> str:
    """As RFC 2047 §6.2 says: the modern parser keeps the blank between two encoded words of a phrase."""
    name, _ = parseaddr(header.decode().partition(": ")[2].replace("\r\n", ""))
    return str(make_header(decode_header(name)))


@given(text=words)
def test_subject_is_read_back_when_words_are_arbitrary(text):
    header = words_header("Subject", text)
    read = parse(header)
    assert len(read.items()) == 1
    assert read["Subject"] == clean(text)
    assert read["Subject"].defects == ()
    assert all(len(line) <= 76 for line in header.split(b"\r\n"))


@given(name=words)
def test_mailbox_is_read_back_when_the_name_is_arbitrary(name):
    header = address_header("To", name, "reader@example.org")
    read = parse(header)
    assert len(read.items()) == 1
    assert [address.addr_spec for address in read["To"].addresses] == ["reader@example.org"]
    assert display_name(header) == clean(name)
    assert all(len(line) <= 76 for line in header.split(b"\r\n"))


def test_mailbox_is_read_back_by_the_modern_parser_when_the_name_is_of_usual_length():
    read = parse(address_header("To", 'Ștefan & "Ana" <b>', "reader@example.org"))
    assert read["To"].addresses == (Address('Ștefan & "Ana" <b>', "reader", "example.org"),)


@pytest.mark.parametrize("text", ["a\r\nBcc: x@example.org", "a\nBcc: x", "a\x0bb\x1c\x85c"])
def test_words_stay_on_one_header_when_they_hold_line_breaks(text):
    assert parse(words_header("Subject", text)).keys() == ["Subject"]


def test_domain_is_that_of_the_dns_when_it_is_international():
    header = address_header("To", "", "anna@bücher.example")
    assert header == b"To: anna@xn--bcher-kva.example\r\n"


def test_local_part_stays_utf8_when_it_is_not_ascii():
    assert address_header("To", "", "ștefan@example.org") == "To: ștefan@example.org\r\n".encode()
