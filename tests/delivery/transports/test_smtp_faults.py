"""Whatever a mail server does: what it took is exactly what was accepted or is uncertain."""

import random
import signal
import threading
import time

import pytest

from contracts.rigs import parse_message, smtp_settings
from contracts.smtp_faults import CUT, HALF_REPLY, HANG, TAKE_AND_CUT, FaultyServer, faulty_server
from delivery.letters import asset, edition, letter, recipient
from trax_mailer.delivery.letter import filled
from trax_mailer.delivery.transports.base import Verdict
from trax_mailer.delivery.transports.smtp import SmtpTransport
from trax_mailer.delivery.transports.smtp.window import SAME_REFUSALS

SETTINGS = {"security": "none", "username": "", "timeout": 5, "answer_timeout": 5, "connections": 3}
READERS = [recipient(number) for number in range(1, 31)]
LATE = [one for one in READERS if one.subscriber_id % 10 == 7]
PIPELINING = pytest.mark.parametrize("pipelining", [True, False], ids=["pipelining", "lock-step"])


def transport_to(port, **settings):
    transport = SmtpTransport(smtp_settings(port, **SETTINGS | {"host": "127.0.0.1"} | settings))
    transport.open(letter())
    return transport


def send(server, readers=READERS, **settings):
    with faulty_server(server) as port, transport_to(port, **settings) as transport:
        answer = transport.send(readers, batch=1)
    return answer, {one.email: answer.of(one.delivery).verdict for one in readers}


def emails(verdicts, *wanted):
    return {email for email, verdict in verdicts.items() if verdict in wanted}


def hold_true(server, verdicts):
    """What must hold whatever the server did."""
    assert server.wrong == []
    assert len(server.taken) == len(set(server.taken))
    assert emails(verdicts, Verdict.ACCEPTED) <= set(server.taken)
    assert set(server.taken) <= emails(verdicts, Verdict.ACCEPTED, Verdict.UNCERTAIN)


def at(step, act, readers=LATE):
    addresses = {one.email for one in readers}
    return lambda now, address, _number: act if now == step and address in addresses else None


@PIPELINING
@pytest.mark.parametrize(("piece", "many_lines"), [(0, False), (0, True), (1, False), (7, True)])
def test_all_get_their_own_message_when_replies_come_in_any_pieces(pipelining, piece, many_lines):
    server = FaultyServer()
    server.pipelining, server.piece, server.many_lines = pipelining, piece, many_lines
    _, verdicts = send(server)
    hold_true(server, verdicts)
    assert emails(verdicts, Verdict.ACCEPTED) == {one.email for one in READERS}
    bound = letter()
    for one in READERS:
        message = parse_message(server.bodies[one.email])
        assert (message.to, message.html) == (one.email, filled(bound.html, one))


@PIPELINING
@pytest.mark.parametrize("step", ["RCPT", "DATA", "DOT"])
@pytest.mark.parametrize(
    ("words", "verdict"),
    [("451 4.7.1 later", Verdict.THROTTLED), ("550 5.1.1 nobody here", Verdict.REJECTED)],
)
def test_refusal_is_of_that_reader_alone_when_it_comes_at(pipelining, step, words, verdict):
    server = FaultyServer(at(step, words))
    server.pipelining = pipelining
    answer, verdicts = send(server)
    hold_true(server, verdicts)
    assert emails(verdicts, verdict) == {one.email for one in LATE}
    assert len(server.taken) == len(READERS) - len(LATE)
    assert answer.of(LATE[0].delivery).reason == words


@PIPELINING
def test_nobody_gets_a_body_when_the_server_asks_for_one_after_refusing_the_recipient(pipelining):
    """RFC 2920 §3.1: a lone dot, which is refused in turn."""

    def act(step, address, _number):
        if step == "RCPT" and address in {one.email for one in LATE}:
            return "550 5.1.1 nobody here"
        return "354 go on" if step == "DATA" and not address else None

    server = FaultyServer(act)
    server.pipelining = pipelining
    _, verdicts = send(server)
    hold_true(server, verdicts)
    assert emails(verdicts, Verdict.REJECTED) == {one.email for one in LATE}
    assert emails(verdicts, Verdict.ACCEPTED) == {one.email for one in READERS if one not in LATE}


