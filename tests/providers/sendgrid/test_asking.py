import threading
import time

import pytest

from contracts.http_server import HANG, RESET, Reply
from contracts.sendgrid_lists import errors
from trax_mailer.errors import Forbidden, ProviderError, Refused
from trax_mailer.model.provider_list import ProviderList
from trax_mailer.providers.sendgrid.asking import Patience
from trax_mailer.providers.sendgrid.suppressions import SuppressionApi


def first(times, reply):
    """A fault that is given so many times, then no more."""
    left = [reply] * times
    return lambda _request: left.pop() if left else None


@pytest.mark.parametrize(
    "fault",
    [
        Reply(500, b"oops"),
        Reply(503, errors("unavailable")),
        Reply(408),
        Reply(200, b"[{"),
        Reply(200, b'{"result": []}'),
        Reply(200, b"\xff\xfe"),
        HANG,
        RESET,
    ],
    ids=["500", "503", "408", "cut off", "no array", "no text", "silent", "reset"],
)
def test_list_is_asked_for_again_when_the_answer_is_no_answer(lists, api, fault):
    lists.put("bounces", "ana@example.org")
    lists.faults.append(first(1, fault))
    assert api.page(ProviderList.BOUNCES, offset=0).size == 1
    assert len(lists.api.requests) == 2


def test_patience_ends_when_the_answer_stays_out(lists, api):
    lists.faults.append(lambda _request: Reply(502, b"bad gateway"))
    with pytest.raises(ProviderError, match=r"502 bad gateway.*asked 4 times") as refused:
        api.page(ProviderList.BOUNCES, offset=0)
    assert refused.value.advice == "Run it again later."
    assert len(lists.api.requests) == 4


def test_reset_of_the_rate_limit_is_waited_for_when_there_were_too_many_calls(lists, api):
    until = time.time() + 1.5
    limited = Reply(429, errors("too many requests"), {"X-RateLimit-Reset": f"{until:.0f}"})
    lists.faults.append(lambda _request: limited if time.time() < until - 0.5 else None)
    api.page(ProviderList.BLOCKS, offset=0)
    assert len(lists.api.requests) == 2
    assert time.time() >= until - 0.5


def test_next_call_waits_when_none_is_left_by_a_good_answer(lists, api):
    reset = int(time.time()) + 2
    left = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
    lists.faults.append(first(1, Reply(200, b"[]", left)))
    api.page(ProviderList.BLOCKS, offset=0)
    api.page(ProviderList.BLOCKS, offset=0)
    assert time.time() >= reset


def test_person_is_told_when_the_wait_would_be_long(lists, api):
    limited = Reply(429, b"", {"X-RateLimit-Reset": f"{time.time() + 900:.0f}"})
    lists.faults.append(lambda _request: limited)
    with pytest.raises(ProviderError, match=r"asks to wait [89]"):
        api.page(ProviderList.BLOCKS, offset=0)
    assert len(lists.api.requests) == 1


def test_waiting_ends_at_once_when_it_is_stopped(lists, api, stop, said):
    lists.faults.append(lambda _request: Reply(429, b"", {"X-RateLimit-Reset": f"{time.time() + 20:.0f}"}))
    threading.Timer(0.3, stop.set).start()
    began = time.monotonic()
    with pytest.raises(Refused, match="Stopped"):
        api.page(ProviderList.BLOCKS, offset=0)
    assert time.monotonic() - began < 5
    assert len(said) == 1 and "asked again in" in said[0]


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [(401, ProviderError, "does not accept the key"), (403, Forbidden, "may not")],
)
def test_key_is_named_and_nothing_repeated_when_it_is_refused(lists, api, status, kind, words):
    lists.faults.append(lambda _request: Reply(status, errors("access forbidden")))
    with pytest.raises(kind, match=words) as refused:
        api.page(ProviderList.SPAM_REPORTS, offset=0)
    assert "Suppressions" in refused.value.advice
    assert "SG." not in str(refused.value)
    assert len(lists.api.requests) == 1


def test_call_fails_in_words_when_nobody_answers_there(lists, stop):
    settings = lists.settings(host="http://127.0.0.1:9")
    patience = Patience(tries=2, first=0.01)
    api = SuppressionApi(settings, stop=stop, say=lambda _words: None, patience=patience)
    with pytest.raises(ProviderError, match="cannot be reached"):
        api.groups()
