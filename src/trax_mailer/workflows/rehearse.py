"""A rehearsal, from top to bottom: copy the ledger, send to a sink, kill, compare, settle, account for it."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from trax_mailer.audience import audience_of, some_readers
from trax_mailer.delivery import doubts, make_mailing, open_transport, proof, settle_doubts
from trax_mailer.errors import Refused
from trax_mailer.model.edition import Edition
from trax_mailer.model.issue import Issue
from trax_mailer.model.mailing import Mailing, Proof
from trax_mailer.rehearsal import (
    Comparison,
    Faults,
    compare,
    copy_ledger,
    events_of,
    private_folder,
    read_entries,
    sink_process,
    standings,
)
from trax_mailer.rehearsal.record import Took
from trax_mailer.rehearsal.traffic import Traffic, measure
from trax_mailer.storage import Ledger, open_ledger
from trax_mailer.storage.events import add_events, settle_by_events
from trax_mailer.workflows.check import sendable
from trax_mailer.workflows.envelope import envelope_for
from trax_mailer.workflows.rehearsal_run import Kill, Run, Stage, perform
from trax_mailer.workflows.rehearsal_sender import rehearsal_settings
from trax_mailer.workflows.wiring import Workspace

_SLOW_ANSWER = 0.05
"""Seconds that an answer takes where the sender of a short list is to be killed: it would be done before."""
_SHORT_LIST = 5_000

_MOST_ROUNDS = 10
_CHUNK = 5_000
_SAMPLE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalOptions:
    """What is to be played: whether things go wrong, how often the sender is killed, and by which seed."""

    faults: bool = False
    kills: int = 0
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What a rehearsal showed.

    `as_sent` is the account when the mailing had come to its end, `found` what the sink says to it;
    `proof` and `settled` are the same once the sink's evidence and then a person's word had settled the
    uncertain. The sink took `answer_seconds` for each answer. `by_evidence` and `by_word` count whom each
    of them settled. `unexplained` are uncertain readers who were in no call when anything went wrong.
    """

    issue: Issue
    list_name: str
    transport: str
    rate: int
    answer_seconds: float
    traffic: Traffic
    kills: int
    pauses: tuple[str, ...]
    as_sent: Proof
    found: Comparison
    unexplained: tuple[str, ...]
    by_evidence: int
    by_word: int
    proof: Proof
    settled: Comparison

    @property
    def holds(self) -> bool:
        """Whether nobody was missed, nobody doubled, and every doubt explained and settled."""
        accounts = self.as_sent.holds and self.proof.holds and not self.proof.uncertain
        return accounts and self.found.holds and self.settled.holds and not self.unexplained

    @property
    def seconds_at_full_speed(self) -> float:
        """How long the mailing takes where the other side is as fast as the sink."""
        return self.as_sent.audience / self.traffic.per_second if self.traffic.per_second else 0.0

    @property
    def seconds_at_rate(self) -> float | None:
        """How long it takes at the rate that trax.yaml allows; None where it sets none."""
        return max(self.as_sent.audience / self.rate, self.seconds_at_full_speed) if self.rate else None


