import pytest

from trax_mailer.audience import suppress
from trax_mailer.errors import Refused
from trax_mailer.model.subscriber import SuppressionReason
from trax_mailer.storage.suppressions import find_suppression


def test_address_is_suppressed_by_its_key_when_written_any_way(ledger, now):
    assert suppress(ledger, " Ana@Bücher.example", reason=SuppressionReason.STAFF, source="ben", now=now)
    with ledger.read() as connection:
        found = find_suppression(connection, "ana@xn--bcher-kva.example")
    assert (found.reason, found.since, found.source) == (SuppressionReason.STAFF, now, "ben")


def test_first_reason_stays_when_suppressed_again(ledger, now):
    suppress(ledger, "ana@example.org", reason=SuppressionReason.COMPLAINED, source="event", now=now)
    later = now.replace(year=2016)
    assert not suppress(ledger, "ana@example.org", reason=SuppressionReason.STAFF, source="ben", now=later)
    with ledger.read() as connection:
        assert find_suppression(connection, "ana@example.org").reason is SuppressionReason.COMPLAINED


def test_words_are_refused_when_they_are_no_address(ledger, now):
    with pytest.raises(Refused, match="no e-mail address"):
        suppress(ledger, "ana at example", reason=SuppressionReason.STAFF, source="ben", now=now)
