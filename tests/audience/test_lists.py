import pytest

from suppressing import put_suppression
from trax_mailer.audience import (
    Audience,
    ListCount,
    audience_of,
    find_list,
    find_subscriber,
    lists,
    some_readers,
)
from trax_mailer.audience.lists import list_for_import
from trax_mailer.errors import Refused
from trax_mailer.model.subscriber import SuppressionReason


@pytest.fixture
def filled(bring, ledger):
    bring(
        "email,status\nana@example.org,\nben@example.org,\ncleo@example.org,unsubscribed\n"
        "dora@example.org,bounced\nemil@example.org,complained\n"
    )
    bring("email\nfay@example.org\n", list_name="Jobs")
    return ledger


def test_every_list_is_counted_by_state_when_asked(filled):
    assert lists(filled) == [
        ListCount(name="Jobs", pending=0, subscribed=1, unsubscribed=0, bounced=0, complained=0),
        ListCount(name="UPR Trax", pending=0, subscribed=2, unsubscribed=1, bounced=1, complained=1),
    ]


def test_list_is_shown_when_nobody_is_on_it(bring, ledger):
    bring("email\nbad\n")
    assert lists(ledger) == [
        ListCount(name="UPR Trax", pending=0, subscribed=0, unsubscribed=0, bounced=0, complained=0)
    ]


def test_audience_leaves_out_suppressed_readers_when_counted(filled, now):
    put_suppression(filled, "Ben@Example.org", reason=SuppressionReason.STAFF, source="ana", now=now)
    put_suppression(filled, "cleo@example.org", reason=SuppressionReason.STAFF, source="ana", now=now)
    assert audience_of(filled, "UPR Trax") == Audience(to_mail=1, kept_out=1)


def test_readers_are_the_subscribed_ones_when_some_are_asked_for(filled):
    assert [reader.email for reader in some_readers(filled, "UPR Trax", 10)] == [
        "ana@example.org",
        "ben@example.org",
    ]
    assert [reader.email for reader in some_readers(filled, "UPR Trax", 1)] == ["ana@example.org"]


def test_reader_is_found_by_any_spelling_when_on_the_list(filled):
    assert find_subscriber(filled, " ANA@example.org", "UPR Trax").email == "ana@example.org"
    assert find_subscriber(filled, "cleo@example.org", "UPR Trax") is not None
    assert find_subscriber(filled, "ana@example.org") is not None
    assert find_subscriber(filled, "ana@example.org", "Jobs") is None
    assert find_subscriber(filled, "nobody@example.org", "Jobs") is None
    assert find_subscriber(filled, "no address", "Jobs") is None


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("upr trax", "Did you mean “UPR Trax”?"),
        ("UPR Tracks", "Did you mean “UPR Trax”?"),
        ("Board", "Lists: Jobs, UPR Trax."),
    ],
)
def test_similar_name_is_offered_when_there_is_no_such_list(filled, name, advice):
    for ask in (find_list, audience_of, lambda ledger, of: some_readers(ledger, of, 1)):
        with pytest.raises(Refused, match=f"There is no list “{name}”") as caught:
            ask(filled, name)
        assert caught.value.advice == advice


def test_words_say_how_to_make_a_list_when_there_is_none(ledger):
    with pytest.raises(Refused) as caught:
        find_list(ledger, "UPR Trax")
    assert "trax subscribers import" in caught.value.advice


@pytest.mark.parametrize("name", ["x" * 81, "ma\x07in", "ma\u202ein"])
def test_list_is_not_made_when_its_name_cannot_be_shown(ledger, now, name):
    with ledger.write() as connection, pytest.raises(Refused, match="none of them invisible"):
        list_for_import(connection, name, now=now)
