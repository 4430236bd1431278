from __future__ import annotations

import pytest

from trax_mailer.model.values import Link, Text, Url


@pytest.mark.parametrize(
    ("body", "language"),
    [
        ("by Thursday 31st December 2015 to us", "en"),
        ("on Thursday, 31 December", "en"),
        ("Thursday, December 31, 2015", "en"),
        ("on Thu. 31 Dec. 2015", "en"),
        ("31 December 2015 (Thursday)", "en"),
        ("jeudi 31 décembre 2015", "fr"),
        ("el jueves 31 de diciembre de 2015", "es"),
        ("Donnerstag, 31. Dezember 2015", "de"),
        ("on Wednesday May 4", "en"),  # of 2016, the nearest to the issue
        ("2-13 November 2015, 15-17 December 2015", "en"),
        ("We may march on Monday 8 times", "en"),
        ("in March 2016, May 2012 to January 2014", "en"),
        ("29 February 2016", "en"),
    ],
)
def test_nothing_is_said_when_day_and_date_agree(body, language, check):
    assert check("weekdays", body=body, language=language) == []


@pytest.mark.parametrize(
    ("body", "language", "message"),
    [
        ("by Friday 31st December 2015", "en", "31 December 2015 is a Thursday."),
        ("by Friday the 31st of December", "en", "31 December 2015 is a Thursday."),
        ("Friday, January 8th and Monday 11 January", "en", None),
        ("Friday, January 9th", "en", "9 January 2016 is a Saturday."),
        ("Wed, Dec 31, 2015", "en", "31 December 2015 is a Thursday."),
        ("31 December 2015 (Friday)", "en", "31 December 2015 is a Thursday."),
        ("vendredi 31 décembre 2015", "fr", "31 December 2015 is a Thursday."),
        ("viernes, 31 de diciembre de 2015", "es", "31 December 2015 is a Thursday."),
        ("31 November 2015", "en", "there is no such day."),
        ("29 February 2015", "en", "there is no such day."),
        ("Monday 31 November", "en", "there is no such day."),
    ],
)
def test_it_is_told_when_day_and_date_disagree(body, language, message, check):
    found = check("weekdays", body=body, language=language)
    assert [message in finding.message for finding in found] == ([True] if message else [])


def test_the_exact_place_is_told_when_the_words_stand_in_a_block(check):
    file = (
        "a\nb\nc\nd\ne\nf\ng\n    body: |\n      First line.\n      Come on Friday\n      31 December 2015!\n"
    )
    (finding,) = check("weekdays", file=file, body="First line.\nCome on Friday\n31 December 2015!\n")
    assert (finding.place.line, finding.place.column) == (10, 15)
    assert finding.excerpt == "Come on Friday"


def test_the_fields_place_is_told_when_the_file_says_it_differently(check):
    (finding,) = check("weekdays", body="Friday 31 December 2015")
    assert finding.place.line == 8


def test_titles_and_labels_are_read_too(check):
    wrong = "Friday 31 December 2015"
    found = check(
        "weekdays", title=wrong, preheader=wrong, link_values=(Link(label=wrong, url=Url("https://e.org/")),)
    )
    assert [finding.place.line for finding in found] == [2, 4, 11]
    assert len(check("weekdays", body=Text(wrong))) == 1
