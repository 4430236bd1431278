import pytest

from reports.made import Made
from trax_mailer.storage import open_ledger


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def ledger(request, tmp_path):
    place = request.getfixturevalue("server_place") if request.param == "postgresql" else None
    with open_ledger(tmp_path / "state", place) as opened:
        yield opened


@pytest.fixture
def made(ledger):
    return Made(ledger)
