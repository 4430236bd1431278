import pytest

from trax_mailer.audience.intake.statuses import BadStatus, read_status
from trax_mailer.model.subscriber import SubscriptionState

SUBSCRIBED, UNSUBSCRIBED = SubscriptionState.SUBSCRIBED, SubscriptionState.UNSUBSCRIBED


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("Subscribed", "subscribed"),
        ("abonné", "subscribed"),
        ("SUSCRITO", "subscribed"),
        ("abonniert", "subscribed"),
        ("unsubscribed", "unsubscribed"),
        ("Opted-Out", "unsubscribed"),
        ("désinscrite", "unsubscribed"),
        ("Dado de baja", "unsubscribed"),
        ("abgemeldet", "unsubscribed"),
        ("blocklisted", "unsubscribed"),
        ("Cleaned", "bounced"),
        ("hard_bounce", "bounced"),
        ("unzustellbar", "bounced"),
        ("Spam complaint", "complained"),
        ("queja", "complained"),
    ],
)
def test_status_is_known_when_written_in_the_words_of_others(words, state):
    assert read_status(words, default=SUBSCRIBED) is SubscriptionState(state)


@pytest.mark.parametrize("default", list(SubscriptionState))
@pytest.mark.parametrize("words", ["", "  ", "—"])
def test_status_is_the_files_when_the_cell_is_empty(words, default):
    assert read_status(words, default=default) is default


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("pending", "has not confirmed"),
        ("En attente", "has not confirmed"),
        ("Non-Subscribed", "never subscribed"),
        ("archived", "never subscribed"),
        ("Gold", "unknown status, “Gold”"),
        ("not subscribed", "unknown status"),
    ],
)
def test_status_is_refused_when_it_does_not_say_that_the_reader_wants_it(words, reason):
    with pytest.raises(BadStatus, match=reason):
        read_status(words, default=SUBSCRIBED)


def test_nobody_is_subscribed_when_the_file_is_imported_as_unsubscribed():
    with pytest.raises(BadStatus, match="imported as unsubscribed"):
        read_status("subscribed", default=UNSUBSCRIBED)
    assert read_status("bounced", default=UNSUBSCRIBED) is SubscriptionState.BOUNCED
