from __future__ import annotations

import pytest

from trax_mailer.model.edition import NumberedLink, Slot, SlotContext, SlotKind
from trax_mailer.model.finding import Severity


@pytest.mark.parametrize(
    ("kilobytes", "severity"), [(90, None), (100, Severity.NOTE), (103, Severity.WARNING)]
)
def test_it_is_told_when_gmail_would_clip_the_mail(kilobytes, severity, check, unsubscribe):
    found = check("size", html=("ș" * (kilobytes * 512), unsubscribe))
    assert [finding.severity for finding in found] == ([severity] if severity else [])


def test_targets_of_links_count(check, unsubscribe):
    target = "https://example.org/" + "x" * 2000
    slots = (
        Slot(SlotKind.LINK, SlotContext.ATTRIBUTE, "1"),
        Slot(SlotKind.ASSET, SlotContext.ATTRIBUTE, "a"),
    ) * 60
    links = (NumberedLink(number=1, target=target, label="The report", section=0),)
    (finding,) = check("size", html=(*slots, unsubscribe), links=links)
    assert "The HTML is 123 KB" in finding.message
