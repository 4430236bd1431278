from itertools import permutations

import pytest

from trax_mailer.audience import find_list, leave
from trax_mailer.audience.standing import heavier, state_after
from trax_mailer.model.act import ActKind
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage.acts import acts_among
from trax_mailer.storage.subscriptions import steps_of


def test_order_makes_no_difference_when_several_say_where_a_reader_stands():
    for said in permutations(SubscriptionState):
        stands = said[0]
        for state in said[1:]:
            stands = heavier(stands, state)
        assert stands is SubscriptionState.COMPLAINED


@pytest.mark.parametrize("present", sorted(set(SubscriptionState) - {SubscriptionState.PENDING}))
def test_nobody_is_subscribed_when_they_were_not_before(present):
    assert heavier(present, SubscriptionState.SUBSCRIBED) is present
    for kind in set(ActKind) - {ActKind.CONFIRMATION}:
        assert state_after(present, SubscriptionState.SUBSCRIBED, kind=kind) is present


@pytest.mark.parametrize("present", [None, *SubscriptionState])
def test_reader_is_back_when_they_confirm_it_themselves(present):
    said = SubscriptionState.SUBSCRIBED
    assert state_after(present, said, kind=ActKind.CONFIRMATION) is said


def test_reader_is_off_one_list_when_they_leave_it(bring, ledger, states, now):
    bring("email\nana@example.org\n")
    bring("email\nana@example.org\n", list_name="Jobs")
    how = {"list_id": find_list(ledger, "UPR Trax"), "subscriber_id": 1, "kind": ActKind.PAGE}
    assert leave(ledger, **how, now=now) is True
    assert leave(ledger, **how, now=now.replace(year=2016)) is False
    assert states() == {"ana@example.org": "unsubscribed"}
    assert states("Jobs") == {"ana@example.org": "subscribed"}


def test_time_and_cause_are_kept_when_a_reader_leaves_twice(bring, ledger, stored, now):
    bring("email\nana@example.org\n")
    leave(ledger, list_id=1, subscriber_id=1, kind=ActKind.ONE_CLICK, now=now)
    before = stored()
    leave(ledger, list_id=1, subscriber_id=1, kind=ActKind.PAGE, now=now.replace(year=2016))
    assert stored() == before
    with ledger.read() as connection:
        steps = steps_of(connection, 1)
        acts = acts_among(connection, [step.act_id for step in steps])
    assert [(acts[step.act_id].kind, step.state, step.at) for step in steps] == [
        ("import", "subscribed", now),
        ("one-click", "unsubscribed", now),
    ]


def test_nothing_changes_when_nobody_or_no_list_has_that_id(bring, ledger, stored, now):
    bring("email\nana@example.org\n")
    before = stored()
    assert leave(ledger, list_id=1, subscriber_id=99, kind=ActKind.PAGE, now=now) is False
    assert leave(ledger, list_id=99, subscriber_id=1, kind=ActKind.PAGE, now=now) is False
    assert stored() == before


def test_bounced_reader_counts_as_gone_when_they_leave(bring, ledger, states, now):
    bring("email\nana@example.org\n", state="bounced")
    assert leave(ledger, list_id=1, subscriber_id=1, kind=ActKind.PAGE, now=now) is True
    assert states() == {"ana@example.org": "unsubscribed"}
