"""`/subscribe` and `/confirm/`: anybody may ask for a list, its reader alone confirms."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from trax_mailer.web.public.answering import Face, allowing, now, token_of
from trax_mailer.web.public.bodies import Form, read_form
from trax_mailer.workflows.public_addresses import Address, read_address
from trax_mailer.workflows.public_subscribing import (
    Confirming,
    Offer,
    Seen,
    Wish,
    ask,
    confirm_by,
    confirmation_at,
    offers,
)
from trax_mailer.workflows.public_words import Words

LONGEST_NAME = 200


class JoinFace(Face):
    """The endpoints."""

    async def subscribe(self, request: Request) -> Response:
        """`/subscribe`: the form of a list, or the lists to choose from."""
        return await self._subscribe(request, embedded=False)

    async def embed(self, request: Request) -> Response:
        """`/subscribe/embed`: the same, to stand in a frame of another site."""
        return await self._subscribe(request, embedded=True)

    async def confirm(self, request: Request) -> Response:
        """`/confirm/<token>`: GET shows a button, because scanners follow links; POST subscribes."""
        if request.method == "OPTIONS":
            return allowing("POST")
        token, words = token_of(request), self.pages.words_for(request)
        work = confirm_by if request.method == "POST" else confirmation_at
        seen = await self.ask(work, self.public, token, now=now())
        return self.pages.unknown(words) if seen is None else self._seen(seen, words)

    async def _subscribe(self, request: Request, *, embedded: bool) -> Response:
        if request.method == "OPTIONS":
            return allowing("POST")
        words = self.pages.words_for(request)
        found = await self.ask(offers, self.public, words)
        form = await read_form(request) if request.method == "POST" else Form([])
        wanted = form.get("list") or request.query_params.get("list", "")
        offer = found.get(wanted) if wanted else next(iter(found.values()), None)
        if wanted and offer is None:
            return self.pages.simple(words, "missing", status=404)
        if offer is None:
            return self.pages.simple(words, "nothing", status=404)
        if not wanted and len(found) > 1:
            return self._choose(list(found.values()), words, embedded=embedded)
        if request.method != "POST":
            return self._form(offer, words, Form([("language", words.language)]), embedded=embedded)
        return await self._sent(request, offer, words, form, embedded=embedded)

    async def _sent(
        self, request: Request, offer: Offer, words: Words, form: Form, *, embedded: bool
    ) -> Response:
        """Take the form. Whoever fills in what nobody sees is told the same as everybody."""
        address = read_address(form.get("email"))
        name = form.get("name")
        faults = [
            *(["wrong_address"] if address is None else []),
            *(["wrong_name"] if len(name) > LONGEST_NAME else []),
        ]
        if faults or address is None:
            return self._form(offer, words, form, embedded=embedded, faults=faults)
        if not self.limits.allow(request):
            return self.pages.simple(words, "busy", status=429, headers={"retry-after": "600"})
        if not form.get("website"):
            wish = self._wish(offer, address, form)
            if not await self.ask(ask, self.public, wish, words, now=now()):
                return self._form(offer, words, form, embedded=embedded, faults=["wrong_wording"])
        title = words.say("asked_title")
        told = [words.say("asked_reason"), words.say("asked_patience")]
        return self.pages.show(words, title, told, embedded=embedded)

    def _wish(self, offer: Offer, address: Address, form: Form) -> Wish:
        language = form.get("language")
        spoken = self.public.catalogues.by_tag
        return Wish(
            offer=offer,
            address=address,
            name=form.get("name"),
            language=language if language in spoken else "",
            mark=form.get("wording"),
        )

    def _choose(self, found: list[Offer], words: Words, *, embedded: bool) -> Response:
        newsletter = self.pages.settings.newsletter
        return self.pages.show(
            words,
            words.say("subscribe_title"),
            [words.say("subscribe_intro", newsletter=newsletter)],
            template="offers",
            query={},
            embedded=embedded,
            offers=found,
        )

    def _form(
        self, offer: Offer, words: Words, form: Form, *, embedded: bool, faults: list[str] | None = None
    ) -> Response:
        filled = {name: form.get(name)[:254] for name in ("email", "name", "language")}
        return self.pages.show(
            words,
            words.say("subscribe_title"),
            [words.say("subscribe_intro", newsletter=offer.title)],
            template="subscribe",
            status=422 if faults else 200,
            query={"list": offer.name},
            embedded=embedded,
            up="../" if embedded else "",
            wrong=[words.say(fault) for fault in faults or ()],
            offer=offer,
            filled=filled,
            spoken=list(self.public.catalogues.languages.items()),
        )

    def _seen(self, seen: Seen, words: Words) -> Response:
        match seen.what:
            case Confirming.READY:
                return self.pages.show(
                    words,
                    words.say("confirm_title"),
                    [words.say("confirm_question", list=seen.title)],
                    template="question",
                    query={},
                    button=words.say("confirm_button"),
                    link="",
                )
            case Confirming.DONE:
                told = [words.say("confirmed_effect", list=seen.title)]
                return self.pages.show(words, words.say("confirmed_title"), told)
            case Confirming.EXPIRED:
                return self.pages.expired(words, link="subscribe")
            case Confirming.VOID:
                return self.pages.show(words, words.say("void_title"), [words.say("void_reason")], status=410)
