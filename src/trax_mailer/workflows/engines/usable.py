"""Which transports a process can hand over through: those whose settings and secrets it has."""

from __future__ import annotations

from trax_mailer.delivery import open_transport
from trax_mailer.errors import TraxError
from trax_mailer.settings import Settings
from trax_mailer.workflows.engines.telling import in_one_line

REAL_TRANSPORTS = ("smtp", "sendgrid")
"""Those whose mailings engines take: a simulated mailing ends in the command that began it."""


class Usable:
    """Looks at each transport once, when it is first asked for: that imports its library."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._obstacles: dict[str, str] = {}

    @property
    def transports(self) -> tuple[str, ...]:
        """Those without an obstacle."""
        return tuple(name for name in REAL_TRANSPORTS if not self.obstacle(name))

    def obstacle(self, transport: str) -> str:
        """Why this process cannot hand over through that transport; empty where it can."""
        if transport not in self._obstacles:
            self._obstacles[transport] = _obstacle(self._settings, transport)
        return self._obstacles[transport]


def _obstacle(settings: Settings, name: str) -> str:
    smtp = settings.smtp
    if name == "smtp" and not smtp.host:
        return "trax.yaml names no smtp.host."
    if name == "smtp" and smtp.username and not smtp.password:
        return "TRAX_SMTP_PASSWORD is not set."  # the server's refusal would pause the mailing for everybody
    try:
        with open_transport(settings, name):
            return ""
    except TraxError as error:
        return in_one_line(error)
