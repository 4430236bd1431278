"""`/me`: what is held about a reader, and what they do with it, by a link mailed to their address."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from trax_mailer.web.public.answering import Face, allowing, now, token_of
from trax_mailer.web.public.bodies import Form, read_form
from trax_mailer.workflows.public_addresses import read_address
from trax_mailer.workflows.public_own import (
    ask_by_address,
    ask_to_move,
    choose_plain,
    consent_to_tracking,
    end_tracking,
    erase_own,
    export_own,
    join_list,
    leave_list,
    move_at,
    move_by,
    own_page,
    reader_at,
)
from trax_mailer.workflows.public_words import Words


class OwnFace(Face):
    """The endpoints."""

    async def asking(self, request: Request) -> Response:
        """`/me`: asks for an address, and answers the same whether it is known or not."""
        if request.method == "OPTIONS":
            return allowing("POST")
        words = self.pages.words_for(request)
        if request.method != "POST":
            return self._ask(words)
        form = await read_form(request)
        address = read_address(form.get("email"))
        if address is None:
            return self._ask(words, email=form.get("email")[:254], fault="wrong_address")
        if not self.limits.allow(request):
            return self.pages.simple(words, "busy", status=429, headers={"retry-after": "600"})
        if not form.get("website"):
            await self.ask(ask_by_address, self.public, address, words, now=now())
        told = [words.say("own_asked_reason", minutes=self._minutes), words.say("asked_patience")]
        return self.pages.show(words, words.say("own_asked_title"), told)

    async def page(self, request: Request) -> Response:
        """`/me/<token>`: everything, and each step as a form of its own."""
        if request.method == "OPTIONS":
            return allowing("POST")
        token, words = token_of(request), self.pages.words_for(request)
        reader_id = await self.ask(reader_at, self.public, token, now=now())
        if reader_id is None:
            return self.pages.expired(words, link="me")
        if request.method != "POST":
            return await self._page(reader_id, words, token=token)
        form = await read_form(request)
        if form.get("do") == "move":
            return await self._move(request, reader_id, words, form)
        done = await self._do(form, reader_id, words)
        if not done:
            return self.pages.simple(words, "refused", status=400)
        return await self._page(reader_id, words, token=token, done=done)

    async def export(self, request: Request) -> Response:
        """`/me/<token>/export.json`: the same, complete, for programs."""
        words = self.pages.words_for(request)
        reader_id = await self.ask(reader_at, self.public, token_of(request), now=now())
        text = None if reader_id is None else await self.ask(export_own, self.public, reader_id)
        if text is None:
            return self.pages.expired(words, link="me", up="../../")
        headers = {"content-disposition": 'attachment; filename="my-data.json"'}
        return Response(text, media_type="application/json", headers=headers)

    async def erase(self, request: Request) -> Response:
        """`/me/<token>/erase`: GET asks once more, POST erases."""
        if request.method == "OPTIONS":
            return allowing("POST")
        token, words = token_of(request), self.pages.words_for(request)
        reader_id = await self.ask(reader_at, self.public, token, now=now())
        if reader_id is None:
            return self.pages.expired(words, link="me", up="../../")
        title = words.say("erase_title")
        if request.method != "POST":
            told = [words.say("erase_reason"), words.say("erase_question")]
            return self.pages.show(words, title, told, template="erase", query={}, up="../../", token=token)
        await self.ask(erase_own, self.public, reader_id, now=now())
        return self.pages.show(words, words.say("erased_title"), [words.say("erased_reason")])

    async def move(self, request: Request) -> Response:
        """`/move/<token>`, mailed to a new address: GET shows a button, POST moves the reader there."""
        if request.method == "OPTIONS":
            return allowing("POST")
        token, words = token_of(request), self.pages.words_for(request)
        if request.method != "POST":
            if not await self.ask(move_at, self.public, token, now=now()):
                return self.pages.expired(words)
            return self.pages.show(
                words,
                words.say("move_title"),
                [words.say("move_question")],
                template="question",
                query={},
                button=words.say("move_confirm"),
                link="",
            )
        moved = await self.ask(move_by, self.public, token, now=now())
        if moved is None:
            return self.pages.expired(words)
        name = "moved" if moved else "move_failed"
        told = [words.say(f"{name}_reason")]
        return self.pages.show(words, words.say(f"{name}_title"), told, status=200 if moved else 409)

    @property
    def _minutes(self) -> int:
        return self.pages.settings.subscribing.link_minutes

    async def _do(self, form: Form, reader_id: int, words: Words) -> str:
        """Do what the form asks for; what is said about it, empty where the form asks for nothing known."""
        named = form.get("list")
        page = await self.ask(own_page, self.public, reader_id, words)
        one = next((one for one in page.lists if str(one.list_id) == named), None) if page else None
        if one is None:
            return ""
        said = ""
        match form.get("do"):
            case "leave":
                await self.ask(leave_list, self.public, reader_id, one.list_id, now=now())
                said = words.say("own_left", list=one.title)
            case "join":
                good = await self.ask(join_list, self.public, reader_id, one.list_id, words, now=now())
                said = words.say("own_joined" if good else "own_join_failed", list=one.title)
            case "track":
                await self.ask(consent_to_tracking, self.public, reader_id, one.list_id, words, now=now())
                said = words.say("own_tracking_given")
            case "untrack":
                await self.ask(end_tracking, self.public, reader_id, one.list_id, now=now())
                said = words.say("tracking_withdrawn")
            case "plain" | "count" as wish:
                plain = wish == "plain"
                await self.ask(choose_plain, self.public, reader_id, one.list_id, plain=plain, now=now())
                said = words.say("plain_done" if plain else "plain_ended")
        return said

    async def _move(self, request: Request, reader_id: int, words: Words, form: Form) -> Response:
        address, token = read_address(form.get("email")), token_of(request)
        if address is None:
            return await self._page(reader_id, words, token=token, fault="wrong_address")
        if not self.limits.allow(request):
            return self.pages.simple(words, "busy", status=429, headers={"retry-after": "600"})
        await self.ask(ask_to_move, self.public, reader_id, address, words, now=now())
        return await self._page(reader_id, words, token=token, done=words.say("move_asked"))

    def _ask(self, words: Words, *, email: str = "", fault: str = "") -> Response:
        return self.pages.show(
            words,
            words.say("own_ask_title"),
            [words.say("own_ask_reason", minutes=self._minutes)],
            template="own_ask",
            status=422 if fault else 200,
            query={},
            up="",
            wrong=[words.say(fault)] if fault else (),
            filled={"email": email},
        )

    async def _page(
        self, reader_id: int, words: Words, *, token: str, done: str = "", fault: str = ""
    ) -> Response:
        page = await self.ask(own_page, self.public, reader_id, words)
        if page is None:
            return self.pages.expired(words, link="me")
        return self.pages.show(
            words,
            words.say("own_title"),
            [words.say("own_reason", minutes=self._minutes)],
            template="own",
            status=422 if fault else 200,
            query={},
            done=done,
            wrong=[words.say(fault)] if fault else (),
            token=token,
            holding=page.holding,
            lists=page.lists,
            spoken=self.public.catalogues.languages,
        )
