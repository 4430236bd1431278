"""Suppressions as the command line shows them: tables and plain data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from trax_mailer.cli import output
from trax_mailer.model.provider_list import NEVER, shown_name

if TYPE_CHECKING:
    from trax_mailer.model.provider_list import ProviderEntry
    from trax_mailer.workflows.suppressions import AddressLook, FileReport, LocalList
    from trax_mailer.workflows.syncing import Lifted, SyncReport

_COUNTS = ("seen", "new", "applied", "back", "cleared", "gone", "unusable", "pushed", "refused")
_ALWAYS = ("seen", "new", "applied", "pushed")


def show_ours(ours: LocalList, *, as_json: bool, zone: ZoneInfo) -> None:
    """Our suppressions, how many there are in all, and when SendGrid's were last seen."""
    synced = None if ours.synced_at == NEVER else ours.synced_at
    if as_json:
        output.print_json(
            {
                "counts": {reason.value: count for reason, count in ours.counts.items()},
                "synced_at": synced.isoformat() if synced else None,
                "suppressions": [
                    {
                        "email": row.email,
                        "reason": row.reason.value,
                        "since": row.since.isoformat(),
                        "source": row.source,
                    }
                    for row in ours.rows
                ],
            }
        )
        return
    shown = output.table("address", "reason", "since", "source")
    for row in ours.rows:
        cells = (row.email, row.reason.value, _day(row.since, zone), row.source)
        shown.add_row(*(output.escape(cell) for cell in cells))
    if ours.rows:
        output.console.print(shown)
    total = ", ".join(f"{count:,} {reason}" for reason, count in sorted(ours.counts.items()))
    output.console.print(f"Suppressed: {total or 'nobody'}.", markup=False)
    when = f"on {synced.astimezone(zone):%Y-%m-%d %H:%M}" if synced else "never"
    output.console.print(f"Synced with SendGrid: {when}.", markup=False)


def show_theirs(entries: Sequence[ProviderEntry], *, limit: int, as_json: bool, zone: ZoneInfo) -> None:
    """Entries of SendGrid's lists as last seen."""
    if as_json:
        output.print_json([_entry(one) for one in entries])
        return
    if not entries:
        output.console.print(
            "Nothing of that kind is known. Read SendGrid's lists with: trax suppressions sync"
        )
        return
    shown = output.table("address", "list", "since", "last seen", "reason")
    for one in entries:
        cells = (
            one.address,
            shown_name(one.list),
            _day(one.since, zone),
            _day(one.seen_at, zone),
            one.reason,
        )
        shown.add_row(*(output.escape(cell) for cell in cells))
    output.console.print(shown)
    if limit and len(entries) == limit:
        output.console.print(f"The first {limit:,}; see all with --limit 0.")


def show_look(look: AddressLook, *, as_json: bool, zone: ZoneInfo) -> None:
    """What keeps one address from being mailed."""
    said = look.suppression
    if as_json:
        suppression = (
            {"reason": said.reason.value, "since": said.since.isoformat(), "source": said.source}
            if said
            else None
        )
        output.print_json(
            {
                "address": look.address,
                "suppression": suppression,
                "subscriptions": {name: state.value for name, state in look.subscriptions},
                "sendgrid": [{**_entry(one.entry), "gone": one.gone} for one in look.there],
            }
        )
        return
    lines = [f"{look.address} is not suppressed here."]
    if said:
        lines = [f"{look.address} is suppressed: {said.reason}, {_day(said.since, zone)}, {said.source}."]
    lines += [f"  on “{name}”: {state}" for name, state in look.subscriptions]
    for one in look.there:
        until = f", gone since it was seen on {_day(one.entry.seen_at, zone)}" if one.gone else ""
        reason = f": {one.entry.reason}" if one.entry.reason else ""
        name = shown_name(one.entry.list)
        lines.append(f"  on SendGrid's {name} since {_day(one.entry.since, zone)}{until}{reason}")
    output.console.print("\n".join(output.escape(line) for line in lines))


def show_sync(report: SyncReport, *, as_json: bool) -> None:
    """What every list came to."""
    if as_json:
        output.print_json(
            {
                "dry_run": report.dry_run,
                "lists": [{**asdict(one), "list": one.list.value} for one in report.outcomes],
            }
        )
        return
    columns = [
        name for name in _COUNTS if name in _ALWAYS or any(getattr(one, name) for one in report.outcomes)
    ]
    shown = output.table("SendGrid's list", *columns, right=columns)
    for one in report.outcomes:
        counts = (getattr(one, name) for name in columns)
        shown.add_row(one.list.words, *(f"{count:,}" if count else "–" for count in counts))
    output.console.print(shown)
    if report.dry_run:
        output.console.print("A dry run: nothing was changed, here or at SendGrid.")
    if any(one.gone for one in report.outcomes):
        output.console.print(
            "Gone from SendGrid's lists; nothing changed here by that. See who: trax suppressions list --gone"
        )
    if any(one.back > one.cleared for one in report.outcomes):
        output.console.print(
            "Back: readers who confirmed here since. Unsubscribe lists are cleared of them; where another "
            "list keeps them from being mailed: trax suppressions lift ADDRESS --at-sendgrid"
        )


def show_lifted(lifted: Lifted, *, as_json: bool) -> None:
    """What was lifted, and what stays."""
    if as_json:
        output.print_json(
            {
                "address": lifted.address,
                "here": lifted.here,
                "sendgrid": list(lifted.there),
                "remains_at_sendgrid": list(lifted.remains),
                "subscriptions": {name: state.value for name, state in lifted.stays},
            }
        )
        return
    where = [*(["here"] if lifted.here else []), *(f"off SendGrid's {name}" for name in lifted.there)]
    output.console.print(f"{lifted.address} is lifted: {', '.join(where)}.", markup=False)
    if lifted.remains:
        words = ", ".join(lifted.remains)
        output.console.print(
            f"It still stands on SendGrid's {words}; --at-sendgrid lifts what staff may.", markup=False
        )
    for name, state in lifted.stays:
        output.console.print(
            f"On “{name}” they stay {state}: only their own confirmation brings them back.", markup=False
        )


def show_import(report: FileReport, file: Path, *, as_json: bool) -> None:
    """What became of the rows of a file."""
    if as_json:
        output.print_json(
            {
                "suppressed": report.suppressed,
                "refused_rows": report.refused_rows,
                "refused": [asdict(row) for row in report.refused],
            }
        )
        return
    for row in report.refused:
        output.console.print(f"{file}:{row.line}: {row.reason}", markup=False)
    output.console.print(
        f"{report.suppressed:,} addresses will not be mailed, {report.refused_rows:,} rows refused.",
        markup=False,
    )


@contextmanager
def counting(*, shown: bool) -> Iterator[Callable[[str, int], None]]:
    """Yield a function that shows on a terminal what is being read, and how many entries were so far."""
    if not shown or not output.stderr.is_interactive:
        yield lambda _words, _count: None
        return
    with output.stderr.status("Asking SendGrid …") as status:
        yield lambda words, count: status.update(f"{words}: {count:,}")


def _entry(one: ProviderEntry) -> dict[str, str]:
    return {
        "email": one.address,
        "list": one.list,
        "since": one.since.isoformat(),
        "seen_at": one.seen_at.isoformat(),
        "reason": one.reason,
    }


def _day(moment: dt.datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d}"
