"""Readers and where they stand: lists, import, leaving, suppression, and what bounces come to.

Takes a ledger and files of readers; returns frozen types of `model/` and reports with numbers. Never
brings anybody back who left, bounced or complained, and never sends anything.
"""

from trax_mailer.audience.addresses import Address, BadAddress, parse_address
from trax_mailer.audience.consequences import Consequence, follow, same_address
from trax_mailer.audience.intake import ImportReport, RefusedRow, import_subscribers
from trax_mailer.audience.lists import (
    Audience,
    ListCount,
    audience_of,
    find_list,
    find_subscriber,
    lists,
    some_readers,
)
from trax_mailer.audience.standing import heavier, leave
from trax_mailer.audience.suppression import suppress

__all__ = [
    "Address",
    "Audience",
    "BadAddress",
    "Consequence",
    "ImportReport",
    "ListCount",
    "RefusedRow",
    "audience_of",
    "find_list",
    "find_subscriber",
    "follow",
    "heavier",
    "import_subscribers",
    "leave",
    "lists",
    "parse_address",
    "same_address",
    "some_readers",
    "suppress",
]
