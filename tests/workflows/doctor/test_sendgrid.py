"""What `trax doctor sendgrid` says of an account, line by line."""

import json

import pytest
from click.testing import CliRunner

from contracts.http_server import HANG, RESET, Reply
from contracts.sendgrid_account import KEY, PUBLIC, pretend_account, refusal
from events.webhook import KEY as WEBHOOK_KEY
from trax_mailer.cli.app import trax
from trax_mailer.errors import ProviderError
from trax_mailer.providers.sendgrid import account_settings
from trax_mailer.providers.sendgrid.asking import Patience
from trax_mailer.settings import Secret, Settings
from trax_mailer.workflows.doctor.lines import Health
from trax_mailer.workflows.doctor.sendgrid import examine
from trax_mailer.workflows.wiring import Workspace

HOOKS = "user/webhooks/event/settings/all"
FORBIDDEN = refusal(403, "access forbidden")
SIGNED = "user/webhooks/event/settings/signed/77d4a5da-7015-11ed-a1eb-0242ac120002"


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(account_settings, "PATIENCE", Patience(tries=1))


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    return tmp_path_factory.mktemp("doctor")


@pytest.fixture
def account():
    with pretend_account() as pretend:
        yield pretend


@pytest.fixture
def look(account, tmp_path, state):
    def looked(*, sendgrid=None, **changed):
        given = {"public_url": PUBLIC, "from_email": "news@example.org"} | changed
        settings = Settings(root=tmp_path, state=state, sendgrid=account.settings(**sendgrid or {}), **given)
        return examine(Workspace(settings=settings))

    return looked


def to_do(lines):
    return [(one.about, one.words, one.advice) for one in lines if one.health is Health.TO_DO]


def test_all_is_well_when_nothing_is_missing(look, account):
    assert {one.health for one in look()} == {Health.GOOD, Health.NOTE}
    assert {one.method for one in account.api.requests} == {"GET"}


@pytest.mark.parametrize(
    ("path", "answer", "about", "words"),
    [
        ("scopes", {"scopes": ["user.account.read"]}, "key", "mail.send"),
        (HOOKS, {"max_allowed": 5, "webhooks": [{}]}, "event webhook", "there is none"),
        (HOOKS, {"webhooks": [{"url": "https://elsewhere.example"}]}, "event webhook", "none of the 1"),
        (HOOKS, FORBIDDEN, "event webhook", "user.webhooks.event.settings.read"),
        ("tracking_settings/click", {"enabled": True, "enable_text": False}, "tracking", "Click Tracking"),
        ("tracking_settings/click", {"enabled": False, "enable_text": True}, "tracking", "Click Tracking"),
        ("tracking_settings/open", {"enabled": True}, "tracking", "Open Tracking"),
        ("tracking_settings/subscription", {"enabled": True}, "tracking", "Subscription Tracking"),
        ("tracking_settings/google_analytics", {"enabled": True}, "tracking", "Google Analytics"),
        ("tracking_settings/open", FORBIDDEN, "tracking", "tracking_settings.open.read"),
        ("whitelabel/domains", [], "sender", "not authenticated"),
        ("whitelabel/domains", FORBIDDEN, "sender", "whitelabel.read"),
        (
            "whitelabel/domains",
            [
                {
                    "domain": "example.org", "valid": False,
                    "dns": {
                        "dkim1": {"valid": True, "type": "cname", "host": "found.example.org", "data": "x"},
                        "dkim2": {"valid": False, "type": "cname", "host": "s2.example.org", "data": "y"},
                    },
                }
            ],
            "sender", "CNAME s2.example.org → y",
        ),
        ("mail_settings", {"result": [{"name": "footer", "enabled": True}]}, "settings of mails", "Footer"),
        ("mail_settings", FORBIDDEN, "settings of mails", "mail_settings.read"),
    ],
)  # fmt: skip
def test_line_says_what_to_do_when_something_is_missing(look, account, path, answer, about, words):
    account.answers[path] = answer
    found = to_do(look())
    assert any(line[0] == about and words in " ".join(line) for line in found)
    assert all(advice for _, _, advice in found)


