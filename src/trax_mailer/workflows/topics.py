"""Topics as a person names them: for one reader, for a look at an issue, and in the plan of a send."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from trax_mailer.audience import find_list, find_subscriber
from trax_mailer.audience.preferences import choose, wanted_topics
from trax_mailer.errors import BadOption, Refused
from trax_mailer.fields import did_you_mean
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.edition import Edition
from trax_mailer.model.segments import Rule
from trax_mailer.model.topics import topics_in
from trax_mailer.settings import Settings
from trax_mailer.storage import Ledger, open_ledger
from trax_mailer.storage.snapshot import Audience, count_by_topics
from trax_mailer.storage.subscriptions import split_topics
from trax_mailer.workflows.subscribers import who
from trax_mailer.workflows.wiring import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Variants:
    """Who would get what of an edition. Nothing is counted where everybody gets the same.

    `counts` says for each choice of topics how many get that, the empty one for everything. For `empty`
    readers nothing in it is among the topics that they chose: they are skipped.
    """

    counts: tuple[tuple[tuple[str, ...], int], ...] = ()
    empty: int = 0


def named_topics(settings: Settings, words: str) -> tuple[str, ...]:
    """The topics of `jobs,trainings`, each once, sorted. Raises BadOption for one that trax.yaml lacks."""
    known = [topic.name for topic in settings.topics]
    names = sorted({name.strip() for name in words.split(",")} - {""})
    for name in names:
        if name in known:
            continue
        if not known:
            raise BadOption(
                f"There is no topic “{name}”: trax.yaml declares none.",
                advice="Declare them there, under “newsletter:” and “topics:”.",
            )
        advice = f"{did_you_mean(name, known)} The topics are {', '.join(known)}.".strip()
        raise BadOption(f"There is no topic “{name}”.", advice=advice)
    return tuple(names)


def topics_of_reader(workspace: Workspace, address: str, *, list_name: str) -> tuple[str, ...]:
    """The topics that a reader of the list wants; everything where there are none. Raises Refused."""
    settings = workspace.settings
    with open_ledger(settings.state, settings.database) as ledger:
        list_id, subscriber_id = _reader(ledger, address, list_name=list_name)
        return wanted_topics(ledger, list_id=list_id, subscriber_id=subscriber_id)


def set_topics(workspace: Workspace, address: str, topics: tuple[str, ...], *, list_name: str) -> bool:
    """Note what a reader wants from the list, as told by the staff. Whether that is anything new.

    Raises Refused where the reader was never on the list.
    """
    settings = workspace.settings
    with open_ledger(settings.state, settings.database) as ledger:
        list_id, subscriber_id = _reader(ledger, address, list_name=list_name)
        act = Act(
            kind=ActKind.STAFF,
            at=dt.datetime.now(dt.UTC),
            by=who(),
            subscriber_id=subscriber_id,
            list_id=list_id,
        )
        return choose(ledger, topics=topics, act=act)


def count_variants(
    ledger: Ledger,
    edition: Edition,
    *,
    list_id: int,
    others: tuple[int, ...],
    segment: Rule | None = None,
) -> Variants:
    """Who of the list would get what of the edition; who has the issue through `others` is not counted."""
    audience = Audience(
        list_id=list_id, others=others, leave_out=False, topics=topics_in(edition), segment=segment
    )
    with ledger.read() as connection:
        counted = count_by_topics(connection, audience)
    if counted is None:
        return Variants()
    counts, empty = counted
    return Variants(
        counts=tuple((split_topics(chosen), count) for chosen, count in counts.items()), empty=empty
    )


def _reader(ledger: Ledger, address: str, *, list_name: str) -> tuple[int, int]:
    list_id = find_list(ledger, list_name)
    reader = find_subscriber(ledger, address, list_name)
    if reader is None or reader.id is None:
        raise Refused(
            f"{address} was never on the list “{list_name}”.", advice="See the lists with: trax lists"
        )
    return list_id, reader.id
