import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trax_mailer.delivery.wire.quoted_printable import encode

words = st.text(max_size=300) | st.text(alphabet=".= \t\r\nab\u0219", max_size=400)


def decode(body: bytes) -> str:
    return quopri.decodestring(body).replace(b"\r\n", b"\n").decode()


@given(pieces=st.lists(words, max_size=8), end=words)
def test_decoding_gives_the_text_back_when_pieces_stand_one_after_another(pieces, end):
    body = b"".join(encode(piece) for piece in pieces) + encode(end, last=True)
    assert decode(body) == "".join(pieces) + end


@given(pieces=st.lists(words, min_size=1, max_size=8))
def test_lines_are_safe_on_the_wire_when_text_is_arbitrary(pieces):
    body = b"".join(encode(piece) for piece in pieces)
    assert body.isascii()
    lines = body.split(b"\r\n")
    for line in lines:
        assert len(line) <= 76
        assert not line.startswith(b".")
        assert not line.endswith((b" ", b"\t"))
        assert b"\n" not in line
        assert b"\r" not in line


@given(text=words)
def test_every_piece_ends_at_the_start_of_a_line_when_it_is_not_the_last(text):
    assert text == "" or encode(text).endswith(b"\r\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", b""),
        ("plain", b"plain"),
        ("a=b", b"a=3Db"),
        ("ends with a blank ", b"ends with a blank=20"),
        ("tab\t\nnext", b"tab=09\r\nnext"),
        (".", b"=2E"),
        ("..", b"=2E."),
        ("x" * 76, b"x" * 75 + b"=\r\nx"),
        ("\u0219", b"=C8=99"),
    ],
)
def test_encoding_is_the_known_one_when_text_is_simple(text, expected):
    assert encode(text, last=True) == expected
