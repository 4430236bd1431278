"""Every call to SendGrid's suppression lists, checked by Prism against the official OpenAPI file."""

import threading

import pytest

from contracts.prism import TESTS, prism
from contracts.sendgrid_lists import pretend_lists
from trax_mailer.errors import ProviderError
from trax_mailer.model.provider_list import ProviderList
from trax_mailer.providers.sendgrid.asking import Patience
from trax_mailer.providers.sendgrid.suppressions import SuppressionApi

pytestmark = pytest.mark.prism
FILE = TESTS / "contracts" / "sendgrid" / "tsg_suppressions_v3.yaml"
ANA = "ana+news@example.org"


@pytest.fixture(scope="module")
def account():
    """The pretend account behind Prism: a request that breaks the contract never gets through to it."""
    with pretend_lists() as lists, prism("proxy", str(FILE), lists.api.url, "--errors") as url:
        yield lists, url


@pytest.fixture
def lists(account):
    lists, _ = account
    lists.api.requests.clear()
    return lists


@pytest.fixture
def api(account):
    lists, url = account
    patience = Patience(tries=1, first=0.01)
    return SuppressionApi(
        lists.settings(host=url, timeout=20), stop=threading.Event(), say=print, patience=patience
    )


@pytest.mark.parametrize("which", [one for one in ProviderList if one is not ProviderList.GROUPS])
def test_page_is_asked_for_and_answered_by_the_contract(lists, api, which):
    lists.put(which.value, ANA)
    [entry] = api.page(which, offset=0).entries
    assert entry.email == ANA
    assert lists.api.requests[-1].headers["accept"] == "application/json"


def test_groups_and_their_members_are_read_by_the_contract(lists, api):
    lists.leave(7, ANA)
    assert api.groups() == {7}
    assert [one.group for one in api.group_entries()] == [7]


def test_addresses_are_added_by_the_contract(lists, api):
    lists.groups[7] = {}
    assert api.add([ANA]).taken == {ANA}
    assert api.add([ANA], group=7).taken == {ANA}
    assert [one.path for one in lists.api.requests] == [
        "/v3/asm/suppressions/global",
        "/v3/asm/groups/7/suppressions",
    ]


@pytest.mark.parametrize("which", [ProviderList.BOUNCES, ProviderList.BLOCKS, ProviderList.INVALID])
def test_address_is_looked_for_and_taken_off_by_the_contract(lists, api, which):
    lists.put(which.value, ANA)
    if which is not ProviderList.BLOCKS:
        assert api.holds(which, ANA)
    api.remove(which, ANA)
    assert ANA not in lists.entries[which.value]


def test_address_is_taken_off_the_lists_of_readers_acts_by_the_contract(lists, api):
    lists.put("unsubscribes", ANA)
    lists.put("spam_reports", ANA)
    lists.leave(7, ANA)
    for which in (ProviderList.GLOBAL, ProviderList.SPAM_REPORTS):
        api.remove(which, ANA)
    api.remove(ProviderList.GROUPS, ANA, group=7)
    assert ANA not in {*lists.entries["unsubscribes"], *lists.entries["spam_reports"], *lists.groups[7]}


def test_prism_refuses_when_a_page_is_too_long(lists, api, monkeypatch):
    """The suite above proves something only if Prism does refuse."""
    monkeypatch.setattr("trax_mailer.providers.sendgrid.suppressions.PAGE", 501)
    with pytest.raises(ProviderError):
        api.page(ProviderList.BOUNCES, offset=0)
    assert lists.api.requests == []
