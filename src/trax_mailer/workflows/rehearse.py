"""A rehearsal, from top to bottom: copy the ledger, send to a sink, kill, compare, settle, account for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from trax_mailer.audience import find_list
from trax_mailer.delivery import make_mailing, open_transport, proof
from trax_mailer.errors import Refused
from trax_mailer.model.edition import Edition
from trax_mailer.model.issue import Issue
from trax_mailer.model.mailing import Mailing, Proof, in_words
from trax_mailer.rehearsal import (
    Comparison,
    compare,
    copy_ledger,
    private_folder,
    read_entries,
    sink_process,
    standings,
)
from trax_mailer.rehearsal.record import Took
from trax_mailer.rehearsal.traffic import measure
from trax_mailer.storage import Ledger, open_ledger
from trax_mailer.storage.readers import list_numbers
from trax_mailer.workflows.check import sendable
from trax_mailer.workflows.envelope import envelope_for
from trax_mailer.workflows.rehearsal_result import Rehearsal
from trax_mailer.workflows.rehearsal_run import Run, Stage, perform
from trax_mailer.workflows.rehearsal_sender import rehearsal_settings
from trax_mailer.workflows.rehearsal_settling import settle_uncertain
from trax_mailer.workflows.rehearsal_trouble import RehearsalOptions, faults_for, kills_for
from trax_mailer.workflows.segments import Loaded, usable_segment
from trax_mailer.workflows.wiring import Workspace


def rehearse(
    workspace: Workspace,
    reference: str | None,
    *,
    list_name: str,
    options: RehearsalOptions,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Rehearsal:
    """Send the issue to a copy of the list, into a sink on this machine, and hold the two together.

    The ledger itself is only read. Raises BadFile when the issue or the segment has errors, Refused when the
    list is unknown or nobody is to be mailed, and BadState or ProviderError when the sender cannot go on.
    """
    issue, edition, _ = sendable(workspace, reference)
    kind = "sendgrid" if workspace.settings.transport == "sendgrid" else "smtp"
    with (
        private_folder() as folder,
        _copied(workspace, folder / "state") as ledger,
    ):
        segment = _segment(workspace, ledger, list_name, options.segment)
        faults = faults_for(ledger, list_name, kind=kind, options=options)
        record = folder / "record.tsv"
        with sink_process(kind, record, faults) as sink:
            stage = Stage(
                root=workspace.root, ledger=ledger, kind=kind, port=sink.port, record=record, folder=folder
            )
            mailing = _make(workspace, issue, edition, stage=stage, list_name=list_name, segment=segment)
            kills = kills_for(ledger, mailing, options)
            run = perform(stage, mailing.id, kills=kills, progress=progress)
            as_sent, found = _account(ledger, mailing, record)
            unexplained = _unexplained(found, run, record)
            traffic = measure(read_entries(record), pauses=run.breaks)
            by_evidence, by_word = settle_uncertain(stage, mailing)
            account, settled = _account(ledger, mailing, record)
    return Rehearsal(
        issue=issue,
        list_name=list_name,
        segment=segment.name if segment else "",
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
def _copied(workspace: Workspace, state: Path) -> Iterator[Ledger]:
    """The copy of the ledger, open."""
    settings = workspace.settings
    copy_ledger(settings.state, settings.database, into=state)
    with open_ledger(state) as ledger:
        yield ledger


def _segment(workspace: Workspace, ledger: Ledger, list_name: str, name: str) -> Loaded | None:
    """The segment of that name. Raises Refused where nobody who is meant can be mailed."""
    list_id = find_list(ledger, list_name)
    segment = usable_segment(workspace, ledger, name).segment if name else None
    with ledger.read() as connection:
        rule = segment.rule if segment else None
        going = list_numbers(connection, list_id, others=(), segment=rule).to_mail
    if going == 0:
        raise Refused(
            f"Nobody on the list {in_words(list_name, name)} can be mailed.",
            advice=f"See who is meant with: trax segments show {name}"
            if name
            else "See who is on it with: trax lists",
        )
    return segment


def _make(
    workspace: Workspace,
    issue: Issue,
    edition: Edition,
    *,
    stage: Stage,
    list_name: str,
    segment: Loaded | None,
) -> Mailing:
    settings = rehearsal_settings(
        workspace.settings, kind=stage.kind, port=stage.port, state=stage.ledger.state
    )
    now = dt.datetime.now(dt.UTC)
    with open_transport(settings) as transport:
        return make_mailing(
            stage.ledger,
            issue_number=issue.number,
            issue_title=issue.title,
            list_name=list_name,
            edition=edition,
            transport=transport,
            envelope=envelope_for(settings, list_name=list_name, simulated=False, sent_at=now),
            now=now,
            segment=segment.name if segment else "",
            segment_rule=segment.text if segment else "",
        )


def _account(ledger: Ledger, mailing: Mailing, record: Path) -> tuple[Proof, Comparison]:
    with ledger.read() as connection:
        stands = standings(connection, mailing.id)
    return proof(ledger, mailing.id), compare(stands, read_entries(record))


def _unexplained(found: Comparison, run: Run, record: Path) -> tuple[str, ...]:
    unclear = {entry.delivery for entry in read_entries(record) if entry.took is Took.UNCLEAR}
    uncertain = {*found.uncertain_taken, *found.uncertain_not_taken}
    return tuple(sorted(uncertain - unclear - run.cut_off))
