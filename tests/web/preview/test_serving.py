import signal
import socket
import time

import httpx
import pytest

from web.processes import SERVE_PREVIEW, running, unused_port

ENDS_IN_SECONDS = 2.0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_preview_ends_soon_when_a_page_is_listening(newsroom, tmp_path, number):
    with running(SERVE_PREVIEW, newsroom, tmp_path / "state", unused_port()) as server:
        with httpx.stream("GET", f"{server.address}changes", timeout=10) as stream:
            assert "data: 1" in next(text for text in stream.iter_text() if "data" in text)
            began = time.monotonic()
            assert server.end(number) == 0
            assert time.monotonic() - began < ENDS_IN_SECONDS
        assert server.said[-1] == "The preview has ended."
        assert server.errors() == ""


def test_preview_takes_another_port_when_its_own_is_in_use(newsroom, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running(SERVE_PREVIEW, newsroom, tmp_path / "state", port) as server:
            assert httpx.get(f"{server.address}state", timeout=10).json()["number"] == 7
            assert f":{port}/" not in server.address


def test_preview_makes_no_state_directory_when_it_only_shows(newsroom, tmp_path):
    with running(SERVE_PREVIEW, newsroom, tmp_path / "state", unused_port()) as server:
        assert httpx.get(server.address, timeout=10).status_code == 200
    assert not (tmp_path / "state").exists()
