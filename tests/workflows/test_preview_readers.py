import datetime as dt

import pytest

from trax_mailer.audience import import_subscribers
from trax_mailer.errors import Refused
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.settings import load_settings
from trax_mailer.storage import open_ledger
from trax_mailer.workflows.preview_readers import NOBODY, find_reader, readers_for_preview
from web.newsroom import make_newsroom


@pytest.fixture
def settings(tmp_path):
    folder = tmp_path / "newsroom"
    make_newsroom(folder)
    return load_settings(folder, environ={}, state=tmp_path / "state")


def bring_in(settings, list_name, rows):
    file = settings.root / "import.csv"
    file.write_text("email,first_name\n" + rows, encoding="utf-8")
    with open_ledger(settings.state) as ledger:
        import_subscribers(
            ledger,
            file,
            list_name=list_name,
            state=SubscriptionState.SUBSCRIBED,
            imported_by="ana",
            now=dt.datetime.now(dt.UTC),
        )


def test_samples_are_offered_when_there_is_no_ledger(settings):
    choice = readers_for_preview(settings, None)
    assert choice.origin == "subscribers/sample.csv"
    assert [reader.fields["first_name"] for reader in choice.readers] == ["Mirela", 'Ștefan & "Ana" <b>']
    assert not settings.state.exists()


@pytest.mark.parametrize("content", [None, "", "no header that helps\n"])
def test_made_up_readers_are_offered_when_there_are_no_samples(settings, content):
    file = settings.root / "subscribers" / "sample.csv"
    file.unlink() if content is None else file.write_text(content, encoding="utf-8")
    choice = readers_for_preview(settings, None)
    assert choice.origin == "Made-up readers"
    assert all(reader.email.endswith((".org", ".net")) for reader in choice.readers)


def test_largest_list_is_offered_when_none_is_named(settings):
    bring_in(settings, "board", "chair@example.org,Chair\n")
    bring_in(settings, "readers", "one@example.org,One\ntwo@example.org,Two\n")
    choice = readers_for_preview(settings, None)
    assert choice.list_name == "readers"
    assert [reader.email for reader in choice.readers] == ["one@example.org", "two@example.org"]


def test_named_list_is_offered_when_it_exists(settings):
    bring_in(settings, "board", "chair@example.org,Chair\n")
    bring_in(settings, "readers", "one@example.org,One\ntwo@example.org,Two\n")
    assert readers_for_preview(settings, "board").list_name == "board"
    with pytest.raises(Refused, match="no list “bord”"):
        readers_for_preview(settings, "bord")


def test_any_reader_of_the_list_is_found_when_more_are_on_it_than_shown(settings):
    bring_in(settings, "readers", "".join(f"r{number}@example.org,R{number}\n" for number in range(150)))
    choice = readers_for_preview(settings, None)
    assert len(choice.readers) == 100
    assert find_reader(settings, choice, "r149@example.org").fields["first_name"] == "R149"
    assert find_reader(settings, choice, "nobody@example.org") is None
    assert find_reader(settings, choice, "") is NOBODY
