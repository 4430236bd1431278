"""What a mail's own link opens: `/u/` to leave, `/p/` for preferences. Neither shows a name or an address."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from trax_mailer.model.act import ActKind
from trax_mailer.web.public.answering import Face, allowing, now, token_of
from trax_mailer.web.public.bodies import FORM_SECONDS, read_body, read_form
from trax_mailer.workflows.public import Door, find_door, unsubscribe
from trax_mailer.workflows.public_preferences import (
    LONGEST_WORDS,
    REASONS,
    Choice,
    ask_for_own_data,
    find_choice,
    say_why,
    stop_counting,
    take_consent_back,
    write_choice,
)
from trax_mailer.workflows.public_words import Words

BODY_LIMIT = 64 * 1024
"""In bytes. A one-click body has about 200, multipart boundaries included."""

_PLAIN: dict[str, str] = {}
"""The query under which a page is offered in other languages: nothing but the language."""


class DoorFace(Face):
    """The endpoints."""

    async def door(self, request: Request) -> Response:
        """`/u/<token>`: GET, HEAD and OPTIONS change nothing, POST leaves the list (RFC 8058 §3.1).

        Mail scanners follow every link: only a POST may count as somebody's wish. Its body is read and
        then only tells who asked: whatever its form, and whichever site sent it, a POST to an address
        that nobody can guess is a wish to leave, and refusing one would keep a person on a list.
        """
        if request.method == "OPTIONS":
            return allowing("POST")
        token, words = token_of(request), self.pages.words_for(request)
        if request.method != "POST":
            door = await self.ask(find_door, self.public, token)
            return self._door(door, words, token=token)
        body = await read_body(request, limit=BODY_LIMIT, seconds=FORM_SECONDS)
        kind = ActKind.PAGE if body == b"from=page" else ActKind.ONE_CLICK
        left = await self.ask(unsubscribe, self.public, token, kind=kind, now=now())
        return self._left(left, words, token=token, asking=True)

    async def why(self, request: Request) -> Response:
        """`POST /u/<token>/why`: the answer to a question that nobody has to answer."""
        token, words = token_of(request), self.pages.words_for(request)
        form = await read_form(request)
        reason, said = form.get("reason"), form.get("words")
        door = await self.ask(say_why, self.public, token, reason=reason, words=said, now=now())
        if door is None:
            return self.pages.unknown(words)
        return self.pages.show(words, words.say("why_thanks_title"), [words.say("why_thanks")])

    async def preferences(self, request: Request) -> Response:
        """`/p/<token>`: topics, language, ending what is tracked, and a link to everything else, by mail."""
        if request.method == "OPTIONS":
            return allowing("POST")
        token, words = token_of(request), self.pages.words_for(request)
        choice = await self.ask(find_choice, self.public, token, words)
        if choice is None:
            inert = await self.ask(find_door, self.public, token)
            return self._inert(words) if inert else self.pages.unknown(words)
        if request.method != "POST":
            return self._preferences(choice, words, token=token)
        form = await read_form(request)
        match form.get("do"):
            case "save":
                topics, language = form.all("topic"), form.get("language")
                good = await self.ask(
                    write_choice, self.public, choice, topics=topics, language=language, now=now()
                )
                done, wrong = ("saved", "") if good else ("", "topics_none")
            case "withdraw":
                await self.ask(take_consent_back, self.public, choice, now=now())
                done, wrong = "tracking_withdrawn", ""
            case "plain":
                await self.ask(stop_counting, self.public, choice, now=now())
                done, wrong = "plain_done", ""
            case "link":
                if not self.limits.allow(request):
                    return self.pages.simple(words, "busy", status=429, headers={"retry-after": "600"})
                await self.ask(ask_for_own_data, self.public, choice, words, now=now())
                done, wrong = "data_sent", ""
            case _:
                return self.pages.simple(words, "refused", status=400)
        after = await self.ask(find_choice, self.public, token, words)
        return self._preferences(after or choice, words, token=token, done=done, wrong=wrong)

    def _door(self, door: Door | None, words: Words, *, token: str) -> Response:
        if door is None:
            return self.pages.unknown(words)
        if door.inert:
            return self._inert(words)
        if door.gone:
            return self._left(door, words, token=token, asking=False)
        question = [words.say("leave_question", list=door.title), words.say("leave_effect")]
        title = words.say("leave_title")
        return self.pages.show(words, title, question, template="leave", query=_PLAIN, token=token)

    def _left(self, door: Door | None, words: Words, *, token: str, asking: bool) -> Response:
        if door is None:
            return self.pages.unknown(words)
        if door.inert:
            return self._inert(words)
        effect = words.say("left_effect", list=door.title)
        ask_why = asking and self.pages.settings.subscribing.ask_why
        return self.pages.show(
            words,
            words.say("left_title"),
            [effect, *self.pages.contact(words, "left_mistake")],
            template="left",
            token=token,
            return_name=door.return_name,
            reasons=REASONS if ask_why else (),
            longest=LONGEST_WORDS,
        )

    def _inert(self, words: Words) -> Response:
        reasons = [words.say("inert_reason"), words.say("inert_advice")]
        return self.pages.show(words, words.say("inert_title"), reasons)

    def _preferences(
        self, choice: Choice, words: Words, *, token: str, done: str = "", wrong: str = ""
    ) -> Response:
        about = "preferences_about" if choice.present else "preferences_left"
        minutes = self.pages.settings.subscribing.link_minutes
        return self.pages.show(
            words,
            words.say("preferences_title"),
            [words.say(about, list=choice.door.title)],
            template="preferences",
            status=422 if wrong else 200,
            query=_PLAIN,
            done=words.say(done, minutes=minutes) if done else "",
            wrong=[words.say(wrong)] if wrong else (),
            token=token,
            present=choice.present,
            topics=choice.topics,
            chosen=choice.present.language if choice.present else "",
            spoken=list(self.public.catalogues.languages.items()),
            return_name=choice.door.return_name,
        )
