"""Tokens in the addresses that a mail carries: what lets its reader leave or look, and tells copies apart.

Takes a key ring and ids, returns words for a URL; reads them back, or returns None. Never holds an
address or a name, never looks at the ledger, and never tells a forged token from a damaged one.
"""

from trax_mailer.tokens.keyring import KEYS_NAME, KeyRing
from trax_mailer.tokens.links import LinkPurpose, LinkToken, mint_link_token, read_link_token
from trax_mailer.tokens.mail import INERT_TOKEN, MailToken, mail_token_mint, mint_mail_token, read_mail_token
from trax_mailer.tokens.posted import PostedMarks, Stranger
from trax_mailer.tokens.tracking import MarkKind, TrackingToken, read_tracking_token, tracking_token_mint

__all__ = [
    "INERT_TOKEN",
    "KEYS_NAME",
    "KeyRing",
    "LinkPurpose",
    "LinkToken",
    "MailToken",
    "MarkKind",
    "PostedMarks",
    "Stranger",
    "TrackingToken",
    "mail_token_mint",
    "mint_link_token",
    "mint_mail_token",
    "read_link_token",
    "read_mail_token",
    "read_tracking_token",
    "tracking_token_mint",
]
