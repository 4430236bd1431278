import datetime as dt

import pytest

from delivery.mailings import ScriptedTransport
from trax_mailer.delivery.sync_age import check_sync
from trax_mailer.model.provider_list import ProviderList, Reading
from trax_mailer.storage.provider_lists import note_reading


@pytest.fixture
def transport():
    made = ScriptedTransport(name="sendgrid")
    made.reads_suppressions, made.rehearsal = True, False
    return made


def read_all(ledger, *, days):
    with ledger.write() as connection:
        begun = ledger.clock(connection) - dt.timedelta(days=days)
        for which in ProviderList:
            note_reading(connection, "sendgrid", which.value, Reading(whole=begun, begun=begun))


def messages(ledger, transport):
    return [one.message for one in check_sync(ledger, transport)]


def test_sender_is_warned_when_there_never_was_a_sync(ledger, transport):
    [finding] = check_sync(ledger, transport)
    assert "never synced" in finding.message
    assert (finding.severity, "trax suppressions sync" in finding.advice) == ("warning", True)


@pytest.mark.parametrize(("days", "words"), [(6, []), (8, ["last 8 days ago"])])
def test_sender_is_warned_when_the_last_sync_is_older_than_a_week(ledger, transport, days, words):
    read_all(ledger, days=days)
    found = messages(ledger, transport)
    assert len(found) == len(words)
    assert all(word in one for word, one in zip(words, found, strict=True))


def test_sender_is_warned_when_one_list_was_never_read_to_its_end(ledger, transport):
    read_all(ledger, days=1)
    with ledger.write() as connection:
        now = ledger.clock(connection)
        old = now - dt.timedelta(days=9)
        note_reading(connection, "sendgrid", "blocks", Reading(whole=old, begun=now, offset=500))
    assert len(messages(ledger, transport)) == 1


@pytest.mark.parametrize("changed", [{"reads_suppressions": False}, {"rehearsal": True}])
def test_nobody_is_warned_when_the_lists_may_not_be_read_or_it_is_a_rehearsal(ledger, transport, changed):
    for name, value in changed.items():
        setattr(transport, name, value)
    assert messages(ledger, transport) == []
