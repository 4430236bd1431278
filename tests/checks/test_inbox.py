from __future__ import annotations

import pytest

from trax_mailer.model.edition import Slot, SlotContext, SlotKind
from trax_mailer.model.finding import Severity


def test_nothing_is_said_when_subject_and_preheader_are_good(check):
    assert check() == []


@pytest.mark.parametrize(
    ("changes", "severity", "line", "words"),
    [
        ({"title": "x" * 80}, Severity.NOTE, 2, "The subject has 86 characters"),
        ({"title": "COME ALL TO THE HARBOUR"}, Severity.WARNING, 2, "all capitals"),
        ({"title": "Come to the harbour now!!"}, Severity.WARNING, 2, "shouts"),
        ({"preheader": ""}, Severity.WARNING, 2, "no preheader"),
        ({"preheader": "A title that is long enough"}, Severity.NOTE, 4, "repeats the title"),
        ({"preheader": "x" * 141}, Severity.NOTE, 4, "141 characters long"),
        ({"preheader": "Short"}, Severity.NOTE, 4, "only 5 characters"),
    ],
)
def test_it_is_told_when_an_inbox_would_show_it_badly(changes, severity, line, words, check):
    (finding,) = check("inbox", **changes)
    assert words in finding.message
    assert (finding.severity, finding.place.line) == (severity, line)


def test_capitals_are_fine_in_a_short_or_unlatin_title(check):
    assert check("inbox", title="UPR") == []
    assert check("inbox", title="مرحبا بكم في العدد الجديد") == []


def test_a_merge_field_counts_as_its_default(check):
    slot = Slot(SlotKind.READER, SlotContext.HEADER, "name", "x" * 80)
    (finding,) = check("inbox", subject=("For ", slot))
    assert "84 characters" in finding.message
