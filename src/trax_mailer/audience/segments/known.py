"""Words of a segment that the ledger knows nothing of: fields and tags that no reader has."""

from __future__ import annotations

import re

from trax_mailer.audience.segments.expanding import Loaded
from trax_mailer.audience.segments.reading import CHECK
from trax_mailer.fields import did_you_mean
from trax_mailer.model.finding import Finding, Severity
from trax_mailer.model.segments import Compared, Subject, Test, parts_of
from trax_mailer.model.segments.folding import fold
from trax_mailer.model.segments.words import SUBJECTS, USUAL_FIELDS
from trax_mailer.storage import Ledger
from trax_mailer.storage.segment_words import field_names, is_any_tag, is_field, tag_names


def unknown_words(ledger: Ledger, segment: Loaded) -> tuple[Finding, ...]:
    """An error for a field that no reader has: the opposite of it would mean everybody.

    A warning for a tag that nobody has yet, or for a usual field that nobody has filled in.
    """
    if segment.rule is None:
        return ()
    asked = [part for part in parts_of(segment.rule) if isinstance(part, Compared)]
    fields = dict.fromkeys(one.field for one in asked if one.subject is Subject.FIELD)
    of_tags = (one for one in asked if one.subject is Subject.TAG and one.test is Test.IS)
    tags = dict.fromkeys(value for one in of_tags for value in one.values)
    with ledger.read() as connection:
        missing = [name for name in fields if not is_field(connection, name)]
        unused = [name for name in tags if not is_any_tag(connection, name)]
        others = field_names(connection) if missing else []
        present = tag_names(connection) if unused else []
    names = [*SUBJECTS, *USUAL_FIELDS, *others]
    return (
        *(_no_field(segment, name, names) for name in missing),
        *(_no_tag(segment, name, present) for name in unused),
    )


def _no_field(segment: Loaded, name: str, names: list[str]) -> Finding:
    if name in USUAL_FIELDS:
        message = f"No reader has anything in the field “{name}” yet."
        return _finding(segment, name, Severity.WARNING, message, "So it means nobody, and “not” everybody.")
    advice = did_you_mean(name, names) or f"Fields: {', '.join(dict.fromkeys(names[:30]))}."
    return _finding(segment, name, Severity.ERROR, f"No reader has a field “{name}”.", advice)


def _no_tag(segment: Loaded, name: str, names: list[str]) -> Finding:
    advice = did_you_mean(name, names) or (f"Tags: {', '.join(names[:30])}." if names else "")
    return _finding(segment, name, Severity.WARNING, f"No reader has the tag “{name}”.", advice)


def _finding(segment: Loaded, name: str, severity: Severity, message: str, advice: str) -> Finding:
    """At the words themselves, where this file and no other holds them."""
    node = segment.node
    if node is None:
        return Finding(check=CHECK, severity=severity, message=message, advice=advice)
    pattern = "[ _]".join(re.escape(word) for word in name.split(" "))
    found = re.search(rf"(?<!\w){pattern}(?!\w)", fold(node.text))
    place = node.place_in(found.start(), node.text[found.start() : found.end()]) if found else node.place
    return node.source.finding(place, message, check=CHECK, advice=advice, severity=severity)
