"""Every question about a SendGrid account's settings, checked by Prism against the official OpenAPI files."""

import pytest

from contracts.prism import prism
from contracts.sendgrid_account import PUBLIC, pretend_account, write_contract
from trax_mailer.errors import ProviderError
from trax_mailer.providers.sendgrid.account_settings import AccountSettings
from trax_mailer.providers.sendgrid.asking import Patience

pytestmark = pytest.mark.prism


@pytest.fixture(scope="module")
def account(tmp_path_factory):
    """A pretend account behind Prism: no question and no answer that breaks the contract gets through."""
    file = write_contract(tmp_path_factory.mktemp("contract"))
    with pretend_account() as pretend, prism("proxy", str(file), pretend.api.url, "--errors") as url:
        yield pretend, AccountSettings(pretend.settings(host=url, timeout=20), patience=Patience(tries=1))


def test_settings_are_asked_for_and_answered_by_the_contract(account):
    _, api = account
    assert "mail.send" in api.scopes()
    [hook] = api.webhooks()
    assert hook["url"].startswith(PUBLIC)
    assert api.public_key(hook["id"]) == ""
    for what in ("click", "open", "subscription", "google_analytics"):
        assert api.tracking(what)["enabled"] is False
    assert api.domains("example.org")[0]["valid"] is True
    assert api.links() == []
    assert api.mail_settings()["footer"] is False


def test_prism_refuses_when_an_answer_breaks_the_contract(account):
    """The test above proves something only if Prism does refuse."""
    pretend, api = account
    pretend.answers["tracking_settings/open"] = {"enabled": "no"}
    with pytest.raises(ProviderError):
        api.tracking("open")
