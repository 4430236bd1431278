"""What others report about deliveries: a provider's webhook, a mail server's log, bounces in a mailbox.

Takes request bodies, files, a mailbox and the marks of mailings; returns `DeliveryEvent`s of deliveries
that are surely ours. Never writes to the ledger, and never lets an address, an IP, a user agent or a link
through to what is kept. That nothing was reported never means anything here.
"""

from trax_mailer.events.bounces import read_mailbox
from trax_mailer.events.mail.boxes import messages_in
from trax_mailer.events.mail.imap import TROUBLE, ImapFolder, open_folder
from trax_mailer.events.mail.sorting import Mail, MailKind, read_mail
from trax_mailer.events.matching import event_from, mailing_in, marked, match, parts_of
from trax_mailer.events.providers.base import EventProvider, Unreadable
from trax_mailer.events.providers.sendgrid import SendGridEvents
from trax_mailer.events.reading import lines_of
from trax_mailer.events.report import Posted, Report, Seen
from trax_mailer.events.smtp_log import read_smtp_log

__all__ = [
    "TROUBLE",
    "EventProvider",
    "ImapFolder",
    "Mail",
    "MailKind",
    "Posted",
    "Report",
    "Seen",
    "SendGridEvents",
    "Unreadable",
    "event_from",
    "lines_of",
    "mailing_in",
    "marked",
    "match",
    "messages_in",
    "open_folder",
    "parts_of",
    "read_mail",
    "read_mailbox",
    "read_smtp_log",
]
