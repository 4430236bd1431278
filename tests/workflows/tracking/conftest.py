"""A real ledger with a mailing that was sent tracked, on each database."""

import datetime as dt

import pytest

from delivery.letters import ENVELOPE, edition
from delivery.mailings import NOW, fill_list
from trax_mailer.model.mailing import AudienceKind
from trax_mailer.model.visit import TrackingMode
from trax_mailer.storage import open_ledger
from trax_mailer.storage.editions import store_edition
from trax_mailer.storage.lists import find_list_id
from trax_mailer.storage.mailings import NewMailing, add_mailing
from workflows.tracking.visiting import House


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def ledger(request, tmp_path):
    place = request.getfixturevalue("server_place") if request.param == "postgresql" else None
    with open_ledger(tmp_path / "state", place) as opened:
        fill_list(opened, "everyone", readers=3)
        yield opened


@pytest.fixture
def house(ledger):
    return House(ledger, make_mailing(ledger))


def make_mailing(ledger, *, list_name="everyone", issue=58):
    with ledger.write() as connection:
        return add_mailing(
            connection,
            NewMailing(
                issue_number=issue,
                issue_title="Thirty years",
                list_id=find_list_id(connection, list_name),
                edition_hash=store_edition(connection, edition(), now=NOW),
                transport="smtp",
                envelope=ENVELOPE,
                lanes=1,
                batch_size=100,
                audience=AudienceKind.EVERYBODY,
                tracking=TrackingMode.INDIVIDUAL,
            ),
            now=dt.datetime(2026, 3, 3, tzinfo=dt.UTC),
        )
