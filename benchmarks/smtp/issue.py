"""A personalised issue of 73 kB with 83 places that differ from reader to reader, and its readers."""

from __future__ import annotations

from itertools import cycle, islice

from benchmarks.letter import envelope
from trax_mailer.delivery import Letter
from trax_mailer.delivery.wire import build_skeleton
from trax_mailer.model.edition import Edition, Part, Segment, Slot, SlotContext, SlotKind
from trax_mailer.model.mailing import Recipient

SIZE = 73_000
IN_HTML, IN_TEXT = 63, 20

_PARAGRAPH = (
    '</td></tr>\n<tr><td style="font-family:Arial,sans-serif;font-size:16px;line-height:24px;padding:0 24px">'
    "<p>The Working Group reviewed fourteen States. Recommendations on the independence of the judiciary, on "
    "access to health care and on the freedom of assembly were made by delegations of all regions.</p>\n"
)
_FIELDS = ("first_name", "name", "organisation", "country", "email", "language")


def letter() -> Letter:
    """The letter. Its message is of `SIZE` bytes for the usual reader, within a hundredth."""
    few, many = (len(_message(_edition(paragraphs))) for paragraphs in (100, 200))
    edition = _edition(100 + round((SIZE - few) / (many - few) * 100))
    return Letter(edition, envelope(), edition.hash)


def readers(count: int) -> list[Recipient]:
    """So many readers with fields and links of their own."""
    return [_reader(number) for number in range(1, count + 1)]


def _reader(number: int) -> Recipient:
    return Recipient(
        delivery=f"1.{number}",
        subscriber_id=number,
        email=f"reader{number}@example.org",
        name=f"Reader Number {number}",
        merge={
            "first_name": f"Reader{number}",
            "name": f"Reader Number {number}",
            "organisation": "Some Organisation & Partners",
            "country": "Côte d'Ivoire",
            "email": f"reader{number}@example.org",
            "language": "en",
        },
        unsubscribe_url=f"https://trax.example.org/u/{number:043d}",
        message_id=f"1.{number}.69a6aa28@news.example.org",
    )


def _message(edition: Edition) -> bytes:
    return build_skeleton(Letter(edition, envelope(), edition.hash), embedded=False).message(_reader(1))


def _edition(paragraphs: int) -> Edition:
    html = _part(_PARAGRAPH * paragraphs, IN_HTML, contexts=(SlotContext.HTML, SlotContext.ATTRIBUTE))
    words = "Recommendations were made by delegations of all regions.\n" * 40
    return Edition(
        language="en",
        direction="ltr",
        subject=("No 58: what the 23rd session decided",),
        preheader=(),
        html=html,
        text=_part(words, IN_TEXT, contexts=(SlotContext.TEXT,)),
        links=(),
        assets=(),
    )


def _part(words: str, slots: int, *, contexts: tuple[SlotContext, ...]) -> Part:
    """The words with so many slots spread over them, each kind in turn."""
    kinds = [
        *(Slot(SlotKind.READER, context, name, "reader") for name in _FIELDS for context in contexts),
        *(Slot(SlotKind.UNSUBSCRIBE, context) for context in contexts),
    ]
    step = len(words) // (slots + 1)
    segments: list[Segment] = [words[:step]]
    for index, slot in enumerate(islice(cycle(kinds), slots), start=1):
        segments += [slot, words[index * step : (index + 1) * step]]
    return (*segments, words[(slots + 1) * step :])
