import socket

import pytest

from trax_mailer.errors import Conflict, Refused
from trax_mailer.web.serving import claim_address, free_port


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_port_is_refused_when_somebody_listens(taken):
    with pytest.raises(Conflict, match=f"Port {taken} of 127.0.0.1 is in use"):
        claim_address("127.0.0.1", taken)


def test_another_port_is_found_when_somebody_listens(taken):
    assert free_port(taken, host="127.0.0.1") != taken


def test_port_is_kept_when_nobody_listens(taken):
    free = free_port(taken, host="127.0.0.1")
    assert free_port(free, host="127.0.0.1") == free


@pytest.mark.parametrize(("host", "words"), [("no.such.host.invalid", "unknown"), ("192.0.2.1", "listen")])
def test_address_is_refused_when_it_is_not_this_machines(host, words):
    with pytest.raises(Refused, match=words):
        claim_address(host, 8058)
