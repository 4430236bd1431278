import email
import email.policy
import email.utils

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.letters import SENT_AT, edition, letter, reader, recipient
from trax_mailer.delivery.letter import filled, value_for
from trax_mailer.delivery.wire import build_skeleton
from trax_mailer.delivery.wire.quoted_printable import encode
from trax_mailer.model.edition import Slot, SlotContext, SlotKind
from trax_mailer.model.filling import escape_for

EMBEDDED = pytest.mark.parametrize("embedded", [False, True])


def parse(message: bytes):
    return email.message_from_bytes(message, policy=email.policy.default)


def body(message, kind: str) -> str:
    part = message.get_body((kind,))
    return part.get_content().replace("\r\n", "\n")


@EMBEDDED
@given(name=st.text(max_size=120))
def test_message_is_read_back_when_the_reader_is_called_anything(embedded, name):
    bound, to = letter(pictures="embedded" if embedded else "hosted"), recipient(name=name)
    message = parse(build_skeleton(bound, embedded=embedded).message(to))
    assert not message.defects
    assert not any(part.defects for part in message.walk())
    assert body(message, "html") == filled(bound.html, to)
    assert body(message, "plain") == filled(bound.text, to)


def test_lines_are_short_and_hold_no_leading_dot_when_a_message_is_written():
    raw = build_skeleton(letter(), embedded=False).message(recipient())
    assert raw.endswith(b"--\r\n")
    for line in raw.split(b"\r\n"):
        assert not line.startswith(b".")
        assert b"\r" not in line
        assert b"\n" not in line
        assert len(line) <= 78 or line.startswith((b"List-Unsubscribe: ", b"Message-ID: "))


def test_headers_are_those_of_a_newsletter_when_a_message_is_written():
    message = parse(build_skeleton(letter(), embedded=False).message(recipient()))
    assert message.keys() == [
        "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "List-Id", "Feedback-ID",
        "Content-Language", "List-Unsubscribe", "List-Unsubscribe-Post", "MIME-Version", "Content-Type",
    ]  # fmt: skip
    assert str(message["From"].addresses[0]) == '"UPR Info, Geneva" <trax@upr-info.example>'
    assert message["To"].addresses[0].display_name == 'Ștefan & "Ana" <b>'
    assert message["To"].addresses[0].addr_spec == "reader1@example.org"
    assert message["Reply-To"] == "answers@upr-info.example"
    assert message["Subject"] == '[UPR Trax] No 58: Chișinău, Ștefan & "Ana" <b>'
    assert email.utils.parsedate_to_datetime(message["Date"]) == SENT_AT
    assert message["Message-ID"] == "<7.1.69a6aa28@upr-info.example>"
    assert message["List-Id"] == "<upr-trax.upr-info.example>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Content-Language"] == "en"
    assert message["MIME-Version"] == "1.0"


def test_leaving_address_is_on_one_line_when_it_is_long():
    raw = build_skeleton(letter(), embedded=False).message(recipient())
    assert b"\r\nList-Unsubscribe: <https://trax.upr-info.example/u/token-of-1>\r\n" in raw


def test_feedback_id_has_four_fields_and_a_stable_sender_when_readers_differ():
    skeleton = build_skeleton(letter(), embedded=False)
    ids = {parse(skeleton.message(recipient(number)))["Feedback-ID"] for number in (1, 2)}
    assert len(ids) == 1
    *_, sender = fields = ids.pop().split(":")
    assert len(fields) == 4
    assert 5 <= len(sender) <= 15


def test_pictures_lie_in_the_message_when_embedded():
    bound = letter(pictures="embedded")
    message = parse(build_skeleton(bound, embedded=True).message(recipient()))
    assert message.get_content_type() == "multipart/alternative"
    text, related = message.iter_parts()
    assert (text.get_content_type(), related.get_content_type()) == ("text/plain", "multipart/related")
    html, picture = related.iter_parts()
    name = picture["Content-ID"].strip("<>")
    assert f'src="cid:{name}"' in html.get_content()
    assert picture.get_content() == bound.edition.assets[0].data
    assert picture.get_content_disposition() == "inline"


def test_pictures_are_addresses_when_hosted():
    bound = letter()
    message = parse(build_skeleton(bound, embedded=False).message(recipient()))
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert f"https://trax.upr-info.example/a/{bound.edition.assets[0].name}" in body(message, "html")


def test_bytes_are_the_same_when_written_twice():
    first, second = (build_skeleton(letter(), embedded=False).message(recipient()) for _ in range(2))
    assert first == second


def test_body_is_read_back_when_a_slot_stands_at_its_end():
    bound = letter(edition(html=("Bye ", reader(SlotContext.HTML)), text=(reader(SlotContext.TEXT),)))
    message = parse(build_skeleton(bound, embedded=False).message(recipient(name="Ana.")))
    assert body(message, "html").rstrip("\n") == "Bye Ana."
    assert body(message, "plain").rstrip("\n") == "Ana."


def plainly(part, one):
    """A part of the body, piece by piece in order, nothing worked out twice or remembered."""
    pieces = []
    for index, segment in enumerate(part, start=1):
        if isinstance(segment, Slot):
            pieces.append(encode(escape_for(value_for(segment, one), segment.context)))
        else:
            pieces.append(encode(segment, last=index == len(part)))
    return b"".join(pieces)


values = st.text(max_size=90) | st.text(alphabet="ab. =&<'\"\n\r\u0219", max_size=90) | st.just("x" * 76)
slots = st.builds(
    Slot,
    st.sampled_from([SlotKind.READER, SlotKind.UNSUBSCRIBE]),
    st.sampled_from([SlotContext.HTML, SlotContext.ATTRIBUTE]),
    st.sampled_from(["name", "country"]),
    st.sampled_from(["", "dear reader"]),
)
segments = st.lists(slots | st.text(max_size=30), min_size=1, max_size=30).map(tuple)


@given(html=segments, name=values, country=values)
def test_bodies_are_byte_for_byte_as_if_written_plainly_when_slots_stand_anywhere(html, name, country):
    text = tuple(
        Slot(one.kind, SlotContext.TEXT, one.key, one.default) if isinstance(one, Slot) else one
        for one in html
    )
    bound, one = letter(edition(html=html, text=text)), recipient(name=name)
    one.merge["country"] = country
    message = build_skeleton(bound, embedded=False).message(one)
    head = b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    _, first, second = message.split(head)
    assert first.startswith(plainly(bound.text, one) + b"\r\n--=_")
    assert second.startswith(plainly(bound.html, one) + b"\r\n--=_")
