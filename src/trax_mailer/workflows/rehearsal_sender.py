"""The sender of a rehearsal, as a process of its own that may be killed at any moment.

`python -m trax_mailer.workflows.rehearsal_sender WORKSPACE STATE KIND PORT MAILING`. It uses the very code
of a real send, with a guard around it: nothing but this machine can be reached. It ends with its input.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import signal
import sys
import threading
from pathlib import Path

from trax_mailer.delivery import Patience, open_transport, run_mailing
from trax_mailer.errors import TraxError
from trax_mailer.rehearsal import stay_on_this_machine
from trax_mailer.settings import DatabaseSettings, Secret, Settings, load_settings
from trax_mailer.storage import open_ledger, open_ring
from trax_mailer.workflows.envelope import UNSET_PUBLIC_URL

ANSWER_SECONDS = 5
"""So long a rehearsal waits for an answer: the sink is near, and what hangs is to hang for a short time."""

_PATIENCE = Patience(first=0.2, longest=2.0)


def rehearsal_settings(settings: Settings, *, kind: str, port: int, state: Path) -> Settings:
    """The workspace's settings with every way out of this machine replaced by the sink on `port`.

    No secret is in them, no limit of rate, and links lead to a host that can never exist (RFC 2606 §2).
    """
    return dataclasses.replace(
        settings,
        state=state,
        database=DatabaseSettings(),
        transport=kind,
        public_url=UNSET_PUBLIC_URL,
        outbox=state / "outbox",
        smtp=dataclasses.replace(
            settings.smtp,
            host="127.0.0.1",
            port=port,
            security="none",
            username="",
            password=Secret(""),
            timeout=ANSWER_SECONDS,
            answer_timeout=ANSWER_SECONDS,
            rate=0,
        ),
        sendgrid=dataclasses.replace(
            settings.sendgrid,
            host=f"http://127.0.0.1:{port}",
            api_key=Secret("SG.a-rehearsal"),
            timeout=ANSWER_SECONDS,
            rate=0,
            webhook_key="",
        ),
    )


def run(root: Path, state: Path, *, kind: str, port: int, mailing_id: int) -> None:
    """Send the mailing of the copied ledger to the sink. Raises TraxError."""
    settings = rehearsal_settings(
        load_settings(root, environ={}, state=state), kind=kind, port=port, state=state
    )
    with open_ledger(state) as ledger:
        run_mailing(
            ledger,
            mailing_id,
            open_transport=functools.partial(open_transport, settings),
            ring=open_ring(ledger),
            say=lambda words: print(words, file=sys.stderr),  # noqa: T201 - kept by the rehearsal
            patience=_PATIENCE,
        )


def _end_with_input() -> None:
    # Not through sys.stdin, whose lock must be free when Python ends.
    os.read(0, 1)
    os._exit(1)


def main(arguments: list[str]) -> int:
    """Run with the words of the command line; the exit code."""
    root, state, kind, port, mailing_id = arguments
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever rehearses, who then ends this
    threading.Thread(target=_end_with_input, daemon=True).start()
    stay_on_this_machine()
    try:
        run(Path(root), Path(state), kind=kind, port=int(port), mailing_id=int(mailing_id))
    except TraxError as error:
        print(error, file=sys.stderr)  # noqa: T201 - kept by the rehearsal
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
