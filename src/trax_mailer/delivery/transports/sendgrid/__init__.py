"""SendGrid's v3 API: takes settings and a letter, returns answers; one call carries up to 1000 readers.

Built on the official package, with plain dicts as bodies. Nothing of SendGrid's own is left to chance:
every call switches its tracking off. Never resends, and never takes anything but 202 for accepted.
"""

from trax_mailer.delivery.transports.sendgrid.transport import SendGridTransport

__all__ = ["SendGridTransport"]
