"""Serving the preview on this machine until a signal ends it."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable
from pathlib import Path

from trax_mailer.settings import load_settings
from trax_mailer.web.preview.app import make_app
from trax_mailer.web.preview.hub import Hub
from trax_mailer.web.serving import free_port, run_app
from trax_mailer.workflows.preview import start_preview
from trax_mailer.workflows.preview_readers import readers_for_preview

HOST = "127.0.0.1"


def serve(  # noqa: PLR0913 - what the command line lets a person choose
    root: Path,
    reference: str | None,
    *,
    port: int,
    open_browser: bool,
    list_name: str | None,
    say: Callable[[str], None],
    state: Path | None = None,
) -> None:
    """Show the issue until SIGINT or SIGTERM, at `port` or at any free one. `say` prints a line.

    Raises BadFile for an unknown issue, BadWorkspace for a trax.yaml that cannot be used, Refused for
    an unknown list.
    """
    settings = load_settings(root, state=state)
    source = start_preview(root, reference, state=state)
    choice = readers_for_preview(settings, list_name)
    hub = Hub(source)
    own_port = free_port(port, host=HOST)
    address = f"http://{HOST}:{own_port}/"

    def ready() -> None:
        say(f"Previewing {hub.state.file} at {address} (end with Ctrl-C)")
        if open_browser:
            webbrowser.open(address)

    app = make_app(hub, choice, settings)
    run_app(app, host=HOST, port=own_port, on_ready=ready, on_stop=hub.close)
    say("The preview has ended.")
