import dataclasses

import pytest

from trax_mailer.settings import Secret, SendGridSettings, SmtpSettings
from trax_mailer.workflows.engines.usable import Usable

SMTP = SmtpSettings(host="mail.example.org", username="trax", password=Secret("word"))
SENDGRID = SendGridSettings(api_key=Secret("SG.key"))


def usable(station, **changes):
    return Usable(dataclasses.replace(station.settings, **changes))


def test_both_transports_can_be_used_when_their_secrets_are_here(station):
    assert usable(station, smtp=SMTP, sendgrid=SENDGRID).transports == ("smtp", "sendgrid")


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("smtp", {"smtp": SmtpSettings()}, "names no smtp.host"),
        ("smtp", {"smtp": dataclasses.replace(SMTP, password=Secret(""))}, "TRAX_SMTP_PASSWORD is not set"),
        ("sendgrid", {"sendgrid": SendGridSettings()}, "SENDGRID_API_KEY"),
    ],
)
def test_obstacle_is_named_when_a_setting_or_a_secret_is_missing(station, name, changes, words):
    made = usable(station, smtp=SMTP, sendgrid=SENDGRID)
    assert made.obstacle(name) == ""
    assert words in usable(station, **changes).obstacle(name)


def test_no_password_is_needed_when_the_server_wants_no_login(station):
    assert usable(station, smtp=SmtpSettings(host="127.0.0.1", security="none")).obstacle("smtp") == ""
