import threading

import pytest

from contracts.sendgrid_lists import pretend_lists
from trax_mailer.providers.sendgrid.asking import Patience
from trax_mailer.providers.sendgrid.suppressions import SuppressionApi


@pytest.fixture
def lists():
    with pretend_lists() as opened:
        yield opened


@pytest.fixture
def said():
    return []


@pytest.fixture
def stop():
    return threading.Event()


@pytest.fixture
def api(lists, said, stop):
    """An API on the pretend account that loses patience after four quick tries."""
    patience = Patience(tries=4, first=0.02, longest=0.05, most=30)
    return SuppressionApi(lists.settings(timeout=1), stop=stop, say=said.append, patience=patience)
