"""Serving the public pages, with sending and reading bounces beside them, until a signal ends it."""

from __future__ import annotations

from collections.abc import Callable

from trax_mailer.settings import Settings
from trax_mailer.web.public.app import make_app
from trax_mailer.web.serving import run_app
from trax_mailer.web.tracking import TrackedLinks
from trax_mailer.workflows.bounces_beside import bounces_beside
from trax_mailer.workflows.notice_rounds import notices_beside
from trax_mailer.workflows.public import open_public
from trax_mailer.workflows.tracking.beside import TrackingBeside
from trax_mailer.workflows.working import sender_beside


def serve(settings: Settings, *, host: str, port: int, send: bool = True, say: Callable[[str], None]) -> None:
    """Answer readers, and send what is scheduled or under way, until SIGINT or SIGTERM. `say` prints a line.

    With `send` off, only the pages are served. Raises Conflict where the port is taken, BadState where the
    ledger cannot be used.
    """
    shown = f"[{host}]" if ":" in host else host

    with (
        open_public(settings) as public,
        TrackingBeside(
            public.ledger, days=settings.tracking.days, event_days=settings.sendgrid.event_days, say=say
        ) as tracking,
        sender_beside(public, say=say) as sender,
        bounces_beside(settings, public.ledger, say=say) as bounces,
        notices_beside(public, say=say) as notices,
    ):
        app = TrackedLinks(
            make_app(public),
            ring=public.ring,
            targets=tracking.targets,
            arrivals=tracking.arrivals,
            base=settings.public_url,
            home=settings.website,
        )
        for note in public.notes:
            say(note.message)

        def ready() -> None:
            say(f"The public pages are served at http://{shown}:{port}/ (end with Ctrl-C)")
            if settings.public_url:
                say(f"Mails point to {settings.public_url}: a web server has to pass that on to here.")
            else:
                say("trax.yaml names no public_url yet: mails cannot point to these pages.")
            if send:
                sender.start()
                bounces.start()
                notices.start()

        def stop() -> None:
            sender.stop()
            bounces.stop()
            notices.stop()
            tracking.hurry()

        run_app(app, host=host, port=port, on_ready=ready, on_stop=stop)
    say("The public pages are no longer served.")
