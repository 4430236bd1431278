import datetime as dt

import pytest
from sqlalchemy import select

from suppressing import put_suppression
from trax_mailer.audience.lifting import lift
from trax_mailer.errors import ProviderError, Refused
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.provider_list import ProviderList
from trax_mailer.model.subscriber import SuppressionReason
from trax_mailer.storage import schema

ANA = "ana@example.org"


@pytest.fixture
def lifted(ledger, api, now):
    def run(email=ANA, *, there=True, at=now):
        act = Act(kind=ActKind.STAFF, at=at, by="ben", words="their server is back")
        return lift(ledger, email, act=act, api=api if there else None)

    return run


@pytest.fixture
def silence(ledger, now):
    def add(reason):
        put_suppression(ledger, ANA, reason=SuppressionReason(reason), source="cleo", now=now)

    return add


@pytest.mark.parametrize("reason", ["staff", "bounced"])
def test_suppression_of_staff_is_lifted_with_an_act_when_staff_say_so(
    lifted, silence, suppressed, ledger, reason
):
    silence(reason)
    assert lifted(" Ana@Example.org", there=False).here
    assert suppressed() == {}
    with ledger.read() as connection:
        [act] = connection.execute(select(schema.act)).all()
    assert (act.kind, act.by, act.words) == (
        "staff",
        "ben",
        f"suppression lifted ({reason}): their server is back",
    )
    assert "ana" not in str(act.details)


@pytest.mark.parametrize("reason", ["unsubscribed", "complained"])
def test_word_of_a_reader_is_not_taken_back_when_staff_lift(lifted, silence, suppressed, lists, reason):
    silence(reason)
    with pytest.raises(Refused, match="only the reader's own confirmation"):
        lifted()
    assert set(suppressed()) == {ANA}
    assert lists.api.requests == []


@pytest.mark.parametrize("name", ["spam_reports", "unsubscribes"])
def test_nothing_is_lifted_when_sendgrid_says_that_the_reader_left(lifted, lists, sync, silence, name):
    silence("staff")
    lists.put(name, ANA)
    sync()
    with pytest.raises(Refused, match="stands on SendGrid's"):
        lifted()
    assert lists.asked("DELETE") == []


def test_address_is_off_their_lists_of_addresses_when_it_is_lifted_there(bring, lifted, lists, sync, states):
    bring(f"email\n{ANA}\n")
    for name in ("bounces", "blocks", "invalid_emails"):
        lists.put(name, ANA)
        lists.put(name, "ben@example.org")
    sync()
    done = lifted()
    assert (done.here, done.there) == (False, ("bounces", "blocks", "invalid addresses"))
    assert [(state.value) for _, state in done.stays] == ["bounced"]
    assert all(set(lists.entries[name]) == {"ben@example.org"} for name in ("bounces", "blocks"))
    assert states() == {ANA: "bounced"}  # only their own confirmation brings them back
    with pytest.raises(Refused, match="not suppressed here nor at SendGrid"):
        lifted()


def test_what_we_told_is_taken_off_there_when_our_suppression_is_lifted(lifted, lists, sync, silence):
    silence("staff")
    sync()
    assert ANA in lists.entries["unsubscribes"]
    assert lifted().there == ("global unsubscribes",)
    assert lists.entries["unsubscribes"] == {}
    assert sync()[ProviderList.GLOBAL].pushed == 0


def test_person_learns_what_remains_there_when_it_is_lifted_here_alone(lifted, sync, silence):
    silence("staff")
    sync()
    assert lifted(there=False).remains == ("global unsubscribes",)


def test_reader_is_mailed_again_when_they_came_back_themselves(  # noqa: PLR0917
    bring, lifted, lists, sync, confirm, suppressed, now
):
    bring(f"email\n{ANA}\n")
    lists.put("unsubscribes", ANA)
    lists.put("spam_reports", ANA)
    lists.leave(7, ANA)
    sync(groups={"UPR Trax": 7})
    confirm(1, at=now + dt.timedelta(hours=1))
    done = lifted(at=now + dt.timedelta(hours=2))
    assert done.here
    assert set(done.there) == {"global unsubscribes", "spam reports", "unsubscribe group 7"}
    assert (lists.entries["unsubscribes"], lists.entries["spam_reports"], lists.groups[7]) == ({}, {}, {})
    assert suppressed() == {}
    sync(groups={"UPR Trax": 7}, after=dt.timedelta(hours=3))
    assert suppressed() == {}


def test_nothing_changes_here_when_sendgrid_fails(lifted, lists, silence, suppressed):
    silence("staff")
    lists.faults.append(lambda request: "reset" if request.method == "GET" else None)
    with pytest.raises(ProviderError, match="cannot be reached"):
        lifted()
    assert set(suppressed()) == {ANA}


def test_unknown_address_is_told_the_same_as_an_erased_one_when_lifted(lifted):
    with pytest.raises(Refused, match=r"nobody@example.org is not suppressed here\."):
        lifted("nobody@example.org", there=False)
