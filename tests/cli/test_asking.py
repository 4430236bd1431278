import sys

import click
import pytest

from trax_mailer.cli.asking import ask, ask_twice
from trax_mailer.errors import Refused


@pytest.fixture
def terminal(monkeypatch):
    """A person is there; `answers` is what happens at the question."""

    class Person:
        answers = staticmethod(lambda: True)

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(click, "confirm", lambda *_, **__: Person.answers())
    return Person


def _interrupt():
    raise click.Abort


def test_what_did_not_happen_is_said_when_the_person_interrupts_the_question(terminal, capsys):
    terminal.answers = _interrupt
    with pytest.raises(click.exceptions.Exit) as ended:
        ask("Send it?", yes=False, refused="Not sent")
    assert ended.value.exit_code == 130
    assert capsys.readouterr().err == "\nNot sent: stopped at the question.\n"


def test_it_is_refused_when_the_person_says_no(terminal):
    terminal.answers = lambda: False
    with pytest.raises(Refused, match="Not sent"):
        ask("Send it?", yes=False, refused="Not sent")


def test_it_goes_on_when_the_person_agrees(terminal):
    ask("Send it?", yes=False, refused="Not sent")
    ask_twice("They have it.", "Send it?", again=False, yes=False, refused="Not sent")


def test_one_word_is_not_enough_when_something_speaks_against_it():
    with pytest.raises(Refused, match="They have it"):
        ask_twice("They have it.", "Send it?", again=False, yes=True, refused="Not sent")
    ask_twice("They have it.", "Send it?", again=True, yes=True, refused="Not sent")
