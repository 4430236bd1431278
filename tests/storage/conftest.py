import datetime as dt

import pytest

from trax_mailer.storage import open_ledger

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture
def now():
    return dt.datetime(2015, 12, 18, 9, 30, tzinfo=dt.UTC)


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


@pytest.fixture(params=KINDS)
def place(request):
    """Where a ledger may stand: None for a file, the settings of a database for a server."""
    return request.getfixturevalue("server_place") if request.param == "postgresql" else None


@pytest.fixture(params=KINDS)
def empty_place(request):
    """The same, where a database on a server has no tables yet."""
    return request.getfixturevalue("database") if request.param == "postgresql" else None


@pytest.fixture
def ledger(state, place):
    """An empty ledger, on each database."""
    with open_ledger(state, place) as opened:
        yield opened


@pytest.fixture
def file_ledger(state):
    with open_ledger(state) as opened:
        yield opened


@pytest.fixture
def server_ledger(state, server_place):
    with open_ledger(state, server_place) as opened:
        yield opened
