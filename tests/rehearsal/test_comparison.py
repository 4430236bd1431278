import pytest

from trax_mailer.model.event import EventKind
from trax_mailer.model.mailing import Handover
from trax_mailer.rehearsal import Entry, Took, compare, events_of

A, B, C, D = "1.1", "1.2", "1.3", "1.4"


def _taken(*deliveries):
    return [
        Entry(Took.ACCEPTED, float(at), at, one, "r@example.org", 10) for at, one in enumerate(deliveries)
    ]


def test_comparison_holds_when_both_sides_agree_or_the_ledger_does_not_know():
    ledger = {A: Handover.ACCEPTED, B: Handover.FAILED, C: Handover.UNCERTAIN, D: Handover.UNCERTAIN}
    found = compare(ledger, _taken(A, C))
    assert found.holds
    assert (found.readers, found.taken, found.uncertain) == (4, 2, 2)
    assert (found.uncertain_taken, found.uncertain_not_taken) == ((C,), (D,))


@pytest.mark.parametrize(
    ("stands", "taken", "complaint"),
    [
        (Handover.ACCEPTED, [], "missed"),
        (Handover.QUEUED, [], "missed"),
        (Handover.CALLING, [], "missed"),
        (Handover.ACCEPTED, [A, A], "doubled"),
        (Handover.UNCERTAIN, [A, A], "doubled"),
        (Handover.FAILED, [A], "denied"),
        (Handover.SKIPPED, [A], "denied"),
        (Handover.FAILED, [B], "strangers"),
    ],
)
def test_comparison_names_the_reader_when_the_sides_disagree(stands, taken, complaint):
    found = compare({A: stands}, _taken(*taken))
    assert not found.holds
    assert getattr(found, complaint) == ((B,) if complaint == "strangers" else (A,))


def test_refusals_and_silence_are_no_acceptance_when_compared():
    entries = [Entry(took, 1.0, 1, A, "r@example.org", 1) for took in Took if took is not Took.ACCEPTED]
    assert compare({A: Handover.FAILED}, entries).holds
    assert list(events_of(entries)) == []


def test_record_proves_acceptance_when_it_names_the_delivery():
    [event] = events_of([*_taken("12.345"), *_taken("")])
    assert (event.mailing_id, event.subscriber_id, event.kind) == (12, 345, EventKind.PROCESSED)
    assert len(event.key) == 64
    assert event.key == next(events_of(_taken("12.345"))).key
