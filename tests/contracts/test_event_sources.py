"""What every source of events must tell alike: a provider's webhook, bounces in a mailbox, a relay's log."""

import dataclasses

import pytest

from contracts.event_rigs import AT, HAPPENINGS, BounceRig, RelayLogRig, SendGridRig
from events.logs import MARK
from trax_mailer.events import match
from trax_mailer.model.event import EventKind
from trax_mailer.model.refusal import Weight, weigh

MEANING = {
    "processed": (EventKind.PROCESSED, Weight.NOTHING),
    "delivered": (EventKind.DELIVERED, Weight.NOTHING),
    "deferred": (EventKind.DEFERRED, Weight.NOTHING),
    "gone": (EventKind.BOUNCED, Weight.HARD),
    "full": (EventKind.BLOCKED, Weight.SOFT),
    "complained": (EventKind.COMPLAINED, Weight.COMPLAINT),
    "left": (EventKind.LEFT, Weight.LEFT_ALL),
}
RIGS = {rig.name: rig() for rig in (SendGridRig, BounceRig, RelayLogRig)}
NEVER_TOLD = {("mailbox", "left"), ("mail-log", "complained"), ("mail-log", "left")}
TOLD = [(name, one) for name in RIGS for one in HAPPENINGS if (name, one) not in NEVER_TOLD]
each = pytest.mark.parametrize(("rig", "happening"), TOLD)


def events(rig, happening, reader=5):
    return list(match(RIGS[rig].tell(happening, reader), {1: MARK}, provider=rig))


def test_nothing_is_told_by_a_source_that_cannot_know():
    assert all(RIGS[rig].tell(happening, 5) is None for rig, happening in NEVER_TOLD)


@each
def test_event_means_the_same_whoever_tells_it(rig, happening):
    [told] = events(rig, happening)
    assert (told.mailing_id, told.subscriber_id) == (1, 5)
    assert (told.kind, weigh(told.kind, told.reason)) == MEANING[happening]
    assert told.occurred_at.utcoffset().total_seconds() == 0
    assert abs(told.occurred_at - AT).total_seconds() < 86_400


@each
def test_event_is_the_same_when_it_is_told_again_and_another_for_another_reader(rig, happening):
    [first], [again], [other] = (events(rig, happening, reader) for reader in (5, 5, 6))
    assert first == again
    assert first.key != other.key


@each
def test_words_of_the_other_side_are_kept_without_people(rig, happening):
    [told] = events(rig, happening)
    said = repr(dataclasses.asdict(told))
    for private in ("reader5", "example.org>", "203.0.113.25", "Mozilla"):
        assert private not in said
    if happening in {"gone", "full"}:
        assert told.reason.startswith(("550 5.1.1 ", "552 5.2.2 "))
