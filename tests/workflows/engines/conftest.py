import pytest

from contracts.http_server import http_server
from workflows.engines.station import Station


@pytest.fixture
def api():
    with http_server() as api:
        yield api


@pytest.fixture
def station(tmp_path, api):
    """A station on SQLite."""
    made = Station(tmp_path, api)
    yield made
    made.close()


@pytest.fixture
def server_station(tmp_path, api, database):
    """A station on PostgreSQL."""
    made = Station(tmp_path, api, database=database)
    yield made
    made.close()


@pytest.fixture
def said():
    """The lines that an engine said."""
    return []
