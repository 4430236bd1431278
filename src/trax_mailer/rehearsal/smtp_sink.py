"""A pretend mail server that takes everything, records it, and keeps nothing of it.

It listens on this machine only.
"""

from __future__ import annotations

import asyncio

from trax_mailer.rehearsal.faults import Faults
from trax_mailer.rehearsal.record import Record
from trax_mailer.rehearsal.smtp_intake import Intake
from trax_mailer.rehearsal.smtp_session import SmtpSession


class SmtpSink:
    """The server: its sessions, and what they take together."""

    def __init__(self, record: Record, faults: Faults) -> None:
        self._intake = Intake(record, faults)
        self._open: set[asyncio.Transport] = set()

    async def serve(self) -> asyncio.Server:
        """Listen on a free port of this machine."""
        loop = asyncio.get_running_loop()
        return await loop.create_server(self._session, "127.0.0.1", 0, backlog=256)

    async def hang_up(self) -> None:
        """End every conversation."""
        for transport in self._open:
            transport.abort()
        await asyncio.sleep(0)  # in this round of the loop they close

    def _session(self) -> SmtpSession:
        return SmtpSession(self._intake, open_ones=self._open)