@pytest.mark.parametrize(
    ("changed", "about", "words"),
    [
        ({"enabled": False}, "event webhook", "switched off"),
        ({"bounce": False, "spam_report": False}, "events", "Bounced, Spam Reports"),
        ({"public_key": "other"}, "signature", "webhook_key: other"),
        ({"public_key": ""}, "signature", "Signed Event Webhook"),
        ({"url": f"{PUBLIC}/events/sendgrid/"}, "event webhook", "none of the 1"),
    ],
)
def test_line_says_what_to_do_when_the_webhook_is_not_as_it_should_be(look, account, changed, about, words):
    account.hook.update(changed)
    [line] = to_do(look())
    assert line[0] == about
    assert words in " ".join(line)


def test_key_of_the_signature_is_asked_for_when_the_list_of_webhooks_does_not_hold_it(look, account):
    del account.hook["public_key"]
    account.answers[SIGNED] = {"public_key": WEBHOOK_KEY}
    assert to_do(look()) == []


def test_settings_of_the_workspace_are_looked_at(look):
    assert to_do(look(public_url=""))[0][0] == "event webhook"
    assert to_do(look(from_email=""))[0][0] == "sender"
    assert "is not set" in to_do(look(sendgrid={"webhook_key": ""}))[0][1]
    assert "suppression.read" in to_do(look(sendgrid={"sync_suppressions": True}))[0][1]


def test_links_need_a_domain_of_their_own_only_when_they_are_rewritten(look, account):
    account.answers["tracking_settings/click"] = {"enabled": True, "enable_text": False}
    assert [about for about, _, _ in to_do(look())] == ["tracking", "rewritten links"]
    account.answers["whitelabel/links"] = [{"domain": "example.org", "valid": True}]
    assert [about for about, _, _ in to_do(look())] == ["tracking"]


@pytest.mark.parametrize("answer", [Reply(500, b"oops"), Reply(200, b"<html>"), RESET, refusal(404, "gone")])
def test_rest_is_looked_at_when_one_answer_stays_out(look, account, answer):
    account.answers["whitelabel/domains"] = answer
    lines = look()
    assert [one.about for one in lines if one.health is Health.UNKNOWN] == ["sender"]
    assert to_do(lines) == []


def test_trouble_is_said_when_the_key_is_none_or_nobody_answers(look, account):
    with pytest.raises(ProviderError, match="does not accept the key") as refused:
        look(sendgrid={"api_key": Secret("SG.wrong")})
    assert "SG.wrong" not in str(refused.value)
    with pytest.raises(ProviderError, match="SENDGRID_API_KEY"):
        look(sendgrid={"api_key": Secret("")})
    account.answers["scopes"] = HANG
    with pytest.raises(ProviderError, match="cannot be reached"):
        look(sendgrid={"timeout": 1})


@pytest.mark.parametrize("odd", [None, [], 5, "words", {"webhooks": 7}, {"webhooks": [None, 5, {"url": 7}]}])
def test_nothing_breaks_when_answers_have_another_form(look, account, odd):
    for path in account.answers:
        if path != "scopes":
            account.answers[path] = Reply(200, json.dumps(odd).encode())
    assert to_do(look())


def trax_yaml(folder, account, *, webhook_key=WEBHOOK_KEY):
    folder.joinpath("trax.yaml").write_text(
        f"organisation: {{name: Office}}\nnewsletter: {{name: News, list_id: news.example.org}}\n"
        f"sender: {{email: news@example.org}}\npublic_url: {PUBLIC}\n"
        f"sendgrid: {{host: '{account.api.url}', webhook_key: {webhook_key}}}\n",
        encoding="utf-8",
    )


@pytest.mark.parametrize(
    ("answer", "code"), [({"enabled": False}, 0), ({"enabled": True}, 2), (Reply(500, b""), 5)]
)
def test_command_ends_with_a_code_and_shows_no_secret(account, tmp_path, state, monkeypatch, answer, code):
    monkeypatch.setenv("SENDGRID_API_KEY", KEY)
    trax_yaml(tmp_path, account)
    account.answers["tracking_settings/open"] = answer
    options = ["--workspace", str(tmp_path), "--state", str(state), "doctor", "sendgrid"]
    shown = CliRunner().invoke(trax, options)
    assert shown.exit_code == code, shown.output
    printed = CliRunner().invoke(trax, [*options, "--json"])
    assert json.loads(printed.stdout)["ok"] is (code == 0)
    assert KEY not in shown.output + printed.output
