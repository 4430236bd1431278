import pytest

from suppressing import put_suppression
from trax_mailer.audience import suppress
from trax_mailer.errors import Refused
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.subscriber import SuppressionReason
from trax_mailer.storage.acts import latest_acts
from trax_mailer.storage.suppressions import find_suppression


@pytest.fixture
def act(now):
    return Act(kind=ActKind.STAFF, at=now, by="ben", words="court order")


def test_address_is_suppressed_by_its_key_when_written_any_way(ledger, act, now):
    assert suppress(ledger, " Ana@Bücher.example", act=act)
    with ledger.read() as connection:
        found = find_suppression(connection, "ana@xn--bcher-kva.example")
        [kept] = latest_acts(connection, limit=9)
    assert (found.reason, found.since, found.source) == (SuppressionReason.STAFF, now, "ben")
    assert (kept.by, kept.words, dict(kept.details)) == ("ben", "suppressed: court order", {})


def test_first_reason_stays_when_suppressed_again(ledger, act, now):
    put_suppression(ledger, "ana@example.org", reason=SuppressionReason.COMPLAINED, source="event", now=now)
    assert not suppress(ledger, "ana@example.org", act=act)
    with ledger.read() as connection:
        assert find_suppression(connection, "ana@example.org").reason is SuppressionReason.COMPLAINED
        assert latest_acts(connection, limit=9) == []


def test_words_are_refused_when_they_are_no_address(ledger, act):
    with pytest.raises(Refused, match="no e-mail address"):
        suppress(ledger, "ana at example", act=act)
