"""Every transport behind one face: what was handed over, as its readers would see it."""

import pytest

from contracts.certificates import make_authority
from contracts.http_server import http_server
from contracts.prism import CONTRACT, prism
from contracts.rigs import FolderRig, SendGridRig, SmtpRig
from contracts.smtp_server import Inbox, mail_server


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def recorder():
    with http_server() as api:
        yield api


@pytest.fixture(scope="session")
def checked_api(recorder):
    """Prism before the recorder: a request that breaks SendGrid's contract never gets through."""
    with prism("proxy", str(CONTRACT), recorder.url, "--errors") as url:
        yield url


@pytest.fixture(scope="session")
def mock_api():
    with prism("mock", str(CONTRACT)) as url:
        yield url


@pytest.fixture
def folder_rig(tmp_path):
    return FolderRig(tmp_path / "outbox")


@pytest.fixture
def smtp_rig(authority, monkeypatch):
    trusted, tls = authority
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    inbox = Inbox()
    with mail_server(inbox, tls=tls) as port:
        rig = SmtpRig(inbox, port)
        yield rig
        rig.transport.close()


@pytest.fixture
def sendgrid_rig(checked_api, recorder):
    recorder.requests.clear()
    return SendGridRig(recorder, checked_api)


@pytest.fixture(
    params=["folder_rig", "smtp_rig", pytest.param("sendgrid_rig", marks=pytest.mark.prism)],
    ids=["folder", "smtp", "sendgrid"],
)
def rig(request):
    return request.getfixturevalue(request.param)
