"""The subscribe form of a list as plain HTML, to be pasted into any page of the organisation's website."""

from __future__ import annotations

import datetime as dt
from functools import cache

from jinja2 import Environment, StrictUndefined, Template

from trax_mailer.errors import Refused
from trax_mailer.storage.acts import note_wording
from trax_mailer.workflows.public import open_public
from trax_mailer.workflows.public_catalogues import PACKAGED
from trax_mailer.workflows.public_subscribing import offers
from trax_mailer.workflows.wiring import Workspace


def subscribe_form(workspace: Workspace, list_name: str, *, language: str = "") -> str:
    """The form in that language, or in the newsletter's; it posts to the public pages.

    The wording in it is kept, so that consents given through it stay proven when the words change later.
    Raises Refused where the list is not open to everybody or no public_url is set.
    """
    settings = workspace.settings
    if not settings.public_url:
        raise Refused(
            "trax.yaml names no public_url, so the form would lead nowhere.",
            advice="Set public_url to the address at which “trax serve” answers readers.",
        )
    with open_public(settings) as public:
        words = public.catalogues.choose(asked=language, fallback=settings.language)
        if language and words.language.partition("-")[0] != language.lower().partition("-")[0]:
            known = ", ".join(public.catalogues.by_tag)
            raise Refused(f"There are no words in “{language}”.", advice=f"Languages: {known}.")
        open_lists = offers(public, words)
        offer = open_lists.get(list_name)
        if offer is None:
            names = ", ".join(open_lists) or "none yet"
            raise Refused(
                f"“{list_name}” is no list that anybody may subscribe to.",
                advice=f"Lists open to everybody: {names}.",
            )
        with public.ledger.write() as connection:
            now = dt.datetime.now(dt.UTC)
            note_wording(connection, offer.consent, language=words.language, now=now)
        form = _template().render(
            offer=offer, say=words.say, language=words.language, url=settings.public_url
        )
    # Whatever encoding the page has that it is pasted into.
    return form.encode("ascii", "xmlcharrefreplace").decode("ascii")


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string((PACKAGED / "embed.html").read_text(encoding="utf-8"))
