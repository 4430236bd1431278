"""What each of SendGrid's lists does to readers, and what it leaves alone."""

import datetime as dt

import pytest
from sqlalchemy import select

from trax_mailer.audience.looking_up import look_up
from trax_mailer.errors import Refused
from trax_mailer.model.provider_list import ProviderList
from trax_mailer.storage import schema
from trax_mailer.storage.acts import acts_among
from trax_mailer.storage.subscriptions import steps_of

BOUNCES, BLOCKS, SPAM, INVALID, GLOBAL, GROUPS = ProviderList
ANA = "ana@example.org"


@pytest.mark.parametrize(
    ("name", "state", "suppression"),
    [
        ("bounces", "bounced", None),
        ("invalid_emails", "bounced", None),
        ("blocks", "subscribed", None),
        ("spam_reports", "complained", ("complained", "sendgrid: spam reports")),
        ("unsubscribes", "unsubscribed", ("unsubscribed", "sendgrid: global unsubscribes")),
    ],
)
def test_reader_stands_where_the_list_says_when_it_is_synced(  # noqa: PLR0917
    bring, lists, sync, states, suppressed, ledger, name, state, suppression
):
    bring("email\nAna@Example.org\nben@example.org\n")
    bring(f"email\n{ANA}\n", list_name="Jobs")
    lists.put(name, "ANA@example.org")
    outcome = sync()[ProviderList(name)]
    assert states() == {ANA: state, "ben@example.org": "subscribed"}
    assert states("Jobs") == {ANA: state}
    assert suppressed().get(ANA) == suppression
    changed = state != "subscribed"
    assert (outcome.seen, outcome.new, outcome.applied) == (1, 1, int(changed))
    with ledger.read() as connection:
        last = steps_of(connection, 1)[-1]
        act = acts_among(connection, [last.act_id])[last.act_id]
    assert (act.kind, act.source.removeprefix("sendgrid: ")) == (
        ("provider", ProviderList(name).words) if changed else ("import", "readers.csv")
    )


@pytest.mark.parametrize("name", ["bounces", "spam_reports", "unsubscribes", "invalid_emails"])
def test_nothing_changes_when_it_is_synced_again(bring, lists, sync, stored, name):
    bring(f"email\n{ANA}\n")
    lists.put(name, ANA)
    sync()
    before = stored()
    outcome = sync()[ProviderList(name)]
    assert (outcome.seen, outcome.new, outcome.applied, outcome.gone) == (1, 0, 0, 0)
    assert stored() == before


@pytest.mark.parametrize(
    ("file", "name", "state"),
    [
        ("unsubscribed", "bounces", "unsubscribed"),
        ("bounced", "unsubscribes", "unsubscribed"),
        ("bounced", "spam_reports", "complained"),
        ("unsubscribed", "spam_reports", "complained"),
    ],
)
def test_heavier_state_holds_when_both_sides_know_of_a_reader(  # noqa: PLR0917
    bring, lists, sync, states, file, name, state
):
    bring(f"email\n{ANA}\n", state=file)
    lists.put(name, ANA)
    sync()
    assert states() == {ANA: state}


def test_reader_is_off_the_list_of_the_group_alone_when_it_is_mapped(bring, lists, sync, states, suppressed):
    bring(f"email\n{ANA}\nben@example.org\n")
    bring(f"email\n{ANA}\n", list_name="Jobs")
    lists.leave(7, ANA)
    lists.leave(9, "ben@example.org")
    outcome = sync(groups={"UPR Trax": 7})[GROUPS]
    assert (outcome.seen, outcome.new, outcome.applied) == (2, 2, 1)
    assert states() == {ANA: "unsubscribed", "ben@example.org": "subscribed"}
    assert states("Jobs") == {ANA: "subscribed"}
    assert suppressed() == {}


