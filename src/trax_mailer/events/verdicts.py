"""Verdicts: whether a person or a machine made a visit, and by what it was told.

The rules stand in `RULES`, in the order in which they are asked; the first that knows an answer gives it.
They look only at what a visit keeps: no address, no IP address, no user agent. Visits of one pseudonym are
judged together, since scanners give themselves away by what they fetch beside each other.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from trax_mailer.events.report import MACHINE_SAID
from trax_mailer.model.visit import HIDDEN_LINK, LONGEST_AFTER, Verdict, Visit, VisitKind

BURST_SECONDS = 10
BURST_LINKS = 3
SWEEP_SECONDS = 60
SWEEP_SHARE = 0.6
SWEEP_LINKS = 6
HIDDEN_SECONDS = 120
DOUBT = dt.timedelta(minutes=15)

_MINUTE = dt.timedelta(minutes=1)
_TOOLS = frozenset({"scanner", "tool"})
_PEOPLE = frozenset({"browser", "mail-app"})


@dataclass(frozen=True, slots=True)
class Scene:
    """One visit among all those of its pseudonym. `links` is how many links the mail has."""

    visit: Visit
    beside: Sequence[Visit]
    links: int

    def clicked_within(self, seconds: int) -> set[int]:
        """The links that the pseudonym surely fetched so near to this visit."""
        return {
            one.link
            for one in self.beside
            if one.kind is VisitKind.CLICK and (one is self.visit or self._surely_within(one, seconds))
        }

    def _surely_within(self, one: Visit, seconds: int) -> bool:
        here = self.visit
        if max(here.after, one.after) < LONGEST_AFTER:
            return abs(here.after - one.after) <= seconds
        # Later than that, times are known to the minute alone.
        return abs(here.at - one.at) + _MINUTE <= dt.timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reason, in words that stand in reports."""

    verdict: Verdict
    why: str


Rule = Callable[[Scene], Judgement | None]


def _asked_for_the_head(scene: Scene) -> Judgement | None:
    if scene.visit.method == "HEAD":
        return Judgement(Verdict.MACHINE, "asked for the head alone")
    return None


def _said_prefetch(scene: Scene) -> Judgement | None:
    if "prefetch" in scene.visit.hints.split():
        return Judgement(Verdict.MACHINE, "said it was fetching ahead")
    return None


def _said_by_the_provider(scene: Scene) -> Judgement | None:
    if MACHINE_SAID in scene.visit.hints.split():
        return Judgement(Verdict.MACHINE, "the provider says that a machine fetched it")
    return None


def _is_a_known_program(scene: Scene) -> Judgement | None:
    if scene.visit.agent in _TOOLS:
        return Judgement(Verdict.MACHINE, f"a known {scene.visit.agent}")
    if scene.visit.agent == "outlook-safelinks":
        return Judgement(Verdict.MACHINE, "a mail gateway's look at the link")
    return None


def _followed_the_hidden_link(scene: Scene) -> Judgement | None:
    if scene.visit.kind is VisitKind.CLICK and HIDDEN_LINK in scene.clicked_within(HIDDEN_SECONDS):
        return Judgement(Verdict.MACHINE, "followed the link that no reader sees")
    return None


def _came_in_a_burst(scene: Scene) -> Judgement | None:
    if scene.visit.kind is not VisitKind.CLICK:
        return None
    if len(scene.clicked_within(0)) > 1:
        return Judgement(Verdict.MACHINE, "two links in the same second")
    near = scene.clicked_within(BURST_SECONDS)
    if len(near) >= BURST_LINKS:
        return Judgement(Verdict.MACHINE, f"{len(near)} links within {BURST_SECONDS} seconds")
    swept = scene.clicked_within(SWEEP_SECONDS)
    if len(swept) >= BURST_LINKS and len(swept) >= SWEEP_SHARE * scene.links:
        return Judgement(Verdict.MACHINE, f"most links within {SWEEP_SECONDS} seconds")
    if len(swept) >= SWEEP_LINKS:
        return Judgement(Verdict.MACHINE, f"{len(swept)} links within {SWEEP_SECONDS} seconds")
    return None


def _opened_by_who_took_the_links(scene: Scene) -> Judgement | None:
    """Gateways that draw the mail fetch its pictures in the same breath as its links."""
    if scene.visit.kind is not VisitKind.OPEN or scene.visit.agent not in _PEOPLE:
        return None
    near = scene.clicked_within(BURST_SECONDS)
    if len(near) >= BURST_LINKS or HIDDEN_LINK in near:
        return Judgement(Verdict.MACHINE, "fetched together with the links, by a program")
    return None


def _opened_by_a_proxy(scene: Scene) -> Judgement | None:
    if scene.visit.kind is not VisitKind.OPEN:
        return None
    if scene.visit.agent == "apple-proxy":
        return Judgement(Verdict.MACHINE, "Apple's proxy fetches every mail, read or not")
    if scene.visit.agent == "gmail-proxy":
        return Judgement(Verdict.HUMAN, "Gmail's proxy fetches pictures when a mail is shown")
    return None


def _gave_no_name(scene: Scene) -> Judgement | None:
    if scene.visit.agent == "empty":
        return Judgement(Verdict.MACHINE, "gave no name, as browsers do")
    return None


def _was_beside_a_disguised_machine(scene: Scene) -> Judgement | None:
    """No browser asks for the head alone or follows what it does not show: who did is named like one only.

    It may have come for this as well, or a person did: nobody can tell.
    """
    visit = scene.visit
    if visit.kind is not VisitKind.CLICK or visit.agent not in _PEOPLE:
        return None
    for one in scene.beside:
        gave_away = one.kind is VisitKind.CLICK and (one.method == "HEAD" or one.link == HIDDEN_LINK)
        if gave_away and one.agent == visit.agent and abs(one.at - visit.at) <= DOUBT:
            return Judgement(Verdict.UNSURE, "beside a program that is named like a browser")
    return None


def _looks_like_a_person(scene: Scene) -> Judgement | None:
    if scene.visit.agent not in _PEOPLE:
        return None
    if scene.visit.kind is VisitKind.OPEN:
        return Judgement(Verdict.HUMAN, "a mail program showed the pictures")
    return Judgement(Verdict.HUMAN, "one link at a time, from a browser")


RULES: tuple[Rule, ...] = (
    _asked_for_the_head,
    _said_prefetch,
    _said_by_the_provider,
    _is_a_known_program,
    _followed_the_hidden_link,
    _came_in_a_burst,
    _opened_by_who_took_the_links,
    _opened_by_a_proxy,
    _gave_no_name,
    _was_beside_a_disguised_machine,
    _looks_like_a_person,
)
_UNKNOWN = Judgement(Verdict.UNSURE, "nothing tells it apart")


def judge(visits: Iterable[Visit], *, links: int) -> list[Visit]:
    """The visits of one mailing with their verdicts; the same again for the same visits in any order.

    `links` is how many links the mail has. A visit without pseudonym or reader is judged alone.
    """
    judged: list[Visit] = []
    for known, group in groupby(sorted(visits, key=_identity), key=lambda one: _identity(one)[:2]):
        beside = list(group)
        for visit in beside:
            found = _ask(Scene(visit, beside if any(known) else [visit], links))
            judged.append(dataclasses.replace(visit, verdict=found.verdict, why=found.why))
    return judged


def _ask(scene: Scene) -> Judgement:
    return next((found for rule in RULES if (found := rule(scene)) is not None), _UNKNOWN)


def _identity(visit: Visit) -> tuple[bytes, int, int, int]:
    return visit.pseudonym or b"", visit.subscriber_id or 0, visit.after, visit.id
