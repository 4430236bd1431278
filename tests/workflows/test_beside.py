import logging
import threading

import pytest

from trax_mailer.errors import Refused
from trax_mailer.workflows.beside import Beside, Round
from trax_mailer.workflows.engines.telling import Teller


@pytest.fixture
def said():
    return []


def in_turn(*outcomes, done):
    """A step that raises what it is given, one after the other, then sets `done`."""
    left = list(outcomes)

    def step(_stop):
        outcome = left.pop(0) if left else None
        if not left:
            done.set()
        if outcome:
            raise outcome

    return step


def run(said, step, done, **further):
    turn = Round(about="post", step=step, every=0.001, **further)
    with Beside([turn], teller=Teller(said.append)) as beside:
        beside.start()
        assert done.wait(20)


def test_trouble_is_told_once_and_its_end_too_when_a_step_fails_for_a_while(said):
    done, trouble = threading.Event(), Refused("No letter box.", advice="Hang one up.")
    step = in_turn(trouble, trouble, None, None, done=done)
    run(said, step, done, trouble="Post waits: ", over="There is a letter box.")
    assert said == ["Post waits: No letter box. Hang one up.", "There is a letter box."]


def test_rounds_go_on_when_an_error_was_foreseen_by_nobody(said, caplog):
    done = threading.Event()
    with caplog.at_level(logging.ERROR):
        run(said, in_turn(ZeroDivisionError("oh"), None, done=done), done)
    assert said == []
    assert "post: ended with an error nobody foresaw" in caplog.text
    assert "ZeroDivisionError: oh" in caplog.text


def test_end_of_the_block_waits_when_a_step_is_under_way(said):
    begun, ended = threading.Event(), threading.Event()

    def step(stop):
        begun.set()
        assert stop.wait(20)
        ended.set()

    with Beside([Round(about="post", step=step, every=60)], teller=Teller(said.append)) as beside:
        beside.start()
        assert begun.wait(20)
        assert not ended.is_set()
    assert ended.is_set()


def test_nothing_runs_when_there_is_nothing_to_do(said):
    turn = Round(about="post", step=lambda _stop: said.append("worked"), every=0.001)
    with Beside([turn], teller=Teller(said.append), before=lambda: False) as beside:
        beside.start()
    assert said == []
