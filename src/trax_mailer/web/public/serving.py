"""Serving the public pages until a signal ends it."""

from __future__ import annotations

from collections.abc import Callable

from trax_mailer.settings import Settings
from trax_mailer.web.public.app import make_app
from trax_mailer.web.serving import run_app
from trax_mailer.workflows.public import open_public


def serve(settings: Settings, *, host: str, port: int, say: Callable[[str], None]) -> None:
    """Answer readers until SIGINT or SIGTERM. `say` prints a line.

    Raises Conflict where the port is taken, BadState where the ledger cannot be used.
    """
    shown = f"[{host}]" if ":" in host else host

    def ready() -> None:
        say(f"The public pages are served at http://{shown}:{port}/ (end with Ctrl-C)")
        if settings.public_url:
            say(f"Mails point to {settings.public_url}: a web server has to pass that on to here.")
        else:
            say("trax.yaml names no public_url yet: mails cannot point to these pages.")

    with open_public(settings) as public:
        run_app(make_app(public), host=host, port=port, on_ready=ready)
    say("The public pages are no longer served.")
