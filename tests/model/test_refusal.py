import pytest

from trax_mailer.events.statuses import refusal_of
from trax_mailer.model.event import EventKind
from trax_mailer.model.refusal import ABOUT_THE_ADDRESS, status_in, weigh


@pytest.mark.parametrize("code", ABOUT_THE_ADDRESS)
def test_code_is_about_the_address_when_the_table_says_so(code):
    assert refusal_of(code) is EventKind.BOUNCED
    assert weigh(EventKind.BOUNCED, f"550 {code} no") == "hard"
    assert weigh(EventKind.BOUNCED, f"550-{code}. no") == "hard"


@pytest.mark.parametrize(
    "code", ["", "5.0.0", "5.1.0", "5.1.4", "5.1.7", "5.1.8", "5.2.2", "5.4.1", "5.7.1", "5.1.11", "4.1.1"]
)
def test_code_decides_nothing_by_itself_when_it_is_another(code):
    assert weigh(EventKind.BOUNCED, f"550 {code} no") == "soft"


@pytest.mark.parametrize(
    "words", ["", "5.1", "15.1.1", "5.1.1.8", "192.5.1.1", "3.1.1", "5.1.1111", "v5.1.x"]
)
def test_nothing_is_taken_for_a_code_that_is_none(words):
    assert status_in(words) == ""


def test_first_code_counts_when_there_are_several():
    assert weigh(EventKind.BOUNCED, "5.7.1 policy, once called 5.1.1") == "soft"


def test_classification_of_sendgrid_counts_when_the_server_gave_no_code():
    assert weigh(EventKind.BOUNCED, "Invalid Address: 500 unknown recipient") == "hard"