@PIPELINING
@pytest.mark.parametrize(
    ("step", "act"),
    [
        *(
            (step, act)
            for step in ("RCPT", "DATA")
            for act in (CUT, "nonsense", "299 what", "421 4.3.2 closing")
        ),
        ("BODY", CUT),
    ],
)
def test_nothing_is_uncertain_when_the_connection_breaks_before_the_dot(pipelining, step, act):
    large = letter(edition(html=("<p>x</p>" * 700_000,), pictures=False))
    server = FaultyServer(at(step, act, READERS[6:7]))
    server.pipelining, server.small_buffer = pipelining, True
    readers = READERS[6:7] if step == "BODY" else READERS
    with faulty_server(server) as port, transport_to(port) as transport:
        if step == "BODY":
            transport.open(large)
        answer = transport.send(readers, batch=1)
    verdicts = {one.email: answer.of(one.delivery).verdict for one in readers}
    hold_true(server, verdicts)
    if act != "299 what":  # which is a yes to RCPT
        assert verdicts[READERS[6].email] in {Verdict.NOT_SENT, Verdict.THROTTLED}
    assert emails(verdicts, Verdict.UNCERTAIN) == set()


@PIPELINING
@pytest.mark.parametrize("step", ["GREET", "EHLO", "MAIL", "RCPT", "DATA"])
def test_call_ends_with_nobody_sent_when_the_server_falls_silent_at(pipelining, step):
    server = FaultyServer(lambda now, _address, _number: HANG if now == step else None)
    server.pipelining = pipelining
    answer, verdicts = send(server, timeout=0.2)
    hold_true(server, verdicts)
    assert emails(verdicts, Verdict.NOT_SENT) == {one.email for one in READERS}
    assert answer.reason


@PIPELINING
@pytest.mark.parametrize("act", [HANG, CUT, TAKE_AND_CUT, HALF_REPLY, "nonsense", "354 again"])
def test_reader_is_uncertain_when_no_clear_answer_follows_the_dot(pipelining, act):
    server = FaultyServer(at("DOT", act))
    server.pipelining = pipelining
    _, verdicts = send(server, answer_timeout=0.3)
    hold_true(server, verdicts)
    uncertain = emails(verdicts, Verdict.UNCERTAIN)
    assert uncertain
    assert uncertain <= {one.email for one in LATE}
    if act in {TAKE_AND_CUT, HALF_REPLY}:
        assert set(server.taken) == emails(verdicts, Verdict.ACCEPTED) | uncertain


def test_one_reader_only_is_uncertain_when_nobody_was_accepted_before():
    server = FaultyServer(lambda step, _address, _number: CUT if step == "DOT" else None)
    _, verdicts = send(server)
    assert len(emails(verdicts, Verdict.UNCERTAIN)) == 1
    assert len(emails(verdicts, Verdict.NOT_SENT)) == len(READERS) - 1


@pytest.mark.parametrize("step", ["RCPT", "DATA", "DOT"])
def test_few_fail_when_everybody_is_refused_alike(step):
    def act(now, address, _number):
        return f"550 5.7.1 <{address}>: the sender is not welcome" if now == step else None

    answer, verdicts = send(FaultyServer(act))
    assert len(emails(verdicts, Verdict.REJECTED)) == SAME_REFUSALS
    assert len(emails(verdicts, Verdict.NOT_SENT)) == len(READERS) - SAME_REFUSALS
    assert "not welcome" in answer.reason
    assert answer.retry_after == 0


