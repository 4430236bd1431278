import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trax_mailer.delivery.transports.smtp.replies import Garbled, Reply, ReplyReader

SAID = b"250-mail.example.org\r\n250 PIPELINING\r\n354 go on\n550 5.1.1  who?\x07\r\n250\r\n"
MEANT = [
    Reply(250, "mail.example.org PIPELINING"),
    Reply(354, "go on"),
    Reply(550, "5.1.1 who?"),
    Reply(250, ""),
]


@given(cuts=st.lists(st.integers(0, len(SAID)), max_size=12))
def test_replies_are_the_same_when_they_arrive_in_any_pieces(cuts):
    reader, edges = ReplyReader(), [0, *sorted(cuts), len(SAID)]
    pieces = [SAID[start:end] for start, end in itertools.pairwise(edges)]
    assert [reply for piece in pieces for reply in reader.feed(piece)] == MEANT


@pytest.mark.parametrize(
    "said",
    [b"hello\r\n", b"25\r\n", b"2500 x\r\n", b"150 x\r\n", b"250-a\r\n251 b\r\n", b"\r\n", b"x" * 9000,
     b"250 " + b"x" * 9000 + b"\r\n", b"250-x\r\n" * 300],
)  # fmt: skip
def test_garbled_is_raised_after_the_good_ones_when_something_else_comes(said):
    reader, good = ReplyReader(), []
    with pytest.raises(Garbled):
        good.extend(reader.feed(b"250 ok\r\n"))
        good.extend(reader.feed(said))
    assert good == [Reply(250, "ok")]


def test_words_are_cut_short_when_a_server_is_talkative():
    [reply] = ReplyReader().feed(b"550 " + b"no " * 1000 + b"\r\n")
    assert len(reply.words) == 400
