"""Mail servers: takes settings and a letter, returns answers; never resends, never guesses.

`transport` is the face. `crew` keeps the connections of a lane and shares out the recipients of a call,
a `window`; `connection` makes a connection with aiosmtplib, and `conversation` takes it over and hands
the messages to the server, as `parcel`s, reading its `replies`.
"""

from trax_mailer.delivery.transports.smtp.transport import SmtpTransport

__all__ = ["SmtpTransport"]