def test_few_fail_when_the_server_turns_against_the_sender_in_the_middle():
    turned = threading.Event()
    server = FaultyServer(
        lambda step, *_: "550 5.7.1 no more" if step == "RCPT" and turned.is_set() else None
    )
    readers = [recipient(number) for number in range(1, 193)]
    with faulty_server(server) as port, transport_to(port) as transport:
        transport.send(readers, batch=1)
        turned.set()
        first = transport.send(readers, batch=1)
        second = transport.send(readers, batch=1)
    rejected = [
        sum(one.verdict is Verdict.REJECTED for one in answer.per_recipient.values())
        for answer in (first, second)
    ]
    assert rejected[0] <= SAME_REFUSALS + 2
    assert rejected[1] == SAME_REFUSALS


def test_nobody_fails_when_readers_are_refused_for_reasons_of_their_own():
    def act(step, address, _number):
        return f"550 5.1.1 {hash(address)} is unknown" if step == "RCPT" else None

    _, verdicts = send(FaultyServer(act))
    assert emails(verdicts, Verdict.REJECTED) == {one.email for one in READERS}


@PIPELINING
@pytest.mark.parametrize("act", [CUT, "421 4.7.0 enough for one connection"])
def test_all_are_accepted_when_the_server_takes_few_messages_a_connection(pipelining, act):
    server = FaultyServer(lambda step, _address, number: act if step == "MAIL" and number > 4 else None)
    server.pipelining = pipelining
    _, verdicts = send(server)
    hold_true(server, verdicts)
    assert emails(verdicts, Verdict.ACCEPTED) == {one.email for one in READERS}
    assert server.connections >= len(READERS) / 4


def test_rest_is_throttled_when_the_server_says_421_to_the_first():
    server = FaultyServer(lambda step, *_: "421 4.7.0 come back later" if step == "MAIL" else None)
    answer, verdicts = send(server)
    assert set(verdicts.values()) == {Verdict.THROTTLED}
    assert "come back later" in answer.reason


def test_all_are_accepted_when_the_server_allows_one_connection_only():
    server = FaultyServer()
    server.act = lambda step, *_: "421 too many" if step == "GREET" and server.connections > 1 else None
    _, verdicts = send(server)
    assert set(verdicts.values()) == {Verdict.ACCEPTED}


def test_connections_are_kept_when_calls_follow_each_other():
    server = FaultyServer()
    with faulty_server(server) as port, transport_to(port) as transport:
        for _ in range(3):
            transport.send(READERS, batch=1)
    assert server.connections == 3
    assert len(server.taken) == 3 * len(READERS)


def test_stale_connection_costs_nobody_anything_when_the_server_closed_it_meanwhile():
    server = FaultyServer(lambda step, _address, number: CUT if step == "MAIL" and number == 2 else None)
    with faulty_server(server) as port, transport_to(port) as transport:
        answers = [transport.send([one], batch=1) for one in READERS[:3]]
    assert [answer.verdict for answer in answers] == [Verdict.ACCEPTED] * 3
    assert server.connections == 3


def test_large_message_arrives_whole_when_it_exceeds_the_sockets_buffer():
    picture = asset(random.Random(1).randbytes(2_500_000))
    bound = edition()
    large = edition(html=bound.html[:4])
    large = type(large)(**{name: getattr(large, name) for name in large.__slots__} | {"assets": (picture,)})
    server = FaultyServer()
    with faulty_server(server) as port, transport_to(port) as transport:
        transport.open(letter(large, pictures="embedded"))
        answer = transport.send(READERS[:2], batch=1)
    assert {one.verdict for one in answer.per_recipient.values()} == {Verdict.ACCEPTED}
    for one in READERS[:2]:
        assert list(parse_message(server.bodies[one.email]).pictures.values()) == [picture.data]