def rehearse(
    workspace: Workspace,
    reference: str | None,
    *,
    list_name: str,
    options: RehearsalOptions,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Rehearsal:
    """Send the issue to a copy of the list, into a sink on this machine, and hold the two together.

    The ledger itself is only read. Raises BadFile when the issue has errors, Refused when the list is
    unknown or empty, and BadState or ProviderError when the sender cannot go on.
    """
    issue, edition, _ = sendable(workspace, reference)
    kind = "sendgrid" if workspace.settings.transport == "sendgrid" else "smtp"
    with (
        private_folder() as folder,
        _copied(workspace, folder / "state", list_name) as ledger,
    ):
        faults = _faults(ledger, list_name, kind=kind, options=options)
        record = folder / "record.tsv"
        with sink_process(kind, record, faults) as sink:
            stage = Stage(
                root=workspace.root, ledger=ledger, kind=kind, port=sink.port, record=record, folder=folder
            )
            mailing = _make(workspace, ledger, issue, edition, stage=stage, list_name=list_name)
            kills = _moments(ledger, mailing, options)
            run = perform(stage, mailing.id, kills=kills, progress=progress)
            as_sent, found = _account(ledger, mailing, record)
            unexplained = _unexplained(found, run, record)
            traffic = measure(read_entries(record), pauses=run.breaks)
            by_evidence, by_word = _settle(stage, mailing)
            account, settled = _account(ledger, mailing, record)
    return Rehearsal(
        issue=issue,
        list_name=list_name,
        transport=kind,
        rate=getattr(workspace.settings, kind).rate,
        answer_seconds=faults.seconds,
        traffic=traffic,
        kills=run.kills,
        pauses=run.pauses,
        as_sent=as_sent,
        found=found,
        unexplained=unexplained,
        by_evidence=by_evidence,
        by_word=by_word,
        proof=account,
        settled=settled,
    )


@contextmanager
def _copied(workspace: Workspace, state: Path, list_name: str) -> Iterator[Ledger]:
    """The copy of the ledger, open. Raises Refused where nobody on the list can be mailed."""
    settings = workspace.settings
    copy_ledger(settings.state, settings.database, into=state)
    with open_ledger(state) as ledger:
        if audience_of(ledger, list_name).to_mail == 0:
            raise Refused(
                f"Nobody on the list “{list_name}” can be mailed.",
                advice="See who is on it with: trax lists",
            )
        yield ledger


def _faults(ledger: Ledger, list_name: str, *, kind: str, options: RehearsalOptions) -> Faults:
    """A bad day: shares of readers by SMTP; of calls, which are few, by SendGrid, except refusals."""
    short = audience_of(ledger, list_name).to_mail < _SHORT_LIST
    seconds = _SLOW_ANSWER if options.kills and short else 0.0
    if not options.faults:
        return Faults(seed=options.seed, seconds=seconds)
    domains = Counter(
        one.email.rpartition("@")[2].lower() for one in some_readers(ledger, list_name, _SAMPLE)
    )
    ((most_common, readers),) = domains.most_common(1)
    many = kind == "sendgrid"
    return Faults(
        seed=options.seed,
        seconds=seconds,
        refused=0.002 if many else 0.01,
        put_off=0.1 if many else 0.02,
        hang_before=0.02 if many else 0.0005,
        hang_after=0.02 if many else 0.0005,
        drop_before=0.03 if many else 0.002,
        drop_after=0.03 if many else 0.002,
        broken_after=0.03 if many else 0.001,
        throttled_domain=most_common,
        throttled_tries=min(20, readers),
    )


def _make(
    workspace: Workspace, ledger: Ledger, issue: Issue, edition: Edition, *, stage: Stage, list_name: str
) -> Mailing:
    settings = rehearsal_settings(
        workspace.settings, kind=stage.kind, port=stage.port, state=stage.ledger.state
    )
    now = dt.datetime.now(dt.UTC)
    with open_transport(settings) as transport:
        return make_mailing(
            ledger,
            issue_number=issue.number,
            issue_title=issue.title,
            list_name=list_name,
            edition=edition,
            transport=transport,
            envelope=envelope_for(settings, list_name=list_name, simulated=False, sent_at=now),
            now=now,
        )


def _moments(ledger: Ledger, mailing: Mailing, options: RehearsalOptions) -> list[Kill]:
    """When the sender is killed: spread over the mailing, by the seed."""
    chance = random.Random(options.seed)  # noqa: S311 - no secret
    waiting = proof(ledger, mailing.id).waiting
    kills = range(options.kills)
    return sorted(Kill(chance.randrange(max(1, waiting)), chance.uniform(0, _SLOW_ANSWER)) for _ in kills)


def _account(ledger: Ledger, mailing: Mailing, record: Path) -> tuple[Proof, Comparison]:
    with ledger.read() as connection:
        stands = standings(connection, mailing.id)
    return proof(ledger, mailing.id), compare(stands, read_entries(record))


def _unexplained(found: Comparison, run: Run, record: Path) -> tuple[str, ...]:
    unclear = {entry.delivery for entry in read_entries(record) if entry.took is Took.UNCLEAR}
    uncertain = {*found.uncertain_taken, *found.uncertain_not_taken}
    return tuple(sorted(uncertain - unclear - run.cut_off))


def _settle(stage: Stage, mailing: Mailing) -> tuple[int, int]:
    """Settle whoever is uncertain by the sink's record; send again, as a person would say, to who is left.

    In rounds: who is sent it again may meet a fault for the first time. Returns how many were settled by
    evidence and by word.
    """
    by_evidence = by_word = 0
    for _ in range(_MOST_ROUNDS):
        by_evidence += _feed_in(stage, mailing)
        left = [doubt.subscriber_id for doubt in doubts(stage.ledger, mailing.id)]
        if not left:
            break
        by_word += settle_doubts(
            stage.ledger,
            mailing.id,
            subscribers=left,
            as_sent=False,
            words="the sink does not have them",
            now=dt.datetime.now(dt.UTC),
            wait=dt.timedelta(),
        )
        perform(stage, mailing.id, kills=[], progress=lambda _done, _total: None)
    return by_evidence, by_word


def _feed_in(stage: Stage, mailing: Mailing) -> int:
    now = dt.datetime.now(dt.UTC)
    chunk = []
    with stage.ledger.write() as connection:
        for event in events_of(read_entries(stage.record)):
            chunk.append(event)
            if len(chunk) == _CHUNK:
                add_events(connection, chunk, now=now)
                chunk = []
        add_events(connection, chunk, now=now)
        return settle_by_events(connection, mailing.id, now=now)
