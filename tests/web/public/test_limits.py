import pytest
from starlette.requests import Request

from trax_mailer.web.public.limits import CLIENT_SECONDS, PER_CLIENT, TOGETHER, Limits, client_of


def request(peer, forwarded=""):
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    return Request({"type": "http", "client": (peer, 1), "headers": headers})


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("198.51.100.7", "", "198.51.100.7"),
        ("127.0.0.1", "203.0.113.9, 198.51.100.8", "198.51.100.8"),
        ("10.0.0.3", "198.51.100.8", "198.51.100.8"),
        ("8.8.8.8", "203.0.113.9", "8.8.8.8"),
        ("2a00:1450:4001:80f::1", "", "2a00:1450:4001:80f::/64"),
        ("::1", "2a00:1450:4001:80f::2", "2a00:1450:4001:80f::/64"),
        ("127.0.0.1", "nonsense", "nonsense"),
    ],
)
def test_client_is_who_asks_when_a_web_server_stands_before(peer, forwarded, client):
    assert client_of(request(peer, forwarded)) == client


def test_client_may_go_on_when_the_time_is_over():
    now = [0.0]
    limits = Limits(clock=lambda: now[0])
    one, other = request("198.51.100.7"), request("198.51.100.8")
    assert [limits.allow(one) for _ in range(PER_CLIENT + 1)] == [True] * PER_CLIENT + [False]
    assert limits.allow(other)
    now[0] = CLIENT_SECONDS + 1
    assert limits.allow(one)


def test_all_wait_when_very_many_ask_at_once():
    limits = Limits(clock=lambda: 0.0)
    asked = [limits.allow(request(f"8.8.{n // 250}.{n % 250}")) for n in range(TOGETHER + 1)]
    assert asked == [True] * TOGETHER + [False]


def test_memory_holds_no_address_of_a_client():
    limits = Limits()
    limits.allow(request("198.51.100.7"))
    assert "198.51" not in str(limits.__dict__)
