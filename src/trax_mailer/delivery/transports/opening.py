"""The transport that the settings name."""

from __future__ import annotations

from trax_mailer.delivery.transports.base import Transport
from trax_mailer.errors import Refused
from trax_mailer.settings import Settings


def open_transport(settings: Settings, name: str = "") -> Transport:
    """The transport of that name, or the one that trax.yaml names. Connects to nothing.

    Imports the libraries of that transport only. Raises Refused where none is named or its settings are
    incomplete.
    """
    match name or settings.transport:
        case "folder":
            from trax_mailer.delivery.transports.folder import FolderTransport

            return FolderTransport(settings.outbox)
        case "smtp":
            if not settings.smtp.host:
                raise Refused(
                    "trax.yaml names no mail server, so nothing can be sent through smtp.",
                    advice="Add smtp: with host:, the mail server's name.",
                )
            from trax_mailer.delivery.transports.smtp import SmtpTransport

            return SmtpTransport(settings.smtp)
        case "sendgrid":
            from trax_mailer.delivery.transports.sendgrid import SendGridTransport

            return SendGridTransport(settings.sendgrid)
        case "":
            raise Refused(
                "trax.yaml names no transport, so nothing can be sent.",
                advice="Add transport: folder, smtp or sendgrid. The folder transport only writes files.",
            )
    raise Refused(
        f"There is no transport “{name or settings.transport}”.",
        advice="Set transport in trax.yaml to folder, smtp or sendgrid.",
    )
