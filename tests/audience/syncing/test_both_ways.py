"""What SendGrid is told, what it may lift, and how a sync goes on after it was broken off."""

import datetime as dt

import pytest

from contracts.http_server import Reply
from contracts.sendgrid_lists import errors
from suppressing import put_suppression
from trax_mailer.audience import leave
from trax_mailer.audience.erasing import erase_reader, remember_erased
from trax_mailer.audience.looking_up import look_up
from trax_mailer.audience.moving import move_address
from trax_mailer.errors import Conflict, ProviderError
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.provider_list import NEVER, ProviderList
from trax_mailer.model.subscriber import SuppressionReason
from trax_mailer.storage import open_ring
from trax_mailer.storage.provider_lists import entries_after, last_whole, readings
from trax_mailer.storage.suppressions import add_suppressions, remove_suppression

BOUNCES, BLOCKS, SPAM, INVALID, GLOBAL, GROUPS = ProviderList
ANA, BEN = "ana@example.org", "ben@example.org"


@pytest.fixture
def silence(ledger, now):
    def add(email, reason="staff"):
        put_suppression(ledger, email, reason=SuppressionReason(reason), source="cleo", now=now)

    return add


def test_sendgrid_is_told_of_suppressions_that_it_does_not_know(lists, sync, silence):
    for email, reason in ((ANA, "staff"), (BEN, "bounced"), ("cleo@example.org", "complained")):
        silence(email, reason)
    silence("dora@example.org", "unsubscribed")
    lists.put("spam_reports", "cleo@example.org")
    outcome = sync()[GLOBAL]
    assert outcome.pushed == 2
    assert set(lists.entries["unsubscribes"]) == {ANA, "dora@example.org"}
    again = sync()[GLOBAL]
    assert (again.seen, again.new, again.pushed, again.applied) == (2, 0, 0, 0)


def test_sendgrid_is_told_in_chunks_when_there_are_many(lists, sync, silence, ledger, now):
    many = [f"reader{number:04}@example.org" for number in range(1234)]
    with ledger.write() as connection:
        add_suppressions(connection, many, reason=SuppressionReason.STAFF, source="ana", now=now)
    assert sync()[GLOBAL].pushed == 1234
    assert [len(one.json["recipient_emails"]) for one in lists.asked("POST")] == [500, 500, 234]


def test_refused_addresses_are_counted_and_tried_again_when_sendgrid_takes_the_others(lists, sync, silence):
    lists.refuses.add(BEN)
    silence(ANA)
    silence(BEN)
    outcome = sync()[GLOBAL]
    assert (outcome.pushed, outcome.refused) == (1, 1)
    assert sync()[GLOBAL].refused == 1


def test_what_we_told_says_nothing_about_the_reader_when_it_comes_back(
    bring, lists, sync, silence, states, ledger
):
    bring(f"email\n{ANA}\n")
    silence(ANA)
    for _ in range(3):
        assert sync()[GLOBAL].applied == 0
    assert states() == {ANA: "subscribed"}
    assert look_up(ledger, ANA).own_word() == ""


def test_reader_left_by_themselves_when_the_entry_is_younger_than_what_we_told(
    bring, lists, sync, silence, states, now
):
    bring(f"email\n{ANA}\n")
    silence(ANA)
    sync()
    lists.put("unsubscribes", ANA, created=int(now.timestamp()) + 7200)
    assert sync(after=dt.timedelta(hours=3))[GLOBAL].applied == 1
    assert states() == {ANA: "unsubscribed"}


def test_leavers_of_a_list_are_told_to_its_group_when_sendgrid_would_mail_them(bring, lists, sync, silence):
    bring(f"email;status\n{ANA};unsubscribed\n{BEN};subscribed\ncleo@example.org;complained\n")
    bring("email\ndora@example.org\n", state="bounced")
    bring("email\neve@example.org\n", state="unsubscribed")
    silence("eve@example.org")
    lists.groups[7] = {}
    outcome = sync(groups={"UPR Trax": 7})
    assert outcome[GROUPS].pushed == 2
    assert set(lists.groups[7]) == {ANA, "cleo@example.org"}
    assert sync(groups={"UPR Trax": 7})[GROUPS].pushed == 0


def test_nobody_is_put_onto_the_global_list_when_the_group_is_missing(bring, lists, sync):
    bring(f"email\n{ANA}\n", state="unsubscribed")
    outcome = sync(groups={"UPR Trax": 7})[GROUPS]
    assert (outcome.pushed, outcome.trouble) == (
        0,
        "SendGrid has no unsubscribe group 7: nobody was put onto it.",
    )
    assert lists.asked("POST") == []


