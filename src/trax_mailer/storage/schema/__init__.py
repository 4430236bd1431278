"""The tables of the ledger. Portable between SQLite and PostgreSQL; the migrations build exactly these.

Columns named `address` hold the normalised key of an address (`audience.addresses`), except in
`delivery`, which keeps the address as it was handed over. Ids are never given twice: tokens in
mails that were sent years ago hold them. Takes and returns nothing; it never touches a database.
"""

from __future__ import annotations

from trax_mailer.storage.schema.columns import UtcTime, metadata, one_of
from trax_mailer.storage.schema.mailings import (
    asset,
    batch,
    delivery,
    edition,
    edition_asset,
    event,
    journal,
    key,
    mailing,
    pace,
)
from trax_mailer.storage.schema.readers import (
    act,
    erasure,
    mailing_list,
    notice,
    past_subscription,
    provider_suppression,
    subscriber,
    subscription,
    suppression,
    tag,
    tracking_consent,
    wording,
)
from trax_mailer.storage.schema.visits import counter, not_judged, raw_event, retarget, visit, visit_count

__all__ = [
    "UtcTime",
    "act",
    "asset",
    "batch",
    "counter",
    "delivery",
    "edition",
    "edition_asset",
    "erasure",
    "event",
    "journal",
    "key",
    "mailing",
    "mailing_list",
    "metadata",
    "not_judged",
    "notice",
    "one_of",
    "pace",
    "past_subscription",
    "provider_suppression",
    "raw_event",
    "retarget",
    "subscriber",
    "subscription",
    "suppression",
    "tag",
    "tracking_consent",
    "visit",
    "visit_count",
    "wording",
]
