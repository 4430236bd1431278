import datetime as dt

import pytest

from trax_mailer.storage import open_ledger


@pytest.fixture
def now():
    return dt.datetime(2015, 12, 18, 9, 30, tzinfo=dt.UTC)


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def ledger(state):
    with open_ledger(state) as opened:
        yield opened