def test_stranger_who_left_the_group_stays_off_when_a_file_brings_them_later(bring, lists, sync, states):
    bring("email\nben@example.org\n")
    lists.leave(7, ANA)
    sync(groups={"UPR Trax": 7})
    assert bring(f"email\n{ANA}\n").kept_out == 1
    assert states() == {ANA: "unsubscribed", "ben@example.org": "subscribed"}


def test_stranger_is_never_mailed_when_the_list_is_one_of_readers_acts(bring, lists, sync, suppressed):
    lists.put("spam_reports", ANA)
    lists.put("unsubscribes", "ben@example.org")
    lists.put("bounces", "cleo@example.org")
    sync()
    assert set(suppressed()) == {ANA, "ben@example.org"}
    assert bring(f"email\n{ANA}\nben@example.org\n").kept_out == 2


def test_bounced_stranger_is_off_by_the_next_sync_when_a_file_brought_them(bring, lists, sync, states):
    lists.put("bounces", ANA)
    sync()
    bring(f"email\n{ANA}\n")
    assert sync()[BOUNCES].applied == 1
    assert states() == {ANA: "bounced"}


@pytest.mark.parametrize("name", ["bounces", "spam_reports", "unsubscribes"])
def test_reader_stays_when_they_came_back_by_their_own_act_since(  # noqa: PLR0917
    bring, lists, sync, states, suppressed, confirm, now, name
):
    bring(f"email\n{ANA}\n")
    bring(f"email\n{ANA}\n", list_name="Jobs")
    lists.put(name, ANA, created=int(now.timestamp()) - 3600)
    confirm(1, at=now - dt.timedelta(minutes=30))
    outcome = sync()[ProviderList(name)]
    assert states() == {ANA: "subscribed"}
    assert states("Jobs")[ANA] != "subscribed"
    assert suppressed() == {}
    assert outcome.back == 1


def test_reader_is_off_again_when_they_left_after_they_came_back(bring, lists, sync, states, confirm, now):
    bring(f"email\n{ANA}\n")
    confirm(1, at=now - dt.timedelta(minutes=30))
    lists.put("unsubscribes", ANA, created=int(now.timestamp()) - 60)
    assert sync()[GLOBAL].back == 0
    assert states() == {ANA: "unsubscribed"}


def test_entry_weighs_more_than_an_earlier_confirmation_when_it_has_no_time(
    bring, lists, sync, states, confirm, now
):
    bring(f"email\n{ANA}\n")
    confirm(1, at=now - dt.timedelta(minutes=30))
    lists.put("spam_reports", ANA, created="yesterday")
    sync()
    assert states() == {ANA: "complained"}


def test_reasons_name_nobody_when_servers_name_others(lists, sync, ledger):
    lists.put(
        "blocks", ANA, reason="550 5.7.1 <ben@example.org>: ana at 192.0.2.7 is blocked", status="5.7.1"
    )
    sync()
    [one] = look_up(ledger, ANA).there
    assert one.entry.reason == "550 5.7.1 <…@…>: … at … is blocked"


def test_entry_is_counted_alone_when_it_holds_no_address(lists, sync, ledger):
    lists.put("invalid_emails", "ana at example")
    lists.put("invalid_emails", ANA)
    outcome = sync()[INVALID]
    assert (outcome.seen, outcome.new, outcome.unusable) == (2, 1, 1)


def test_sync_is_refused_before_any_call_when_settings_name_an_unknown_list(lists, sync):
    with pytest.raises(Refused, match="“Jbos”"):
        sync(groups={"Jbos": 7})
    assert lists.api.requests == []


def test_sync_itself_is_kept_when_it_ends(lists, sync, ledger):
    lists.put("bounces", ANA)
    sync()
    with ledger.read() as connection:
        acts = connection.execute(select(schema.act)).all()
    assert [(act.kind, act.by, act.source) for act in acts] == [("provider", "ana", "sendgrid")]
    assert "bounces: 1 seen, 1 new" in acts[0].words
    assert ANA not in str(acts)
