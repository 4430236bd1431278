import pytest

from contracts.certificates import make_authority
from contracts.http_server import http_server


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def trusted(authority, monkeypatch):
    """The test authority is trusted on this machine; gives a server's TLS context."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority[0]))
    return authority[1]


@pytest.fixture
def api():
    with http_server() as server:
        yield server
