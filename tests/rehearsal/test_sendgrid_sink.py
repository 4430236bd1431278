import http.client

import httpx
import pytest

from trax_mailer.rehearsal import Faults, Took, read_entries, sink_process, sink_thread


def _call(*addresses, first=1):
    return {
        "personalizations": [
            {"to": [{"email": address}], "custom_args": {"delivery": f"5.{number}"}}
            for number, address in enumerate(addresses, start=first)
        ]
    }


@pytest.fixture
def api(record):
    """Posts a call to a sink with these faults."""

    def posting(faults=None):
        return _Posting(record, faults)

    return posting


class _Posting:
    def __init__(self, record, faults):
        self._thread = sink_thread("sendgrid", record, faults)

    def __enter__(self):
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self._thread.__enter__()}", timeout=1)
        return self

    def __exit__(self, *error):
        self.client.close()
        self._thread.__exit__(*error)

    def send(self, *addresses, first=1):
        return self.client.post("/v3/mail/send", json=_call(*addresses, first=first))


def test_readers_are_recorded_when_a_call_is_taken(api, entries):
    with api() as sink:
        answer = sink.send("Amina@example.net", "kofi@example.com")
    assert (answer.status_code, answer.content) == (202, b"")
    assert answer.headers["x-message-id"]
    assert entries() == [
        (Took.ACCEPTED, "5.1", "amina@example.net"),
        (Took.ACCEPTED, "5.2", "kofi@example.com"),
    ]


def test_account_may_send_when_it_is_asked(api):
    with api() as sink:
        assert "mail.send" in sink.client.get("/v3/scopes").json()["scopes"]
        [domain] = sink.client.get("/v3/whitelabel/domains", params={"domain": "example.org"}).json()
        assert domain == {"id": 1, "domain": "example.org", "valid": True}
        assert sink.client.get("/v3/verified_senders").json() == {"results": []}
        assert sink.client.get("/v3/stats").status_code == 404


def test_culprit_is_named_and_nobody_is_taken_when_an_address_is_refused(api, entries):
    with api(Faults(refuse=("no@example.org",))) as sink:
        answer = sink.send("a@example.org", "no@example.org", "not an address")
        assert answer.status_code == 400
        named = [error["field"] for error in answer.json()["errors"]]
        assert named == ["personalizations.1.to.0.email", "personalizations.2.to.0.email"]
        assert sink.send("a@example.org").status_code == 202
    assert [took for took, _, _ in entries()] == [Took.REFUSED, Took.REFUSED, Took.ACCEPTED]


def test_only_bare_words_come_when_culprits_are_not_named(api):
    with api(Faults(refuse=("no@example.org",), names_culprits=False)) as sink:
        answer = sink.send("no@example.org")
    assert answer.json() == {"errors": [{"message": "Bad Request", "field": None, "help": None}]}


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'{"personalizations": []}', b'{"personalizations": [{"to": []}]}'],
    ids=["no JSON", "no call", "nobody", "no address"],
)
def test_call_is_refused_when_it_makes_no_sense(api, entries, body):
    with api() as sink:
        assert sink.client.post("/v3/mail/send", content=body).status_code == 400
    assert entries() == []


def test_call_is_refused_when_it_repeats_an_address_or_holds_too_many(api, entries):
    with api() as sink:
        assert sink.send("a@example.org", "A@example.org").status_code == 400
        assert sink.send(*(f"r{number}@example.org" for number in range(1001))).status_code == 400
    assert entries() == []


def test_limit_says_when_to_come_back_when_a_call_is_put_off(api, entries):
    with api(Faults(put_off=1.0)) as sink:
        answer = sink.send("a@example.org")
        assert answer.status_code == 429
        assert int(answer.headers["x-ratelimit-reset"]) > 0
        assert sink.send("a@example.org").status_code == 202
    assert [took for took, _, _ in entries()] == [Took.PUT_OFF, Took.ACCEPTED]


@pytest.mark.parametrize(
    ("fault", "taken"),
    [("hang_before", False), ("hang_after", True), ("drop_before", False), ("drop_after", True)],
)
def test_no_answer_comes_when_the_fault_says_so(api, entries, fault, taken):
    with api(Faults(**{fault: 1.0})) as sink:
        with pytest.raises((httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.ReadError)):
            sink.client.post("/v3/mail/send", json=_call("a@example.org"), timeout=0.3)
        tooks = [took for took, _, _ in entries()]
        assert tooks == [Took.ACCEPTED, Took.UNCLEAR] if taken else [Took.UNCLEAR]


def test_answer_says_nothing_when_the_server_breaks(api, entries):
    with api(Faults(broken_after=1.0)) as sink:
        assert sink.send("a@example.org").status_code == 500
    assert [took for took, _, _ in entries()] == [Took.ACCEPTED, Took.UNCLEAR]


def test_nothing_is_taken_when_a_call_ends_in_the_middle(record):
    with sink_process("sendgrid", record, Faults()) as sink:
        cut = http.client.HTTPConnection("127.0.0.1", sink.port, timeout=5)
        cut.putrequest("POST", "/v3/mail/send")
        cut.putheader("Content-Length", "5000")
        cut.endheaders()
        cut.send(b'{"personalizations": [')
        cut.close()
        with httpx.Client(base_url=f"http://127.0.0.1:{sink.port}") as client:
            assert client.post("/v3/mail/send", json=_call("a@example.org")).status_code == 202
    assert [entry.address for entry in read_entries(record)] == ["a@example.org"]
