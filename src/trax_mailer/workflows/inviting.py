"""Asking somebody by mail whether they want a list, where staff hold no consent of theirs yet."""

from __future__ import annotations

import datetime as dt

from trax_mailer.audience.staff import Wish, refuse_kept_out
from trax_mailer.errors import Refused
from trax_mailer.workflows import public_subscribing
from trax_mailer.workflows.public import open_public
from trax_mailer.workflows.subscribers import who
from trax_mailer.workflows.wiring import Workspace


def invite(workspace: Workspace, wish: Wish) -> None:
    """Queue a mail with a link to confirm; until the reader does, they are pending and get nothing else.

    It leaves while `trax serve` or `trax worker` runs. Raises Refused as `add_reader` does, for a list that
    is not open to everybody, and for fields and tags, which nobody without consent gets.
    """
    if wish.fields or wish.tags:
        raise Refused(
            "Fields and tags are kept of readers only who agreed to be mailed.",
            advice="Leave them out until they have confirmed, or say with --consent WORDS how they agreed.",
        )
    settings = workspace.settings
    if not settings.public_url:
        raise Refused(
            "A link to confirm needs an address, and trax.yaml names no public_url.",
            advice="Set it there, or say with --consent WORDS how and when the reader agreed.",
        )
    with open_public(settings) as public:
        address, name = refuse_kept_out(public.ledger, public.ring, wish)
        words = public.catalogues.choose(asked=wish.language, fallback=settings.language)
        offer = public_subscribing.offers(public, words).get(name)
        if offer is None:
            raise Refused(
                f"The list “{name}” is not open to everybody, so nobody can confirm for it by a link.",
                advice=f"Open it with: trax lists set {name} --public; or say with --consent WORDS how the "
                "reader agreed.",
            )
        asked = public_subscribing.Wish(
            offer=offer,
            address=address,
            name=wish.name,
            language=wish.language or words.language,
            mark=offer.mark,
            by=who(),
        )
        public_subscribing.ask(public, asked, words, now=dt.datetime.now(dt.UTC))
