"""Mail servers: takes settings and a letter, returns answers; never resends, never guesses."""

from trax_mailer.delivery.transports.smtp.transport import SmtpTransport

__all__ = ["SmtpTransport"]
