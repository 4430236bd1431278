from hypothesis import given
from hypothesis import strategies as st

from delivery.letters import recipient
from trax_mailer.delivery.course import Course
from trax_mailer.delivery.patience import Patience
from trax_mailer.delivery.settlement import settle_answer
from trax_mailer.delivery.transports.base import Answer, RecipientAnswer, Verdict
from trax_mailer.model.mailing import Handover

READERS = [recipient(number) for number in range(1, 9)]
TRIES = {one.delivery: number for number, one in enumerate(READERS)}
verdicts = st.sampled_from(list(Verdict))
named = st.dictionaries(
    st.sampled_from([one.delivery for one in READERS]), st.builds(RecipientAnswer, verdicts), max_size=8
)
answers = st.builds(
    Answer,
    verdict=verdicts,
    provider_reference=st.sampled_from(["", "ref"]),
    retry_after=st.none() | st.floats(0, 100),
    per_recipient=named,
)


@given(answer=answers, size=st.integers(1, 8))
def test_every_reader_lands_in_exactly_one_place_whatever_the_answer(answer, size):
    readers = READERS[:size]
    course = Course(Patience())
    course.note(answer, readers)
    settlement = settle_answer(answer, readers, tries=TRIES, course=course)
    if settlement.rest:
        assert (settlement.settled, settlement.final, settlement.stay) == (size, (), ())
        return
    landed = [one.subscriber_id for one in settlement.final]
    landed += settlement.stay + settlement.later
    landed += [one for part in settlement.parts for one in part]
    assert sorted(landed) == [one.subscriber_id for one in readers]


@given(answer=answers, size=st.integers(1, 8))
def test_nobody_is_tried_again_who_may_have_been_reached(answer, size):
    readers = READERS[:size]
    settlement = settle_answer(answer, readers, tries=TRIES, course=Course(Patience()))
    final = _ends(settlement, readers)
    for one in readers:
        verdict = answer.of(one.delivery).verdict
        if verdict is Verdict.ACCEPTED:
            assert final[one.subscriber_id] is Handover.ACCEPTED
        elif verdict is Verdict.UNCERTAIN:
            assert final[one.subscriber_id] is Handover.UNCERTAIN
        else:
            assert final.get(one.subscriber_id) in {None, Handover.FAILED}


@given(answer=answers, size=st.integers(1, 8))
def test_nobody_fails_who_was_not_refused(answer, size):
    readers = READERS[:size]
    settlement = settle_answer(answer, readers, tries=TRIES, course=Course(Patience()))
    refused = {one.subscriber_id for one in readers if answer.of(one.delivery).verdict is Verdict.REJECTED}
    failed = {who for who, end in _ends(settlement, readers).items() if end is Handover.FAILED}
    assert failed <= refused


def _ends(settlement, readers):
    named = {one.subscriber_id: one.handover for one in settlement.final}
    rest = {one.subscriber_id: settlement.rest[0] for one in readers} if settlement.rest else {}
    return rest | named


def test_waits_grow_and_stay_bounded():
    patience = Patience(first=1, longest=10)
    for tries, most in [(1, 1), (2, 2), (4, 8), (5, 10), (50, 10)]:
        assert all(most / 2 <= patience.wait(tries) <= most for _ in range(20))
