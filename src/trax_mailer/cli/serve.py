"""`trax serve`."""

from __future__ import annotations

import click


@click.command("serve", short_help="Run the public pages: subscribe, unsubscribe, pictures, browser view.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="Port to use.")
@click.option("--no-send", is_flag=True, help="Serve the pages only; leave sending to “trax worker”.")
@click.pass_context
def serve_command(ctx: click.Context, *, host: str, port: int, no_send: bool) -> None:
    """Run the pages for readers: /subscribe, /u/ to leave, /p/ for preferences, /me, pictures, browser view.

    Put a web server with a certificate in front of it, so that it answers at the public_url of
    trax.yaml; docs/sending-with-sendgrid.md shows how. Keeps no access log.

    It also sends the mails that the pages promise, such as to confirm (docs/public-pages.md), starts
    scheduled mailings when they are due and goes on with those under way, unless the
    ledger is in PostgreSQL: there “trax worker” does that, on any number of hosts.
    """
    from trax_mailer.cli.opening import workspace_of
    from trax_mailer.cli.output import console
    from trax_mailer.web.public import serve

    serve(
        workspace_of(ctx).settings,
        host=host,
        port=port,
        send=not no_send,
        say=lambda words: console.print(words, markup=False),
    )
