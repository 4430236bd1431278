"""The first real issue: everything that UPR Info told its readers is in both parts."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from lxml import html as lxml_html

from look.made import PUBLIC_URL, Mail

GMAIL_CLIPS_AT = 102 * 1024
STATES_REVIEWED = (
    "Australia", "Austria", "Georgia", "Lebanon", "Mauritania", "Micronesia", "Myanmar", "Nauru", "Nepal",
    "Oman", "Rwanda", "Sao Tome & Principe", "St Kitts & Nevis", "St Lucia",
)  # fmt: skip
STATES_AHEAD = (
    "Belgium", "Denmark", "Mozambique", "Namibia", "Niger", "Paraguay", "Sierra Leone", "Singapore",
    "Somalia",
)  # fmt: skip
PEOPLE = (
    "Roland Chauville", "Ashot Hovakimian", "Claire Medina", "Shahrzad Tadibakhsh", "Joachim Ruecker",
    "Executive Director", "Deputy Minister of Foreign Affairs", "H.E. Mr.", "UNDP Resident Coordinator a.i.",
    "Chief of the OHCHR UPR Branch", "President of the Human Rights Council",
)  # fmt: skip
BODIES = (
    "UPR Info", "UPR Working Group", "United Nations Office in Geneva (UNOG)", "Human Rights Council",
    "civil society organisations (CSOs)", "(NHRIs)", "Belgian Ministry of Foreign Affairs",
    "Soros Foundation Moldova", "Civil Rights Defenders", "Ministry of Foreign Affairs in Mongolia",
    "United Nations Country Team", "Open Society Forum", "UN agencies",
    "Ministry of Foreign Affairs in Armenia", "United Nations Development Programme (UNDP)",
    "Open Society Foundation Armenia", "Office of the High Commissioner for Human Rights (OHCHR)",
    "UN Trust Fund for Implementation of the UPR", "General Assembly", "Permanent Missions in Geneva",
    "social media",
)  # fmt: skip
PLACES = (
    "Room XX", "Palais des Nations", "Geneva", "Brussels", "Chișinău, Moldova", "Ulaanbaatar", "Mongolia",
    "Armenia", "Malawi",
)  # fmt: skip
DATES = (
    "2–13 November 2015", "15–17 December 2015", "Thursday 31 December 2015", "27 October 2015",
    "16–20 November 2015", "15 October 2015", "23 November 2015", "March 2016", "January 2016",
    "October 2016", "April 2015", "May 2015", "2017", "May 2012", "January 2014", "Pre-sessions in October",
)  # fmt: skip
NUMBERS = (
    "No 58", "23rd Session", "fourteen States", "two weeks", "14-day", "three days", "nine of the States",
    "24th UPR Working Group", "84 national reports", "first six sessions", "second UPR cycle",
    "sessions 13 to 18", "80 diplomats", "twenty-five", "seven-month", "twice a year", "More than 50",
    "the second on this topic", "53rd plenary meeting", "25th Session of the UPR Working Group",
    "2 pages at most", "1 page at most",
)  # fmt: skip
MATTERS = (
    "migrant crisis", "asylum seekers", "processing centres", "Programme Manager", "cover letter",
    "jobs@upr-info.org", "UPR 24", "Identifying best practices: An analysis of national reports",
    "stakeholder submission", "Dialogue-Day", "mid-term report", "SMART recs required",
    "The role of Recommending States at the UPR", "Specific", "Measurable", "Achievable", "Relevant",
    "Time-bound", "bilateral", "development aid", "National Reports", "Stay connected",
)  # fmt: skip
LABELS = (
    "Check the job offer", "Download it here", "Read more about it here", "Read more", "Read more here",
    "Watch the video",
)  # fmt: skip
ORDER = (
    "migrant crisis", "Programme Manager", "23rd Working Group of the UPR", "UPR 24",
    "Identifying best practices", "Roland Chauville", "Ulaanbaatar", "Ashot Hovakimian",
    "Shahrzad Tadibakhsh", "Joachim Ruecker", "25th Session", "Stay connected",
)  # fmt: skip


def words(part: str) -> str:
    return re.sub(r"\s+", " ", part)


@pytest.fixture(scope="module")
def spoken(issue_058: Mail) -> str:
    """What the HTML part says, without tags."""
    body = lxml_html.fromstring(issue_058.html).find("body")
    return words(" ".join(body.itertext()))


@pytest.mark.parametrize(
    "facts",
    [STATES_REVIEWED, STATES_AHEAD, PEOPLE, BODIES, PLACES, DATES, NUMBERS, MATTERS, LABELS],
    ids=["reviewed", "ahead", "people", "bodies", "places", "dates", "numbers", "matters", "labels"],
)
def test_facts_are_all_told_when_the_issue_is_rendered(
    facts: tuple[str, ...], issue_058: Mail, spoken: str
) -> None:
    assert [fact for fact in facts if fact not in spoken] == []
    assert [fact for fact in facts if fact not in words(issue_058.text)] == []


def test_calendar_tells_its_date_in_both_parts(issue_058: Mail, spoken: str) -> None:
    assert "25 Jan 2016" in spoken
    assert "25 January 2016: National Reports" in issue_058.text


def test_sections_stand_in_the_order_of_the_original(issue_058: Mail, spoken: str) -> None:
    for part in (spoken, words(issue_058.text)):
        places = [part.index(mark) for mark in ORDER]
        assert all(before < after for before, after in pairwise(places))


def test_nothing_is_found_wrong_when_the_issue_is_loaded_and_rendered(issue_058: Mail) -> None:
    assert issue_058.findings == ()


def test_every_picture_says_what_it_shows(issue_058: Mail) -> None:
    images = lxml_html.fromstring(issue_058.html).xpath("//img")
    assert len(images) >= 10
    assert [image.get("src") for image in images if not (image.get("alt") or "").strip()] == []


def test_resources_come_from_our_own_host_alone(issue_058: Mail) -> None:
    tree = lxml_html.fromstring(issue_058.html)
    fetched = tree.xpath("//@src | //@background | //@srcset | //link/@href")
    assert fetched
    assert [one for one in fetched if not one.startswith(f"{PUBLIC_URL}/a/")] == []
    styles = " ".join([*tree.xpath("//style/text()"), *tree.xpath("//@style")])
    assert "url(" not in styles
    assert "@import" not in styles
    assert "@font-face" not in styles


def test_html_is_smaller_than_what_gmail_clips(issue_058: Mail) -> None:
    assert len(issue_058.html.encode()) < GMAIL_CLIPS_AT


def test_pictures_are_light(issue_058: Mail) -> None:
    assert {asset.name for asset in issue_058.edition.assets if len(asset.data) > 150_000} == set()
    assert sum(len(asset.data) for asset in issue_058.edition.assets) < 500_000


def test_foot_holds_what_the_law_asks_for(issue_058: Mail, spoken: str) -> None:
    for part in (spoken, issue_058.text):
        assert "Rue de Varembé 3, 1202 Geneva, Switzerland" in part
        assert "Unsubscribe" in part
        assert "View in browser" in part
    for address in (f"{PUBLIC_URL}/u/", f"{PUBLIC_URL}/v/"):
        assert address in issue_058.html
        assert address in issue_058.text


def test_plain_text_keeps_to_72_columns(issue_058: Mail) -> None:
    too_long = [
        line for line in issue_058.text.splitlines() if len(line) > 72 and not line.startswith("<http")
    ]
    assert too_long == []


def test_greeting_uses_the_reader_s_name(issue_058: Mail, spoken: str) -> None:
    assert "Dear Anahit," in spoken
    assert "Dear Anahit," in issue_058.text