def test_call_ends_at_once_when_another_thread_closes_the_transport():
    waiting = threading.Event()

    def act(step, _address, number):
        if step == "DOT" and number == 3:
            waiting.set()
            return HANG
        return None

    server, answers = FaultyServer(act), []
    with faulty_server(server) as port:
        transport = transport_to(port, answer_timeout=600)
        call = threading.Thread(target=lambda: answers.append(transport.send(READERS, batch=1)))
        call.start()
        assert waiting.wait(5)
        began = time.monotonic()
        transport.close()
        call.join(5)
        assert time.monotonic() - began < 3
    [answer] = answers
    verdicts = {one.email: answer.of(one.delivery).verdict for one in READERS}
    hold_true(server, verdicts)
    assert emails(verdicts, Verdict.UNCERTAIN)
    assert emails(verdicts, Verdict.NOT_SENT)


def test_transport_works_on_when_a_call_was_interrupted():
    waiting = threading.Event()

    def act(step, address, _number):
        if step == "DOT" and address == READERS[20].email:
            waiting.set()
            return HANG
        return None

    server, main = FaultyServer(act), threading.get_ident()

    def press_ctrl_c():
        assert waiting.wait(30)
        signal.pthread_kill(main, signal.SIGINT)

    pressing = threading.Thread(target=press_ctrl_c)
    with faulty_server(server) as port, transport_to(port, answer_timeout=600) as transport:
        pressing.start()
        with pytest.raises(KeyboardInterrupt):
            transport.send(READERS, batch=1)
        pressing.join()
        answer = transport.send([recipient(77)], batch=1)
    assert answer.of("7.77").verdict is Verdict.ACCEPTED
    assert server.wrong == []


def test_error_of_our_own_is_raised_when_a_message_cannot_be_made():
    with faulty_server(FaultyServer()) as port, transport_to(port) as transport:
        transport._packer = None
        with pytest.raises(RuntimeError, match="before open"):
            transport.send(READERS, batch=1)
        transport.open(letter())
        broken = recipient(5)
        object.__setattr__(broken, "merge", None)
        with pytest.raises(AttributeError):
            transport.send([*READERS[:4], broken], batch=1)


@pytest.mark.parametrize("email", ["a\r\nRCPT TO:<b@example.org>", "a b@example.org", "a>@example.org"])
def test_address_never_reaches_the_server_when_it_would_be_read_as_commands(email):
    readers = [recipient(1, email=email), recipient(2)]
    server = FaultyServer()
    _, verdicts = send(server, readers)
    assert verdicts == {email: Verdict.REJECTED, readers[1].email: Verdict.ACCEPTED}
    assert server.taken == [readers[1].email]


def test_reader_alone_fails_when_a_name_holds_half_a_character():
    readers = [recipient(1, name="\ud800"), recipient(2)]
    _, verdicts = send(FaultyServer(), readers)
    assert list(verdicts.values()) == [Verdict.REJECTED, Verdict.ACCEPTED]


FAULTS = ["451 later", "550 no", "421 closing", CUT, "nonsense", TAKE_AND_CUT, HALF_REPLY]


@PIPELINING
@pytest.mark.parametrize("seed", range(6))
def test_account_is_true_when_faults_come_at_random_until_all_are_settled(pipelining, seed):
    chance, lock = random.Random(seed), threading.Lock()

    def act(step, _address, _number):
        if step == "BODY":
            return None
        with lock:
            fault = chance.choice(FAULTS) if chance.random() < 0.04 else None
        return CUT if fault in {TAKE_AND_CUT, HALF_REPLY} and step != "DOT" else fault

    server = FaultyServer(act)
    server.pipelining, server.piece = pipelining, chance.choice([0, 1, 5])
    open_ones, settled = [recipient(number) for number in range(1, 121)], {}
    with faulty_server(server) as port, transport_to(port) as transport:
        for _ in range(200):
            answer = transport.send(open_ones, batch=1)
            settled |= {one.email: answer.of(one.delivery).verdict for one in open_ones}
            again = {Verdict.NOT_SENT, Verdict.THROTTLED, Verdict.STOPPED}
            open_ones = [one for one in open_ones if settled[one.email] in again]
            if not open_ones:
                break
    assert not open_ones
    hold_true(server, settled)
