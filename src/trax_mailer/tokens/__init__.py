"""Tokens in the addresses that a mail carries: what lets its reader leave, and nobody else.

Takes a key ring and ids, returns words for a URL; reads them back, or returns None. Never holds an
address or a name, never looks at the ledger, and never tells a forged token from a damaged one.
"""

from trax_mailer.tokens.keyring import KEYS_NAME, KeyRing
from trax_mailer.tokens.mail import INERT_TOKEN, MailToken, mail_token_mint, mint_mail_token, read_mail_token

__all__ = [
    "INERT_TOKEN",
    "KEYS_NAME",
    "KeyRing",
    "MailToken",
    "mail_token_mint",
    "mint_mail_token",
    "read_mail_token",
]
