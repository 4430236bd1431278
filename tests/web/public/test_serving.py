import signal
import socket
import time
from urllib.parse import urlsplit

import httpx
import pytest

from web.processes import SERVE_PUBLIC, running, unused_port

ENDS_IN_SECONDS = 10.0
"""Two on a machine that has nothing else to do. A reader who never reads would hold a server up for good."""


@pytest.fixture
def serving(house):
    settings = house.public.settings
    with running(SERVE_PUBLIC, settings.root, settings.state, unused_port()) as server:
        yield server


def test_reader_leaves_when_a_real_server_is_asked(serving, house):
    with httpx.Client(base_url=serving.address, timeout=10) as client:
        assert client.get("healthz").text == "ok"
        assert client.head(f"u/{house.token()}").status_code == 200
        assert not house.left()
        answer = client.post(f"u/{house.token()}", files={"List-Unsubscribe": (None, "One-Click")})
        assert answer.status_code == 200
        assert house.left()
        asset = house.edition.assets[0]
        assert client.get(f"a/{asset.name}").content == asset.data
        assert client.head(f"a/{asset.name}").headers["content-length"] == str(len(asset.data))
    assert serving.end() == 0
    assert not any(house.token() in line for line in serving.said)
    assert serving.errors() == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_server_ends_soon_when_a_signal_comes(serving, house, number):
    place = urlsplit(serving.address)
    with socket.create_connection((place.hostname, place.port), timeout=10) as idle:
        idle.sendall(b"POST /u/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nslow")
        time.sleep(0.2)
        began = time.monotonic()
        assert serving.end(number) == 0
        assert time.monotonic() - began < ENDS_IN_SECONDS
    assert serving.said[-1] == "The public pages are no longer served."
    assert serving.errors() == ""


def test_error_is_clear_when_the_port_is_in_use(serving, house):
    settings, port = house.public.settings, urlsplit(serving.address).port
    with (
        pytest.raises(AssertionError, match=f"Port {port} of 127.0.0.1 is in use") as refused,
        running(SERVE_PUBLIC, settings.root, settings.state, port),
    ):
        pass
    assert "Traceback" not in str(refused.value)
