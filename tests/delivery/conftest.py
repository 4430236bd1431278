"""A real ledger in a fresh folder, with a list of made-up readers."""

import datetime as dt

import pytest

from delivery.mailings import NOW, fill_list
from trax_mailer.storage import open_ledger
from trax_mailer.tokens import KeyRing


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request):
    """Where the ledger is: None for a file, the settings of an empty database for a server."""
    return request.getfixturevalue("database") if request.param == "postgresql" else None


@pytest.fixture
def ledger(state, place):
    with open_ledger(state, place) as opened:
        fill_list(opened, "everyone", readers=10)
        yield opened


@pytest.fixture
def ring(ledger, state):
    return KeyRing.open(state)


@pytest.fixture
def now():
    return lambda: NOW + dt.timedelta(seconds=0)
