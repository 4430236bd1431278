"""Tracking in a letter: its links lead over the public server, with one token for all of them."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from typing import TypeAlias

from trax_mailer.model.edition import Edge, EdgedPart, Segment, Slot, SlotContext, SlotKind
from trax_mailer.model.filling import link_url, pixel_url
from trax_mailer.model.mailing import Envelope
from trax_mailer.model.visit import HIDDEN_LINK

TOKEN = Slot(SlotKind.TRACKING, SlotContext.ATTRIBUTE)
"""The one place of the token, however many links hold it."""

_END = "</body>"
_MARK = "\x00"

Consenting: TypeAlias = Callable[[], frozenset[int]]
"""Gives the ids of the readers of a call who consented to being tracked by themselves."""


def tracked(part: EdgedPart, envelope: Envelope) -> EdgedPart:
    """The HTML part with every numbered link led over the public server, and the marks of a tracked copy.

    Nothing else is touched: the way out, the browser view, addresses of mail and telephones.
    """
    led: list[Segment | Edge] = []
    for segment in part:
        if isinstance(segment, Slot) and segment.kind is SlotKind.LINK:
            led += _around_token(link_url(envelope, _MARK, segment.key))
        else:
            led.append(segment)
    return _before_end(led, _marks(envelope))


def _around_token(words: str) -> Sequence[Segment]:
    before, _, after = html.escape(words, quote=True).partition(_MARK)
    return [before, TOKEN, after]


def _marks(envelope: Envelope) -> list[Segment]:
    """The link that no reader sees, and the picture that tells of an open, where the mailing has one."""
    marks: list[Segment] = ['<a href="', *_around_token(link_url(envelope, _MARK, HIDDEN_LINK))]
    marks.append('" style="display:none" aria-hidden="true" tabindex="-1"></a>')
    if envelope.pixel:
        marks += ['<img src="', *_around_token(pixel_url(envelope, _MARK))]
        marks.append('" width="1" height="1" alt="">')
    return marks


def _before_end(part: list[Segment | Edge], marks: list[Segment]) -> EdgedPart:
    for place in range(len(part) - 1, -1, -1):
        segment = part[place]
        if isinstance(segment, str) and _END in segment:
            before, end, after = segment.rpartition(_END)
            return (*part[:place], before, *marks, end + after, *part[place + 1 :])
    return (*part, *marks)
