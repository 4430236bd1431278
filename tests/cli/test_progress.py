import io

import pytest
from rich.console import Console

from trax_mailer.cli import output
from trax_mailer.cli.progress import progress_bar


@pytest.fixture
def printed(monkeypatch):
    """Takes whether it is a terminal; returns what is printed on standard error from then on."""

    def prepare(*, terminal):
        written = io.StringIO()
        console = Console(file=written, force_terminal=terminal, width=80, _environ={})
        monkeypatch.setattr(output, "stderr", console)
        return written

    return prepare


def test_nothing_is_left_when_nothing_was_done_before_a_refusal(printed):
    written = printed(terminal=False)
    with pytest.raises(ValueError, match="refused"), progress_bar("Copying"):
        raise ValueError("refused")
    assert written.getvalue() == ""


def test_nothing_is_left_when_there_was_nothing_to_do(printed):
    written = printed(terminal=False)
    with progress_bar("Sending") as advance:
        advance(0, 200)
    assert written.getvalue() == ""


def test_bar_is_taken_off_the_terminal_when_nothing_was_done(printed):
    written = printed(terminal=True)
    with pytest.raises(ValueError, match="refused"), progress_bar("Copying"):
        raise ValueError("refused")
    assert "Copying" in written.getvalue()
    assert written.getvalue().endswith("\x1b[1A\x1b[2K")  # up to the bar's line, and it is erased


@pytest.mark.parametrize("terminal", [True, False])
def test_bar_stays_when_something_was_done_before_the_trouble(printed, terminal):
    written = printed(terminal=terminal)
    with pytest.raises(ValueError, match="broken"), progress_bar("Copying") as advance:
        advance(0, 200)
        advance(120, 200)
        raise ValueError("broken")
    assert "120/200" in written.getvalue()
    assert not written.getvalue().endswith("\x1b[2K")


def test_nothing_is_printed_when_it_is_not_to_be_shown(printed):
    written = printed(terminal=True)
    with progress_bar("Copying", shown=False) as advance:
        advance(1, 1)
    assert written.getvalue() == ""
