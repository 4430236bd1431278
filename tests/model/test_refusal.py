import pytest

from trax_mailer.events.statuses import refusal_of
from trax_mailer.model.event import EventKind
from trax_mailer.model.refusal import ABOUT_THE_ADDRESS, refused_at_handover, status_in, weigh


@pytest.mark.parametrize("code", ABOUT_THE_ADDRESS)
def test_code_is_about_the_address_when_the_table_says_so(code):
    assert refusal_of(code) is EventKind.BOUNCED
    assert weigh(EventKind.BOUNCED, f"550 {code} no") == "hard"
    assert weigh(EventKind.BOUNCED, f"550-{code}. no") == "hard"


@pytest.mark.parametrize(
    "code", ["", "5.0.0", "5.1.0", "5.1.4", "5.1.7", "5.1.8", "5.2.2", "5.4.1", "5.1.11", "4.1.1"]
)
def test_code_decides_nothing_by_itself_when_it_is_another(code):
    assert weigh(EventKind.BOUNCED, f"550 {code} no") == "soft"


@pytest.mark.parametrize(
    "words", ["", "5.1", "15.1.1", "5.1.1.8", "192.5.1.1", "3.1.1", "5.1.1111", "v5.1.x"]
)
def test_nothing_is_taken_for_a_code_that_is_none(words):
    assert status_in(words) == ""


@pytest.mark.parametrize("kind", [EventKind.BOUNCED, EventKind.BLOCKED])
@pytest.mark.parametrize("words", ["550 5.7.1 not wanted here", "421 4.7.0 try later", "5.7.26 no DMARC"])
def test_policy_says_nothing_about_the_reader(kind, words):
    assert weigh(kind, words) == "nothing"


def test_first_code_counts_when_there_are_several():
    assert weigh(EventKind.BOUNCED, "5.7.1 policy, once called 5.1.1") == "nothing"
    assert weigh(EventKind.BOUNCED, "5.1.1 unknown, by policy 5.7.1") == "hard"


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("550 5.1.1 no such user", "bounced"),
        ("550 no such user", "blocked"),
        ("put off 12 times, the last time with: 452 4.2.2 full", "blocked"),
        ("no mail server understands this address", None),
        ("put off 12 times, the last time with: no answer", None),
        ("5501 things", None),
        ("", None),
    ],
)
def test_servers_words_are_told_from_our_own_when_a_handover_failed(words, kind):
    assert refused_at_handover(words) == kind


def test_classification_of_sendgrid_counts_when_the_server_gave_no_code():
    assert weigh(EventKind.BOUNCED, "Invalid Address: 500 unknown recipient") == "hard"
