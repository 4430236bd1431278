"""The folder transport: one .eml file a delivery. Nothing leaves the machine; it never counts as sent."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from trax_mailer.delivery.letter import Letter
from trax_mailer.delivery.transports.base import Answer, Closing, RecipientAnswer, Verdict
from trax_mailer.delivery.wire import Skeleton, build_skeleton
from trax_mailer.model.finding import Finding
from trax_mailer.model.mailing import Recipient


class FolderTransport(Closing):
    """Writes `<outbox>/<mailing>/<mailing>.<subscriber>.eml`, readable by the owner only."""

    name = "folder"
    simulated = True
    window = 250
    batch_size = 1000
    lanes = 1
    rate = 0
    by_domain = False
    rehearsal = True

    def __init__(self, outbox: Path) -> None:
        self._outbox = outbox
        self._skeleton: Skeleton | None = None

    def preflight(self, from_email: str) -> list[Finding]:  # noqa: ARG002
        """Nothing to ask: the first write tells."""
        return []

    def open(self, letter: Letter) -> None:
        """Encode the letter once."""
        self._skeleton = build_skeleton(letter, embedded=letter.embedded)

    def send(self, recipients: Sequence[Recipient], *, batch: int) -> Answer:  # noqa: ARG002
        """Write one file a recipient; a file is either whole or not there."""
        if self._skeleton is None:
            raise RuntimeError("send was called before open")
        written: dict[str, RecipientAnswer] = {}
        for recipient in recipients:
            folder = self._outbox / recipient.delivery.partition(".")[0]
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _write(folder / f"{recipient.delivery}.eml", self._skeleton.message(recipient))
            except OSError as error:
                reason = f"{folder} cannot be written: {error.strerror}"
                return Answer(verdict=Verdict.STOPPED, reason=reason, per_recipient=written)
            written[recipient.delivery] = RecipientAnswer(Verdict.ACCEPTED)
        return Answer(verdict=Verdict.ACCEPTED, per_recipient=written)

    def close(self) -> None:
        """Nothing is held."""


def _write(file: Path, message: bytes) -> None:
    """Write beside the place, then move there, so that no half file is ever seen."""
    beside = file.with_suffix(".part")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
            opened.write(message)
        beside.replace(file)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