def test_what_is_lifted_there_is_told_and_stays_here_when_synced(
    bring, lists, sync, states, suppressed, ledger
):
    bring(f"email\n{ANA}\n{BEN}\n")
    lists.put("unsubscribes", ANA)
    lists.put("bounces", BEN)
    sync()
    lists.entries["unsubscribes"].clear()
    lists.entries["bounces"].clear()
    before = states(), suppressed()
    outcomes = sync()
    assert (outcomes[GLOBAL].gone, outcomes[BOUNCES].gone) == (1, 1)
    assert (states(), suppressed()) == before
    assert outcomes[GLOBAL].pushed == 0  # whoever lifted it there is not contradicted
    assert lists.entries["unsubscribes"] == {}
    later = sync()
    assert (later[GLOBAL].gone, later[BOUNCES].gone) == (0, 0)
    with ledger.read() as connection:
        gone = entries_after(connection, "sendgrid", ("", ""), gone=True, limit=10)
        there = entries_after(connection, "sendgrid", ("", ""), gone=False, limit=10)
    assert ([one.address for one in gone], there) == ([BEN, ANA], [])


def test_entry_counts_as_new_when_it_is_there_again(lists, sync):
    lists.put("blocks", ANA)
    sync()
    entry = lists.entries["blocks"].pop(ANA)
    sync()
    lists.entries["blocks"][ANA] = entry
    outcome = sync()[BLOCKS]
    assert (outcome.new, outcome.gone) == (1, 0)
    assert sync()[BLOCKS].new == 0


def test_dry_run_changes_nothing_and_counts_the_same_when_it_is_followed_by_the_real_one(
    bring, lists, sync, silence, whole
):
    bring(f"email;status\n{ANA};subscribed\n{BEN};subscribed\nfay@example.org;unsubscribed\n")
    silence("gil@example.org")
    lists.put("bounces", "old@example.org")
    sync()
    del lists.entries["bounces"]["old@example.org"]
    for number in range(600):
        lists.put("bounces", f"reader{number}@example.org")
    lists.put("bounces", ANA)
    lists.put("unsubscribes", BEN)
    lists.put("spam_reports", "cleo@example.org")
    lists.leave(7, ANA)
    silence("hal@example.org")
    before, there = whole(), str(lists.entries)
    tried = sync(groups={"UPR Trax": 7}, dry_run=True)
    assert (whole(), str(lists.entries)) == (before, there)
    done = sync(groups={"UPR Trax": 7})
    assert tried == done
    assert (done[BOUNCES].new, done[BOUNCES].gone, done[BOUNCES].applied) == (601, 1, 1)
    assert (done[GLOBAL].pushed, done[GROUPS].pushed) == (1, 1)


def test_sync_goes_on_where_it_stopped_when_it_was_broken_off(lists, sync, bring, states, ledger):
    bring(f"email\n{ANA}\nben@example.org\n")
    lists.put("bounces", ANA)
    for number in range(1200):
        lists.put("bounces", f"reader{number}@example.org")
    lists.put("bounces", BEN)
    lists.faults.append(lambda request: Reply(500) if "offset=1000" in request.path else None)
    with pytest.raises(ProviderError):
        sync()
    assert states() == {ANA: "bounced", BEN: "subscribed"}
    with ledger.read() as connection:
        assert readings(connection, "sendgrid")["bounces"].offset == 1000
        assert last_whole(connection, "sendgrid") == NEVER
    lists.faults.clear()
    lists.api.requests.clear()
    outcome = sync()[BOUNCES]
    assert lists.api.requests[0].path.endswith("offset=1000")
    assert (outcome.seen, outcome.new, outcome.gone) == (202, 202, 0)
    assert states() == {ANA: "bounced", BEN: "bounced"}
    again = sync()[BOUNCES]
    assert (again.seen, again.new, again.gone) == (1202, 0, 0)


def test_sync_begins_anew_when_it_was_broken_off_long_ago(lists, sync):
    for number in range(600):
        lists.put("bounces", f"reader{number}@example.org")
    lists.faults.append(lambda request: Reply(500) if "offset=500" in request.path else None)
    with pytest.raises(ProviderError):
        sync()
    lists.faults.clear()
    assert sync(after=dt.timedelta(hours=7))[BOUNCES].seen == 600


def test_sync_ends_in_words_when_the_same_page_comes_for_ever(lists, sync):
    page = [{"email": f"reader{number}@example.org", "created": 1450000000} for number in range(500)]
    lists.faults.append(lambda request: Reply(200, page) if "blocks" in request.path else None)
    with pytest.raises(ProviderError, match="same page of the blocks"):
        sync()


def test_other_lists_go_on_when_the_key_may_not_read_one(lists, sync, bring, states, silence):
    bring(f"email\n{ANA}\n{BEN}\n")
    lists.put("bounces", ANA)
    lists.put("unsubscribes", BEN)
    silence("cleo@example.org")
    lists.faults.append(
        lambda request: Reply(403, errors("access forbidden")) if "/unsubscribes" in request.path else None
    )
    outcomes = sync()
    assert states() == {ANA: "bounced", BEN: "subscribed"}
    assert "may not touch the global unsubscribes" in outcomes[GLOBAL].trouble
    assert lists.asked("POST") == []  # without knowing what is there, nobody is told


