"""Addresses of mail as they travel: domains as they stand in the DNS, local parts as they are."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email


def ascii_domain(email: str) -> str:
    """`email` with its domain as it stands in the DNS (RFC 5891); as it is where that cannot be said."""
    local, _, domain = email.rpartition("@")
    if domain.isascii():
        return email
    try:
        checked = validate_email(email, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return email
    return f"{local}@{checked.ascii_domain}"


def domain_of(email: str) -> str:
    """The domain of an address, as it stands in the DNS, in lower case."""
    return ascii_domain(email).rpartition("@")[2].lower()


def needs_smtputf8(email: str) -> bool:
    """Whether only servers with SMTPUTF8 (RFC 6531) can take mail for that address."""
    return not ascii_domain(email).isascii()
