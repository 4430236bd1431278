import dataclasses

import pytest

from contracts.http_server import HANG, Reply, http_server
from delivery.letters import edition, reader, slot
from delivery.mailings import ScriptedTransport
from trax_mailer.delivery import preflight
from trax_mailer.model.edition import SlotContext, SlotKind
from trax_mailer.model.finding import Finding, Severity
from trax_mailer.settings import Pictures, Settings
from trax_mailer.storage.editions import load_asset, load_edition

ADDRESS = "UPR Info\nRue de Varembé 3\nGeneva"


@pytest.fixture
def server(ledger):
    """A public server that serves whatever editions and pictures the ledger holds."""

    def answer(request):
        if request.path == "/healthz" or request.path.startswith("/o/"):
            return Reply(200, b"ok")
        with ledger.read() as connection:
            if request.path.startswith("/v/"):
                known = load_edition(connection, request.path.removeprefix("/v/"))
                return Reply(200, b"<html>") if known else Reply(404)
            asset = load_asset(connection, request.path.removeprefix("/a/").partition(".")[0])
        return Reply(200, asset.data) if asset else Reply(404)

    with http_server() as api:
        api.answer = answer
        yield api


@pytest.fixture
def settings(server, tmp_path):
    return Settings(
        root=tmp_path,
        state=tmp_path / "state",
        organisation="UPR Info",
        postal_address=ADDRESS,
        list_id="upr-trax.upr-info.example",
        from_email="trax@upr-info.example",
        from_name="UPR Info",
        reply_to="answers@upr-info.example",
        public_url=server.url,
    )


def problems(ledger, settings, bound=None, *, transport=None, **changed):
    found = preflight(
        ledger,
        settings=dataclasses.replace(settings, **changed),
        edition=bound or edition(),
        transport=transport or ScriptedTransport(),
    )
    return [finding.message for finding in found if finding.severity is Severity.ERROR]


def test_nothing_stands_in_the_way_when_all_is_set(ledger, settings):
    assert problems(ledger, settings) == []


def test_simulated_mailing_needs_nothing(ledger, settings):
    transport = ScriptedTransport()
    transport.simulated = True
    assert problems(ledger, settings, transport=transport, from_email="", public_url="") == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"from_email": ""}, "No sender is set"),
        ({"from_name": ""}, "The sender has no name"),
        ({"reply_to": ""}, "Nobody is set to get the readers' answers"),
        ({"reply_to": "réponses@upr-info.example"}, "outside ASCII before the @"),
        ({"from_email": "trăx@upr-info.example"}, "outside ASCII before the @"),
        ({"postal_address": ""}, "No postal address is set"),
        ({"list_id": ""}, "no usable list_id"),
        ({"list_id": "two words"}, "no usable list_id"),
        ({"public_url": ""}, "No public_url is set"),
        ({"public_url": "http://trax.example.org"}, "is not encrypted"),
        ({"public_url": "https://träx.example.org"}, "outside ASCII"),
    ],
)
def test_real_mailing_is_refused_when_something_is_missing(ledger, settings, changed, words):
    [problem] = problems(ledger, settings, **changed)
    assert words in problem


def test_this_machine_is_refused_as_public_when_the_mail_goes_elsewhere(ledger, settings):
    transport = ScriptedTransport()
    transport.rehearsal = False
    [problem] = problems(ledger, settings, transport=transport)
    assert "no reader can reach it" in problem


def test_parts_are_refused_when_the_address_or_the_way_out_is_not_in_them(ledger, settings):
    bare = edition(html=("<p>Hello ", reader(SlotContext.HTML), "</p>"), text=("Hello\n",))
    assert problems(ledger, settings, bare) == [
        "The postal address is not in the HTML part.",
        "The HTML part has no link to leave.",
        "The postal address is not in the plain text part.",
        "The plain text part has no link to leave.",
    ]


def test_address_is_found_when_it_is_broken_and_escaped_differently(ledger, settings):
    leave = slot(SlotKind.UNSUBSCRIBE, SlotContext.ATTRIBUTE)
    spread = edition(
        html=("<p>Smith &amp; Sons<br/>\n  <b>Main</b>&nbsp;Street&#32;1</p><a href='", leave, "'>leave</a>"),
        text=("Smith & Sons\nMain Street\n1\n", leave),
    )
    assert problems(ledger, settings, spread, postal_address="Smith & Sons\nMain Street 1") == []


def test_address_is_missed_when_it_stands_only_in_a_comment(ledger, settings):
    leave = slot(SlotKind.UNSUBSCRIBE, SlotContext.ATTRIBUTE)
    hidden = edition(
        html=(f"<!-- {ADDRESS} --><style>{ADDRESS}</style><a href='", leave, "'>leave</a>"),
        text=(ADDRESS, leave),
    )
    assert problems(ledger, settings, hidden) == ["The postal address is not in the HTML part."]


@pytest.mark.parametrize("reply", [Reply(200, b"another page"), Reply(500), Reply(302), HANG])
def test_real_mailing_is_refused_when_the_public_server_does_not_answer(
    ledger, settings, server, reply, monkeypatch
):
    monkeypatch.setattr("trax_mailer.delivery.readiness.SECONDS", 0.3)
    server.answer = lambda _: reply
    [problem] = problems(ledger, settings)
    assert "The public server does not answer" in problem


@pytest.mark.parametrize("reply", [Reply(404), Reply(200, b"half a pict"), Reply(200, b"")])
def test_real_mailing_is_refused_when_a_hosted_picture_does_not_load(ledger, settings, server, reply):
    good = server.answer
    server.answer = lambda request: reply if request.path.startswith("/a/") else good(request)
    [problem] = problems(ledger, settings)
    assert "A picture cannot be loaded" in problem


def test_pictures_are_not_fetched_when_embedded(ledger, settings, server):
    assert problems(ledger, settings, pictures=Pictures.EMBEDDED) == []
    assert not [request.path for request in server.requests if request.path.startswith("/a/")]


def test_real_mailing_is_refused_when_the_public_server_stands_on_another_ledger(ledger, settings, server):
    server.answer = lambda request: Reply(404) if request.path.startswith("/v/") else Reply(200, b"ok")
    [problem] = problems(ledger, settings, pictures=Pictures.EMBEDDED)
    assert "The public server does not know this issue" in problem


def test_real_mailing_is_refused_when_the_server_in_front_passes_no_tracked_links_on(
    ledger, settings, server
):
    usual = server.answer
    server.answer = lambda request: Reply(404) if request.path.startswith("/o/") else usual(request)
    [problem] = problems(ledger, settings)
    assert "The public server does not answer tracked links" in problem


def test_what_the_transport_finds_is_among_the_findings(ledger, settings):
    transport = ScriptedTransport()
    finding = Finding(check="transport", severity=Severity.ERROR, message="the login is wrong")
    transport.preflight = lambda from_email: [finding]
    assert problems(ledger, settings, transport=transport) == ["the login is wrong"]
