"""The message of a letter (RFC 2045, 2046): encoded once, the readers' own places filled per reader.

multipart/alternative
├── text/plain
└── text/html, or multipart/related with the HTML and its pictures (RFC 2387)
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import format_datetime

from trax_mailer.delivery.letter import Letter, filled, value_for
from trax_mailer.delivery.list_headers import leaving_headers, list_headers
from trax_mailer.delivery.wire.headers import address_header, words_header
from trax_mailer.delivery.wire.quoted_printable import encode
from trax_mailer.model.edition import Asset, Part, Slot
from trax_mailer.model.filling import escape_for
from trax_mailer.model.mailing import Recipient


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A message with holes: bytes as they are, slots of the body, and headers that differ per reader."""

    pieces: tuple[bytes | Slot | Callable[[Recipient], bytes], ...]

    def message(self, recipient: Recipient) -> bytes:
        """The reader's whole message, CRLF throughout; no line begins with a dot or is over 998 bytes."""
        known: dict[Slot, bytes] = {}
        message = []
        for piece in self.pieces:
            if isinstance(piece, bytes):
                message.append(piece)
            elif isinstance(piece, Slot):
                if piece not in known:
                    known[piece] = encode(escape_for(value_for(piece, recipient), piece.context))
                message.append(known[piece])
            else:
                message.append(piece(recipient))
        return b"".join(message)


def build_skeleton(letter: Letter, *, embedded: bool) -> Skeleton:
    """The skeleton of the letter's messages, with its pictures inside them where `embedded`."""
    # "=_" cannot occur in quoted-printable or base64, so no body can hold a boundary (RFC 2045 §6.7).
    outer, inner = (f"=_{letter.edition_hash[:24]}.{level}" for level in (1, 2))
    pieces: list[bytes | Slot | Callable[[Recipient], bytes]] = [*_head(letter, outer)]
    pieces += [_delimiter(outer), *_text("plain", letter.bind(letter.edition.text, embedded=embedded))]
    html = _text("html", letter.bind(letter.edition.html, embedded=embedded))
    if embedded and letter.edition.assets:
        related = f'Content-Type: multipart/related; type="text/html";\r\n boundary="{inner}"\r\n'
        pieces += [_delimiter(outer), related.encode("ascii"), _delimiter(inner), *html]
        for asset in letter.edition.assets:
            pieces += [_delimiter(inner), _picture(asset, letter.content_id(asset))]
        pieces.append(f"\r\n--{inner}--\r\n".encode("ascii"))
    else:
        pieces += [_delimiter(outer), *html]
    pieces.append(f"\r\n--{outer}--\r\n".encode("ascii"))
    return Skeleton(tuple(pieces))


def _head(letter: Letter, boundary: str) -> Iterator[bytes | Callable[[Recipient], bytes]]:
    envelope, subject = letter.envelope, letter.subject
    yield address_header("From", envelope.from_name, envelope.from_email)
    yield lambda recipient: address_header("To", recipient.name, recipient.email)
    if envelope.reply_to:
        yield address_header("Reply-To", "", envelope.reply_to)
    if all(isinstance(segment, str) for segment in subject):
        yield words_header("Subject", "".join(str(segment) for segment in subject))
    else:
        yield lambda recipient: words_header("Subject", filled(subject, recipient))
    yield _line("Date", format_datetime(envelope.sent_at))
    yield lambda recipient: _line("Message-ID", f"<{recipient.message_id}>")
    yield from (_line(name, value) for name, value in list_headers(letter).items())
    # On one line, however long: a fold inside the address would break it (RFC 5322 §2.1.1 allows 998).
    yield lambda recipient: b"".join(_line(*header) for header in leaving_headers(recipient).items())
    yield _line("MIME-Version", "1.0")
    yield f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n'.encode("ascii")


def _line(name: str, value: str) -> bytes:
    return f"{name}: {value}\r\n".encode("ascii")


def _delimiter(boundary: str) -> bytes:
    return f"\r\n--{boundary}\r\n".encode("ascii")


def _text(subtype: str, part: Part) -> Iterator[bytes | Slot]:
    kind = f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
    yield f"{kind}Content-Transfer-Encoding: quoted-printable\r\n\r\n".encode("ascii")
    for index, segment in enumerate(part, start=1):
        yield segment if isinstance(segment, Slot) else encode(segment, last=index == len(part))


def _picture(asset: Asset, content_id: str) -> bytes:
    head = (
        f'Content-Type: {asset.media_type};\r\n name="{asset.name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n"
        f"Content-ID: <{content_id}>\r\n"
        f'Content-Disposition: inline;\r\n filename="{asset.name}"\r\n\r\n'
    )
    # The line break before the next boundary belongs to the boundary (RFC 2046 §5.1.1).
    return head.encode("ascii") + base64.encodebytes(asset.data).rstrip().replace(b"\n", b"\r\n")
