import pytest

from trax_mailer.errors import BadWorkspace
from trax_mailer.settings import BounceRule, load_settings

LEAST = "organisation: {name: UPR Info}\nnewsletter: {name: UPR Trax, list_id: upr-trax.upr-info.org}\n"


@pytest.fixture
def load(tmp_path):
    def loaded(bounces="", environ=None):
        folder = tmp_path / "workspace"
        folder.mkdir(exist_ok=True)
        (folder / "trax.yaml").write_text(LEAST + bounces, encoding="utf-8")
        return load_settings(folder, environ=environ or {}, state=tmp_path / "state").bounces

    return loaded


def test_no_mailbox_is_named_when_the_settings_say_nothing(load):
    found = load()
    assert (found.host, found.folder, found.every_minutes) == ("", "INBOX", 15)
    assert found.rule == BounceRule(limit=4, days=120)
    assert not found.password


def test_mailbox_is_as_the_settings_and_the_environment_say(load):
    found = load(
        "bounces: {host: mail.example.org, username: bounces, folder: Back, every_minutes: 5, soft_limit: 6, "
        "soft_days: 90}\n",
        {"TRAX_IMAP_PASSWORD": "Chișinău"},
    )
    assert (found.host, found.port, found.security, found.username) == (
        "mail.example.org", 993, "tls", "bounces"
    )  # fmt: skip
    assert (found.folder, found.every_minutes, found.rule) == ("Back", 5, BounceRule(limit=6, days=90))
    assert found.password.reveal() == "Chișinău"
    assert "Chișinău" not in repr(found)


@pytest.mark.parametrize(("security", "port"), [("tls", 993), ("starttls", 143), ("none", 143)])
def test_port_follows_from_the_protection_unless_it_is_named(load, security, port):
    assert load(f"bounces: {{host: h.example.org, security: {security}}}\n").port == port
    assert load(f"bounces: {{host: h.example.org, security: {security}, port: 1143}}\n").port == 1143


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("password: hunter2", "TRAX_IMAP_PASSWORD"),
        ("soft_limit: 1", "soft_limit"),
        ("security: ssl", "security"),
        ("hots: x", "host"),
    ],
)
def test_settings_are_refused_in_words_when_they_cannot_be_used(load, wrong, words):
    with pytest.raises(BadWorkspace) as refused:
        load(f"bounces: {{{wrong}}}\n")
    assert any(words in one.message + one.advice for one in refused.value.findings)
