"""What an answer means for each delivery of a claim. Pure: decides, and writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trax_mailer.delivery.course import Course
from trax_mailer.delivery.transports.base import Answer, RecipientAnswer, Verdict
from trax_mailer.model.mailing import Handover, Recipient
from trax_mailer.storage.deliveries import Settled

_FINAL = {
    Verdict.ACCEPTED: Handover.ACCEPTED,
    Verdict.REJECTED: Handover.FAILED,
    Verdict.UNCERTAIN: Handover.UNCERTAIN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """`final` are settled. `stay` go back to their batch, to be tried again after `wait` seconds.

    `parts` go into new batches of their own at once. `later` go into a new batch that waits
    `wait_later` seconds. The last three hold subscribers' ids. `rest` is the end, as handover and reason,
    of everybody of the call whom none of these names. `settled` counts those at their end.
    """

    final: tuple[Settled, ...] = ()
    stay: tuple[int, ...] = ()
    wait: float = 0.0
    parts: tuple[tuple[int, ...], ...] = ()
    later: tuple[int, ...] = ()
    wait_later: float = 0.0
    rest: tuple[Handover, str] | None = None
    settled: int = 0


def settle_answer(
    answer: Answer, recipients: Sequence[Recipient], *, tries: Mapping[str, int], course: Course
) -> Settlement:
    """What becomes of each recipient of the call; `course` has taken the answer in already.

    `tries` says, by delivery, how often it was put off by name before.
    """
    count = len(recipients)
    alike = not answer.per_recipient and (answer.verdict is not Verdict.REJECTED or count == 1)
    if alike and answer.verdict in _FINAL:
        # Nobody has to be looked at: one answer, one end, however many they are.
        return Settlement(rest=(_FINAL[answer.verdict], answer.reason), settled=count)
    unnamed = tuple(one for one in recipients if one.delivery not in answer.per_recipient)
    named = [one for one in recipients if one.delivery in answer.per_recipient]
    parts = _halves(unnamed) if answer.verdict is Verdict.REJECTED else ()
    judged = named if parts else recipients
    put_off = [one for one in named if answer.of(one.delivery).verdict is Verdict.THROTTLED]
    given_up = [one for one in put_off if tries[one.delivery] + 1 >= course.patience.tries]
    later = [one for one in put_off if one not in given_up]
    final = [
        _final(one, answer.of(one.delivery)) for one in judged if answer.of(one.delivery).verdict in _FINAL
    ]
    final += [_given_up(one, answer.of(one.delivery), tries[one.delivery] + 1) for one in given_up]
    settled = {one.subscriber_id for one in final} | {one.subscriber_id for one in later}
    stay = tuple(one.subscriber_id for one in judged if one.subscriber_id not in settled)
    # What a provider's reference stands for must stay together: the rest gets a batch of its own.
    if stay and answer.provider_reference:
        parts, stay = (*parts, stay), ()
    return Settlement(
        settled=len(final),
        final=tuple(final),
        stay=stay,
        wait=_wait(answer, course),
        parts=parts,
        later=tuple(one.subscriber_id for one in later),
        wait_later=course.patience.wait(max((tries[one.delivery] + 1 for one in later), default=1)),
    )


def _halves(recipients: tuple[Recipient, ...]) -> tuple[tuple[int, ...], ...]:
    """A refusal of several names no culprit: halving finds it, so that one bad address fails alone."""
    if len(recipients) < 2:
        return ()
    ids = tuple(one.subscriber_id for one in recipients)
    return ids[: len(ids) // 2], ids[len(ids) // 2 :]


def _final(recipient: Recipient, answer: RecipientAnswer) -> Settled:
    return Settled(
        subscriber_id=recipient.subscriber_id, handover=_FINAL[answer.verdict], reason=answer.reason
    )


def _given_up(recipient: Recipient, answer: RecipientAnswer, tries: int) -> Settled:
    reason = f"put off {tries} times, the last time with: {answer.reason}"
    return Settled(subscriber_id=recipient.subscriber_id, handover=Handover.FAILED, reason=reason)


def _wait(answer: Answer, course: Course) -> float:
    if answer.verdict is Verdict.STOPPED:
        return 0.0  # A person decides when.
    if answer.retry_after is not None:
        return answer.retry_after
    return course.patience.wait(max(course.setbacks, 1))
