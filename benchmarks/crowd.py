"""A crowd that reads, and one that only fetches: who asks for which address of a copy, when, and how.

Every number here is ours, drawn from what is known of such programs and people, not measured on our readers.
Each request carries whose it was; nothing else of that reaches the rules that are tried.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from trax_mailer.model.visit import HIDDEN_LINK

PERSON, APPLE = "a person", "Apple's proxy"
AT_ONCE, SOME_LATER = "a gateway, every link at once", "a gateway, some links minutes later"
PREVIEW = "a preview bot"
ACTORS = (PERSON, APPLE, AT_ONCE, SOME_LATER, PREVIEW)

OPEN = -1
"""Stands for the pixel where a number of a link is expected."""
_HOUR = 3600.0
_CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"
_SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Safari/604.1"
)
_FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
_THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.5.0"
_GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
_NAMED_GATEWAYS = ("Barracuda Sentinel (EE)", "Mimecast/1.0", "Proofpoint URL Defense")
_NAMED_PREVIEWS = (
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "WhatsApp/2.23.20.0",
    "facebookexternalhit/1.1",
    "TelegramBot (like TwitterBot)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request: by whom, for which copy, so many seconds after the mailing went out."""

    who: str
    copy: int
    at: float
    link: int
    agent: str
    method: str = "GET"
    headers: Sequence[tuple[bytes, bytes]] = field(default_factory=tuple)


def crowd(*, copies: int, links: int, seed: int) -> list[Request]:
    """What comes back of a mailing of so many copies with links 1 to `links`, in the order of time."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    requests = [one for copy in range(copies) for one in _copy(copy, links, dice)]
    return sorted(requests, key=lambda one: one.at)


def _copy(copy: int, links: int, dice: random.Random) -> Iterator[Request]:
    """One copy: perhaps through a gateway, perhaps into Apple's mail, perhaps read, perhaps passed on."""
    arrives = dice.uniform(0, 300)
    gateway = dice.random()
    if gateway < 0.12:
        yield from _gateway_at_once(copy, arrives, links, dice)
    elif gateway < 0.22:
        yield from _gateway_later(copy, arrives, links, dice)
    mailbox = dice.choices(("apple", "gmail", "other"), (0.35, 0.25, 0.40))[0]
    if mailbox == "apple":
        at = arrives + dice.choice((dice.uniform(1, 600), dice.uniform(600, 12 * _HOUR)))
        yield Request(who=APPLE, copy=copy, at=at, link=OPEN, agent="Mozilla/5.0")
    if dice.random() < 0.45:
        yield from _person(copy, arrives, links, dice, mailbox=mailbox)


def _person(copy: int, arrives: float, links: int, dice: random.Random, *, mailbox: str) -> Iterator[Request]:
    """Reads after some hours, at times twice; follows no link, one or several, at times into tabs at once."""
    agent = _SAFARI if mailbox == "apple" else dice.choice((_CHROME, _FIREFOX, _SAFARI))
    at = arrives + min(dice.lognormvariate(9.2, 1.6), 20 * 24 * _HOUR)
    for _ in range(dice.choice((1, 1, 1, 2))):
        if mailbox == "gmail":
            yield Request(who=PERSON, copy=copy, at=at, link=OPEN, agent=_GMAIL)
        elif mailbox == "other" and dice.random() < 0.6:  # the others do not load pictures
            opener = dice.choice((agent, _THUNDERBIRD))
            yield Request(who=PERSON, copy=copy, at=at, link=OPEN, agent=opener)
        clicks = dice.choices((0, 1, 2, 3, 5), (50, 27, 13, 7, 3))[0]
        tabs = dice.random() < 0.08
        when = at
        for link in dice.sample(range(1, links + 1), min(clicks, links)):
            when += dice.uniform(1.0, 3.0) if tabs else dice.lognormvariate(3.6, 0.9) + 3
            yield Request(who=PERSON, copy=copy, at=when, link=link, agent=agent)
            if dice.random() < 0.05:
                yield Request(who=PERSON, copy=copy, at=when + 0.4, link=link, agent=agent)  # pressed twice
            if dice.random() < 0.04:
                yield from _preview(copy, when + dice.uniform(20, 900), link, dice)
        at += dice.uniform(_HOUR, 48 * _HOUR)


def _preview(copy: int, at: float, link: int, dice: random.Random) -> Iterator[Request]:
    """A link that was pasted into a chat, whose program fetches it: with its name, announced, or neither."""
    agent, headers = dice.choice(_NAMED_PREVIEWS), ()
    manner = dice.random()
    if manner > 0.9:
        agent = _SAFARI
    elif manner > 0.75:
        agent, headers = _CHROME, ((b"sec-purpose", b"prefetch;prerender"),)
    yield Request(who=PREVIEW, copy=copy, at=at, link=link, agent=agent, headers=headers)


def _gateway_at_once(copy: int, arrives: float, links: int, dice: random.Random) -> Iterator[Request]:
    """Before the mail is let in: every address it found in the markup, in a row, some with the pictures."""
    agent = dice.choices((_CHROME, "", dice.choice(_NAMED_GATEWAYS)), (60, 20, 20))[0]
    found = list(range(1, links + 1))
    if dice.random() < 0.7:  # the others leave out what is not shown
        found.append(HIDDEN_LINK)
    dice.shuffle(found)
    at, pace = arrives + dice.uniform(0, 40), dice.choice((0.05, 0.3, 1.0, 2.5))
    if dice.random() < 0.4:
        yield Request(who=AT_ONCE, copy=copy, at=at, link=OPEN, agent=agent)
    method = "HEAD" if dice.random() < 0.15 else "GET"
    for link in found:
        at += dice.uniform(0.2, 1.8) * pace
        yield Request(who=AT_ONCE, copy=copy, at=at, link=link, agent=agent, method=method)


def _gateway_later(copy: int, arrives: float, links: int, dice: random.Random) -> Iterator[Request]:
    """After it was let in: some addresses of the markup, minutes apart, named like a browser."""
    found = [*range(links + 1)]
    chosen = dice.sample(found, min(dice.choice((1, 2, 3, 4, 6)), len(found)))
    at = arrives + dice.uniform(60, 900)
    habit = dice.choice(("HEAD", "GET", "HEAD, then GET"))
    for link in chosen:
        first = "GET" if habit == "GET" else "HEAD"
        yield Request(who=SOME_LATER, copy=copy, at=at, link=link, agent=_CHROME, method=first)
        if habit == "HEAD, then GET" and dice.random() < 0.7:
            at += dice.uniform(0.5, 5)
            yield Request(who=SOME_LATER, copy=copy, at=at, link=link, agent=_CHROME)
        at += dice.choice((dice.uniform(1, 20), dice.uniform(60, 600)))
