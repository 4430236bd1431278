import subprocess
import sys

import pytest

from trax_mailer.delivery import open_transport
from trax_mailer.errors import Refused, TraxError
from trax_mailer.settings import Secret, SendGridSettings, Settings, SmtpSettings


def settings(tmp_path, transport):
    return Settings(
        root=tmp_path,
        state=tmp_path / "state",
        transport=transport,
        outbox=tmp_path / "outbox",
        smtp=SmtpSettings(host="mail.example.org"),
        sendgrid=SendGridSettings(api_key=Secret("SG.key")),
    )


@pytest.mark.parametrize(
    ("name", "simulated", "window"), [("folder", True, 250), ("smtp", False, 256), ("sendgrid", False, 1000)]
)
def test_transport_is_the_one_that_the_settings_name(tmp_path, name, simulated, window):
    with open_transport(settings(tmp_path, name)) as transport:
        assert (transport.name, transport.simulated, transport.window) == (name, simulated, window)


@pytest.mark.parametrize(("name", "words"), [("", "names no transport"), ("pigeon", "no transport “pigeon”")])
def test_opening_is_refused_when_no_known_transport_is_named(tmp_path, name, words):
    with pytest.raises(Refused, match=words):
        open_transport(settings(tmp_path, name))


def test_opening_is_refused_when_smtp_names_no_mail_server(tmp_path):
    with pytest.raises(Refused, match="names no mail server"):
        open_transport(Settings(root=tmp_path, state=tmp_path, transport="folder"), "smtp")


def test_opening_is_refused_when_sendgrid_has_no_key(tmp_path):
    named = settings(tmp_path, "sendgrid")
    with pytest.raises(TraxError, match="SENDGRID_API_KEY"):
        open_transport(Settings(root=tmp_path, state=tmp_path, transport=named.transport))


def test_other_transports_libraries_are_not_imported_when_one_is_opened():
    code = "import sys, trax_mailer.delivery; assert 'sendgrid' not in sys.modules, 'sendgrid'"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
