"""The message of a letter (RFC 2045, 2046): encoded once, the readers' own places filled per reader.

multipart/alternative
├── text/plain
└── text/html, or multipart/related with the HTML and its pictures (RFC 2387)
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from email.utils import format_datetime
from typing import TypeAlias

from trax_mailer.delivery.letter import Letter, filled, value_for
from trax_mailer.delivery.list_headers import leaving_headers, list_headers
from trax_mailer.delivery.wire.headers import address_header, words_header
from trax_mailer.delivery.wire.quoted_printable import SOFT_BREAK, encode
from trax_mailer.model.edition import Asset, Part, Slot, SlotContext
from trax_mailer.model.filling import escape_for
from trax_mailer.model.mailing import Recipient

Filling: TypeAlias = Callable[[Recipient], bytes]
"""Gives what stands in a hole, encoded as it travels."""

_Piece: TypeAlias = bytes | Slot | Filling

_SAME_EVERYWHERE = re.compile(r"(?!\.)[ !#-%(-;?-~]{1,75}")
"""A value that stands in text, HTML and attributes alike, on a line of quoted-printable as it is."""


@dataclass(frozen=True, slots=True)
class Hole:
    """The places of one value of the reader. `slot` names the value, whatever its own context."""

    slot: Slot
    everywhere: tuple[int, ...]
    by_context: tuple[tuple[SlotContext, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A message with holes: `parts` in order, empty where a hole is; the holes hold indexes of parts.

    What fills several places is worked out once per reader, and once per context where that matters.
    """

    parts: tuple[bytes, ...]
    headers: tuple[tuple[int, Filling], ...]
    holes: tuple[Hole, ...]

    def message(self, recipient: Recipient) -> bytes:
        """The reader's whole message, CRLF throughout; no line begins with a dot or is over 998 bytes."""
        parts = list(self.parts)
        for place, fill in self.headers:
            parts[place] = fill(recipient)
        for hole in self.holes:
            value = value_for(hole.slot, recipient)
            if _SAME_EVERYWHERE.fullmatch(value):
                filling = value.encode("ascii") + SOFT_BREAK
                for place in hole.everywhere:
                    parts[place] = filling
                continue
            for context, places in hole.by_context:
                filling = encode(escape_for(value, context))
                for place in places:
                    parts[place] = filling
        return b"".join(parts)


def build_skeleton(letter: Letter, *, embedded: bool) -> Skeleton:
    """The skeleton of the letter's messages, with its pictures inside them where `embedded`."""
    # "=_" cannot occur in quoted-printable or base64, so no body can hold a boundary (RFC 2045 §6.7).
    outer, inner = (f"=_{letter.edition_hash[:24]}.{level}" for level in (1, 2))
    pieces: list[_Piece] = [*_head(letter, outer)]
    pieces += [_delimiter(outer), *_text("plain", letter.bind(letter.edition.text, embedded=embedded))]
    html = _text("html", letter.bind_html(embedded=embedded))
    if embedded and letter.edition.assets:
        related = f'Content-Type: multipart/related; type="text/html";\r\n boundary="{inner}"\r\n'
        pieces += [_delimiter(outer), related.encode("ascii"), _delimiter(inner), *html]
        for asset in letter.edition.assets:
            pieces += [_delimiter(inner), _picture(asset, letter.content_id(asset))]
        pieces.append(f"\r\n--{inner}--\r\n".encode("ascii"))
    else:
        pieces += [_delimiter(outer), *html]
    pieces.append(f"\r\n--{outer}--\r\n".encode("ascii"))
    return _assembled(pieces)


def _assembled(pieces: Sequence[_Piece]) -> Skeleton:
    """Join what stands side by side for everybody; find the places of each hole once, not per reader."""
    parts: list[bytes] = [b""]
    headers: list[tuple[int, Filling]] = []
    places: dict[Slot, dict[SlotContext, list[int]]] = {}
    for piece in pieces:
        if isinstance(piece, bytes):
            parts[-1] += piece
            continue
        if isinstance(piece, Slot):
            value = replace(piece, context=SlotContext.TEXT)
            places.setdefault(value, {}).setdefault(piece.context, []).append(len(parts))
        else:
            headers.append((len(parts), piece))
        parts += [b"", b""]
    return Skeleton(tuple(parts), tuple(headers), tuple(_hole(*found) for found in places.items()))


def _hole(slot: Slot, places: dict[SlotContext, list[int]]) -> Hole:
    by_context = tuple((context, tuple(found)) for context, found in places.items())
    return Hole(slot, tuple(place for _, found in by_context for place in found), by_context)


def _head(letter: Letter, boundary: str) -> Iterator[bytes | Filling]:
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
