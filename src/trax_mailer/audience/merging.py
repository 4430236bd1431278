"""What a reader's merge fields say."""

from __future__ import annotations

from trax_mailer.model.merge import READER_FIELDS
from trax_mailer.model.subscriber import Subscriber


def merge_values(subscriber: Subscriber) -> dict[str, str]:
    """The reader's value for every field that content may use; empty where the reader has none.

    A first name is never guessed from a whole name: a wrong guess greets people wrongly.
    """
    own = {"email": subscriber.email, "name": subscriber.name, "language": subscriber.language}
    return {name: own.get(name) or subscriber.fields.get(name, "") for name in READER_FIELDS}
