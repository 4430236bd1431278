"""Filling the slots of an edition, each value escaped for the context it stands in."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import TypeAlias

from trax_mailer.model.edition import PER_READER, Edge, EdgedPart, Part, Segment, Slot, SlotContext, SlotKind
from trax_mailer.model.mailing import Envelope

Resolve: TypeAlias = Callable[[Slot], str]
"""Gives the plain, unescaped value of a slot."""

_CONTROLS_TO_BLANKS = dict.fromkeys((*range(32), *range(127, 160)), " ")


def escape_for(value: str, context: SlotContext) -> str:
    """`value` as it must stand in that context.

    In a header every run of white space and control characters, line breaks included, becomes one
    blank, so that a value can never start a header of its own (RFC 5322 §2.2).
    """
    match context:
        case SlotContext.HTML | SlotContext.ATTRIBUTE:
            return html.escape(value, quote=True)
        case SlotContext.HEADER:
            return " ".join(value.translate(_CONTROLS_TO_BLANKS).split())
        case SlotContext.TEXT:
            return value


def fill_part(part: EdgedPart, resolve: Resolve) -> str:
    """The whole part as text, every slot filled."""
    return "".join(
        segment if isinstance(segment, str) else escape_for(resolve(segment), segment.context)
        for segment in part
        if not isinstance(segment, Edge)
    )


def bind_part(part: EdgedPart, resolve: Resolve) -> Part:
    """The part with the slots that are the same for a whole mailing filled, the readers' own left."""
    bound: list[Segment] = []
    for segment in part:
        if isinstance(segment, Edge):
            continue
        if isinstance(segment, Slot) and segment.kind in PER_READER:
            bound.append(segment)
            continue
        words = segment if isinstance(segment, str) else escape_for(resolve(segment), segment.context)
        if bound and isinstance(bound[-1], str):
            bound[-1] += words
        else:
            bound.append(words)
    return tuple(bound)


def reader_value(slot: Slot, merge: dict[str, str]) -> str:
    """The reader's value for a merge slot, or the writer's default where it is empty."""
    if slot.kind is not SlotKind.READER:
        raise ValueError(f"{slot.kind} is no field of a reader")
    return merge.get(slot.key, "").strip() or slot.default


def asset_url(envelope: Envelope, name: str) -> str:
    """Where a hosted picture is served."""
    return f"{envelope.public_url}/a/{name}"


def browser_url(envelope: Envelope, edition_hash: str) -> str:
    """Where the neutral edition is served."""
    return f"{envelope.public_url}/v/{edition_hash}"


def link_url(envelope: Envelope, token: str, number: int | str) -> str:
    """Where the tracked link of that number is passed on."""
    return f"{envelope.public_url}/c/{token}/{number}"


def pixel_url(envelope: Envelope, token: str) -> str:
    """Where the picture is that tells of an open."""
    return f"{envelope.public_url}/o/{token}"


def unsubscribe_url(envelope: Envelope, token: str) -> str:
    """Where the reader who holds the token leaves or chooses."""
    return f"{envelope.public_url}/u/{token}"
