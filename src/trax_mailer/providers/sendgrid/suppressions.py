"""SendGrid's suppression lists: read page by page, added to in chunks, and an address taken off.

https://www.twilio.com/docs/sendgrid/api-reference/bounces-api and the pages beside it. Reading, adding and
removing may all be repeated: they come to the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Event
from urllib.parse import quote

from python_http_client import Client

from trax_mailer.errors import Forbidden, ProviderError
from trax_mailer.model.provider_list import ProviderList
from trax_mailer.providers.sendgrid.asking import Asker, Patience, Unreadable
from trax_mailer.providers.sendgrid.client import Reply, open_client
from trax_mailer.providers.sendgrid.entries import Listed, Page, read_one_by_one, read_page, read_recipients
from trax_mailer.providers.sendgrid.replies import error_words
from trax_mailer.settings import SendGridSettings

PAGE = 500
"""The most entries a page may hold."""
_HOPELESS = 20
_KEY = "Give the key access to “Suppressions” in SendGrid's settings (Settings, API Keys)."
_PATIENT = Patience()


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """Which addresses SendGrid took onto a list, and which it refused."""

    taken: frozenset[str]
    refused: frozenset[str]


class SuppressionApi:
    """The lists of the account whose key the settings hold. For one thread.

    Raises Forbidden where the key may not do it, ProviderError where SendGrid refuses or stays silent, and
    Refused once `stop` is set.
    """

    def __init__(
        self,
        settings: SendGridSettings,
        *,
        stop: Event,
        say: Callable[[str], None],
        patience: Patience = _PATIENT,
    ) -> None:
        self._client = open_client(settings)
        self._ask = Asker(stop=stop, say=say, patience=patience).ask

    def page(self, which: ProviderList, *, offset: int) -> Page:
        """The entries from `offset` on; the last page is shorter than PAGE. Not for groups."""
        method = self._at("suppression", which.value).get
        pages = {"limit": PAGE, "offset": offset}
        return self._ask(method, lambda reply: read_page(_good(reply, which.words)), query_params=pages)

    def group_entries(self) -> Iterator[Listed | None]:
        """Every entry of every unsubscribe group, None for one that cannot be read. The API has no pages."""
        method = self._at("asm", "suppressions").get
        body = self._ask(method, lambda reply: _array(_good(reply, ProviderList.GROUPS.words)))
        try:
            yield from read_one_by_one(body)
        except Unreadable as error:
            raise ProviderError(f"SendGrid's answer cannot be read: {error}.") from None

    def groups(self) -> set[int]:
        """The ids of the account's unsubscribe groups."""

        def read(reply: Reply) -> set[int]:
            try:
                found = json.loads(_good(reply, ProviderList.GROUPS.words))
                return {int(one["id"]) for one in found}
            except (ValueError, TypeError, LookupError):
                raise Unreadable("it is no array of groups") from None

        return self._ask(self._at("asm", "groups").get, read)

    def add(self, emails: list[str], *, group: int | None = None) -> Added:
        """Put at most PAGE addresses onto the global unsubscribes, or onto those of a group that exists.

        A chunk that is refused as a whole is halved until the addresses stand alone that are to blame.
        SendGrid takes what is meant for a missing group onto the global list: look at `groups` before.
        """
        taken: set[str] = set()
        refused: set[str] = set()
        waiting = [emails] if emails else []
        while waiting:
            chunk = waiting.pop()
            said = self._add(chunk, group=group)
            if said is not None:
                taken |= said
                refused |= set(chunk) - said
            elif len(chunk) == 1:
                refused.update(chunk)
            else:
                middle = len(chunk) // 2
                waiting += [chunk[middle:], chunk[:middle]]
            if len(refused) >= _HOPELESS and not taken:
                raise ProviderError(
                    "SendGrid refuses every address that it is told of.",
                    advice="Look at the account in SendGrid's own pages.",
                )
        return Added(taken=frozenset(taken), refused=frozenset(refused))

    def holds(self, which: ProviderList, email: str) -> bool:
        """Whether the address is on that list. For the lists that are read in pages, but the global one."""

        def read(reply: Reply) -> bool:
            return reply.status != 404 and read_page(_good(reply, which.words)).size > 0

        return self._ask(self._at("suppression", which.value, quote(email, safe="")).get, read)

    def remove(self, which: ProviderList, email: str, *, group: int | None = None) -> None:
        """Take the address off that list, or off that group's. One that is not on it may be removed, too."""
        where = {
            ProviderList.GLOBAL: ("asm", "suppressions", "global"),
            ProviderList.GROUPS: ("asm", "groups", str(group), "suppressions"),
        }.get(which, ("suppression", which.value))

        def read(reply: Reply) -> None:
            if reply.status != 404:
                _good(reply, which.words)

        self._ask(self._at(*where, quote(email, safe="")).delete, read)

    def _add(self, chunk: list[str], *, group: int | None) -> set[str] | None:
        """Which of the addresses were taken; None where the call as a whole was refused for one of them."""
        where = ("asm", "suppressions", "global") if group is None else (
            "asm", "groups", str(group), "suppressions")  # fmt: skip
        whole = ProviderList.GLOBAL if group is None else ProviderList.GROUPS

        def read(reply: Reply) -> set[str] | None:
            if reply.status in {400, 413, 422}:
                return None
            _good(reply, whole.words)
            return read_recipients(reply, chunk)

        return self._ask(self._at(*where).post, read, request_body={"recipient_emails": chunk})

    def _at(self, *path: str) -> Client:
        client = self._client
        for part in path:
            client = client._(part)
        return client


def _good(reply: Reply, words: str) -> bytes:
    """The body of an answer that says yes. Raises Forbidden or ProviderError."""
    if 200 <= reply.status < 300:
        return reply.body
    said = error_words(reply)
    if reply.status == 401:
        raise ProviderError(f"SendGrid does not accept the key: {said}", advice=_KEY)
    if reply.status == 403:
        raise Forbidden(f"The SendGrid key may not touch the {words}: {said}", advice=_KEY)
    raise ProviderError(f"SendGrid refuses to give or take {words}: {said}")


def _array(body: bytes) -> bytes:
    """Raises Unreadable at once where the body is no whole array, so that it is asked for again."""
    stripped = body.strip()
    if not stripped.startswith(b"[") or not stripped.endswith(b"]"):
        raise Unreadable("it is no array")
    return body