def test_whole_sync_ends_when_the_key_is_refused(lists, sync):
    lists.faults.append(lambda _request: Reply(401, errors("authorization required")))
    with pytest.raises(ProviderError, match="does not accept the key"):
        sync()


def test_only_one_syncs_when_two_begin(lists, sync, ledger):
    with ledger.lane_lock(0, lane=1000), pytest.raises(Conflict, match="Another process is syncing"):
        sync()
    assert lists.api.requests == []


def test_erased_address_is_neither_stored_nor_told_when_sendgrid_has_it(  # noqa: PLR0917
    bring, lists, sync, ledger, now, whole, suppressed
):
    bring(f"email\n{ANA}\n")
    ring = open_ring(ledger)
    act = Act(kind=ActKind.STAFF, at=now)
    erase_reader(ledger, ring, 1, act=act)
    with ledger.write() as connection:
        remember_erased(connection, ring, BEN, act=act)
    for name in ("bounces", "blocks", "spam_reports", "invalid_emails", "unsubscribes"):
        lists.put(name, ANA)
        lists.put(name, BEN)
    lists.leave(7, ANA)
    lists.leave(7, BEN)
    outcomes = sync(groups={"UPR Trax": 7})
    assert "example.org" not in str(whole())
    assert suppressed() == {}
    assert {(one.seen, one.new, one.applied, one.pushed) for one in outcomes.values()} == {(2, 0, 0, 0)}
    assert look_up(ledger, ANA) == look_up(ledger, ANA.upper())
    assert look_up(ledger, ANA).there == ()


def test_unsubscribe_lists_there_are_cleared_of_who_came_back_and_no_others(  # noqa: PLR0917
    bring, lists, sync, confirm, ledger, now, states
):
    bring(f"email;status\n{ANA};subscribed\n{BEN};subscribed\nfay@example.org;unsubscribed\n")
    for address in (ANA, BEN):
        lists.put("unsubscribes", address)
        lists.leave(7, address)
        lists.leave(8, address)  # stands for none of our lists
    for name in ("bounces", "spam_reports"):
        lists.put(name, ANA)
    groups = {"UPR Trax": 7}
    sync(groups=groups)  # fay's leaving is told
    confirm(1, at=now + dt.timedelta(hours=1))
    confirm(3, at=now + dt.timedelta(hours=1))
    with ledger.write() as connection:
        remove_suppression(connection, ANA)
    before = str(lists.entries)
    tried = sync(groups=groups, after=dt.timedelta(hours=2), dry_run=True)
    assert (str(lists.entries), tried[GLOBAL].cleared, tried[GROUPS].cleared) == (before, 1, 2)
    done = sync(groups=groups, after=dt.timedelta(hours=2))
    assert (done[GLOBAL].cleared, done[GROUPS].cleared) == (1, 2)
    assert set(lists.entries["unsubscribes"]) == set(lists.groups[7]) == {BEN}
    assert set(lists.groups[8]) == {ANA, BEN}
    assert set(lists.entries["bounces"]) == set(lists.entries["spam_reports"]) == {ANA}
    assert {str(one.path).split("/")[2] for one in lists.asked("DELETE")} == {"asm"}
    assert states() == {ANA: "subscribed", BEN: "unsubscribed", "fay@example.org": "subscribed"}
    again = sync(groups=groups, after=dt.timedelta(hours=3))
    assert {(again[which].cleared, again[which].pushed) for which in (GLOBAL, GROUPS)} == {(0, 0)}
    leave(ledger, list_id=1, subscriber_id=3, kind=ActKind.PAGE, now=now + dt.timedelta(hours=4))
    assert sync(groups=groups, after=dt.timedelta(hours=5))[GROUPS].pushed == 1


def test_nobody_is_cleared_there_when_staff_keep_them_out(bring, lists, sync, confirm, silence, now):
    bring(f"email\n{ANA}\n")
    lists.put("unsubscribes", ANA)
    confirm(1, at=now - dt.timedelta(hours=1))
    silence(ANA)
    assert sync()[GLOBAL].cleared == 0
    assert ANA in lists.entries["unsubscribes"]


def test_former_address_of_a_reader_stays_with_us_when_they_moved(bring, lists, sync, ledger, now):
    bring(f"email\n{ANA}\n")
    move_address(ledger, open_ring(ledger), 1, BEN, act=Act(kind=ActKind.STAFF, at=now))
    assert sync()[GLOBAL].pushed == 0


def test_clock_that_went_back_makes_nobody_gone_when_synced(lists, sync, now):
    lists.put("blocks", ANA)
    sync()
    assert sync(after=-dt.timedelta(days=3))[BLOCKS].gone == 0
    assert sync(after=-dt.timedelta(days=2))[BLOCKS].gone == 0
