from __future__ import annotations

import pytest

from trax_mailer.model.edition import NumberedLink
from trax_mailer.model.finding import Severity


def link(target: str, label: str, *, number: int = 1, section: int | None = 0) -> NumberedLink:
    return NumberedLink(number=number, target=target, label=label, section=section)


def test_nothing_is_said_when_links_are_good(check):
    links = (
        link("https://example.org/a", "The report"),
        link("https://example.org/a", "The report"),
        link("https://example.org/b", "The other report"),
        link("https://example.org/", "", section=None),
    )
    assert check(links=links) == []


@pytest.mark.parametrize(
    ("target", "label", "severity", "words"),
    [
        ("https://example.org/", "Click here", Severity.NOTE, "does not say where"),
        ("https://example.org/", "here.", Severity.NOTE, "does not say where"),
        ("https://example.org/", "ici", Severity.NOTE, "does not say where"),
        ("https://example.org/", "", Severity.WARNING, "has no words"),
        ("http://example.org/", "The report", Severity.NOTE, "not encrypted"),
        ("https://localhost:8000/x", "The report", Severity.WARNING, "works on no reader's machine"),
        ("http://127.0.0.1/x", "The report", Severity.WARNING, "works on no reader's machine"),
    ],
)
def test_it_is_told_when_a_link_is_poor(target, label, severity, words, check):
    (finding,) = check("links", links=(link(target, label),))
    assert words in finding.message
    assert finding.severity is severity
    assert finding.place.line == 6


def test_the_line_of_the_address_is_told_when_it_stands_in_the_file(check):
    file = "\n" * 8 + "      [x](http://example.org/a)\n"
    (finding,) = check("links", file=file, links=(link("http://example.org/a", "The report"),))
    assert (finding.place.line, finding.place.column) == (9, 11)


def test_one_label_for_two_places_is_told_once(check):
    links = (
        link("https://example.org/a", "Read more"),
        link("https://example.org/b", "Read More", number=2),
        link("https://example.org/c", "Read more", number=3),
    )
    (finding,) = check("links", links=links)
    assert finding.message == "3 links with different targets all say “Read more”."


def test_an_anchor_is_told_when_it_leads_nowhere(check, unsubscribe):
    html = ('<p id="job"><a href="#job">x</a><a href="#jobs">y</a><a href="#">z</a>', unsubscribe)
    (finding,) = check("links", html=html)
    assert "“#jobs”" in finding.message
