import datetime as dt

import pytest

from contracts.http_server import Reply
from trax_mailer.errors import ProviderError
from trax_mailer.model.provider_list import ProviderList
from trax_mailer.providers.sendgrid.suppressions import PAGE


def test_list_is_read_in_pages_when_it_is_long(lists, api):
    for number in range(PAGE + 3):
        lists.put("spam_reports", f"reader{number}@example.org")
    first, second = (api.page(ProviderList.SPAM_REPORTS, offset=offset) for offset in (0, PAGE))
    assert (first.size, second.size) == (PAGE, 3)
    assert second.entries[-1].email == f"reader{PAGE + 2}@example.org"
    paths = [one.path for one in lists.api.requests]
    assert paths == [f"/v3/suppression/spam_reports?limit=500&offset={offset}" for offset in (0, 500)]


def test_times_and_reasons_are_read_and_no_ip_address_when_they_are_there(lists, api):
    lists.put("blocks", "ana@example.org", created=1443651154, reason="no route to host", status="4.0.0")
    lists.put("spam_reports", "ana@example.org", ip="10.89.32.5")
    [block] = api.page(ProviderList.BLOCKS, offset=0).entries
    assert (block.since, block.reason) == (
        dt.datetime(2015, 9, 30, 22, 12, 34, tzinfo=dt.UTC),
        "4.0.0 no route to host",
    )
    [report] = api.page(ProviderList.SPAM_REPORTS, offset=0).entries
    assert report.reason == ""
    assert "ana" not in repr(block)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'[{"email": "a@example.org", "created": "soon"}, 7, {"email": null}, {}]', ["a@example.org"]),
        (b'[{"email": "a@example.org", "created": 1e300}]', ["a@example.org"]),
        (b"[]", []),
    ],
)
def test_entries_that_are_none_are_left_out_when_the_page_holds_some(lists, api, body, found):
    lists.faults.append(lambda _request: Reply(200, body))
    page = api.page(ProviderList.INVALID, offset=0)
    assert [one.email for one in page.entries] == found
    assert all(one.since is None for one in page.entries)


def test_members_of_groups_come_one_by_one_when_there_are_many(lists, api):
    for number in range(2000):
        lists.leave(7 + number % 2, f"reader{number}@example.org")
    entries = list(api.group_entries())
    assert len(entries) == 2000
    assert {one.group for one in entries} == {7, 8}


def test_reading_of_groups_fails_in_words_when_the_answer_is_broken_inside(lists, api):
    lists.faults.append(lambda _request: Reply(200, b'[{"email": "a@example.org"}, {"email": ]'))
    with pytest.raises(ProviderError, match="cannot be read"):
        list(api.group_entries())


def test_address_to_blame_stands_alone_when_a_chunk_is_refused(lists, api):
    many = [f"reader{number}@example.org" for number in range(30)]
    added = api.add([*many, "not an address"])
    assert (added.taken, added.refused) == (set(many), {"not an address"})
    assert set(lists.entries["unsubscribes"]) == set(many)


def test_address_counts_as_refused_when_sendgrid_does_not_name_it(lists, api):
    lists.refuses.add("ben@example.org")
    added = api.add(["ana@example.org", "ben@example.org"])
    assert (added.taken, added.refused) == ({"ana@example.org"}, {"ben@example.org"})


def test_adding_ends_when_every_address_is_refused(lists, api):
    lists.faults.append(lambda request: Reply(400) if request.method == "POST" else None)
    with pytest.raises(ProviderError, match="refuses every address"):
        api.add([f"reader{number}@example.org" for number in range(200)])
    assert len(lists.api.requests) < 100


def test_address_is_escaped_when_it_stands_in_the_path(lists, api):
    lists.put("bounces", "a/b+c?d@example.org")
    assert api.holds(ProviderList.BOUNCES, "a/b+c?d@example.org")
    api.remove(ProviderList.BOUNCES, "a/b+c?d@example.org")
    assert lists.api.requests[-1].path == "/v3/suppression/bounces/a%2Fb%2Bc%3Fd%40example.org"
    assert not api.holds(ProviderList.BOUNCES, "a/b+c?d@example.org")


def test_removing_twice_is_no_trouble_when_it_is_gone(lists, api):
    lists.leave(7, "ana@example.org")
    for _ in range(2):
        api.remove(ProviderList.GROUPS, "ana@example.org", group=7)
        api.remove(ProviderList.GLOBAL, "ana@example.org")
    assert lists.groups == {7: {}}
