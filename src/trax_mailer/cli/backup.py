"""`trax backup` and `trax restore`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from trax_mailer.cli.opening import workspace_of
from trax_mailer.errors import BadOption, BadState

if TYPE_CHECKING:
    from trax_mailer.workflows.restore import Restored


@click.command("backup", short_help="Write the ledger and its keys into one file, also while sending.")
@click.argument("file", type=click.Path(), required=False)
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def backup_command(ctx: click.Context, *, file: str | None, force: bool, as_json: bool) -> None:
    """Write readers, ledger, editions and keys into FILE, a .tar.gz, as they are at this moment.

    FILE may be a folder: then the name holds the time. Without it, the backup goes to the folder “backups” in
    the state directory. It may run while a mailing is sent. The file holds readers' addresses and the keys:
    keep it encrypted, and on another machine.
    """
    from trax_mailer.cli import output
    from trax_mailer.cli.progress import progress_bar
    from trax_mailer.workflows.backup import make_backup

    workspace, place = workspace_of(ctx), _place_of(file)
    with progress_bar("Copying", shown=not as_json) as advance:
        made = make_backup(workspace, place, force=force, progress=advance)
    if as_json:
        output.print_json(
            {
                "file": str(made.file),
                "bytes": made.size,
                "made_at": made.made_at.isoformat(),
                "rows": made.counts,
            }
        )
        return
    output.console.print(
        f"{made.file}\n{made.counts['subscriber']:,} readers, {made.counts['mailing']:,} mailings, "
        f"{made.counts['delivery']:,} deliveries; {made.size / 2**20:,.1f} MB.\n"
        "It holds readers' addresses and the keys: keep it encrypted, and on another machine.",
        markup=False,
    )


def _place_of(words: str | None) -> Path | None:
    """The file or folder that is meant. A name that ends with a slash means a folder, which must be there."""
    if words is None:
        return None
    if not words.strip():  # of a script whose variable is not set
        raise BadOption("No file is named to write the backup to.", advice="Name one, or leave it out.")
    place = Path(words).expanduser()
    if words.endswith("/") and not place.is_dir():
        raise BadState(
            f"There is no folder “{words}”.", advice="Make it first, or mount the disk that it is on."
        )
    return place


@click.command("restore", short_help="Put a backup in the place of the ledger; nothing is sent by it.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--replace",
    is_flag=True,
    help="Also where the present ledger holds readers or mailings: it is kept aside, never deleted.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def restore_command(ctx: click.Context, *, file: Path, replace: bool, as_json: bool) -> None:
    """Put the ledger and the keys from FILE, which “trax backup” wrote, into the workspace's database.

    Every mailing that was not at its end is paused, and whoever was not settled in it is uncertain: they may
    have got it after the backup was made. From a ledger that is replaced, who left or is suppressed, what it
    knows of those deliveries, and its keys are taken over.
    """
    from trax_mailer.cli import output
    from trax_mailer.cli.progress import progress_bar
    from trax_mailer.workflows.restore import restore_backup

    with progress_bar("Restoring", shown=not as_json) as advance:
        done = restore_backup(workspace_of(ctx), file, replace=replace, progress=advance)
    if as_json:
        output.print_json(_to_data(done))
    else:
        output.console.print("\n".join(_in_words(done)), markup=False)


def _in_words(done: Restored) -> list[str]:
    lessons = done.lessons
    lines = [f"Restored from the backup of {done.made_at:%Y-%m-%d %H:%M} UTC. Nothing is sent by itself."]
    if done.paused:
        numbers = ", ".join(map(str, done.paused))
        lines.append(f"Paused: mailing {numbers}; {done.uncertain:,} readers in them are uncertain.")
        lines.append("Settle those first, with: trax resolve MAILING")
    if done.kept:
        lines.append("Kept as it was before: " + ", ".join(map(str, done.kept)))
        lines.append(
            f"Taken over from there: {lessons.departed:,} who left, {lessons.suppressed:,} suppressed, "
            f"{lessons.settled:,} deliveries settled, {lessons.erased:,} erased, {lessons.moved:,} new "
            f"addresses, {lessons.untracked:,} choices not to be tracked."
        )
    if lessons.unread:
        lines.append(f"It is damaged, and this could not be taken over: {', '.join(lessons.unread)}.")
        lines.append(
            "Suppress by hand whoever is known to have left since: trax subscribers suppress ADDRESS"
        )
    if lessons.newcomers:
        lines.append(f"Not taken over: {lessons.newcomers:,} readers who joined after the backup was made.")
    return lines + [
        f"Not known any more: mailing {one.id}, No {one.issue_number} to “{one.list_name}”, {one.state}. "
        "Sending that issue again would mail its readers twice."
        for one in lessons.unknown
    ]


def _to_data(done: Restored) -> dict[str, object]:
    lessons = done.lessons
    return {
        "made_at": done.made_at.isoformat(),
        "paused": list(done.paused),
        "uncertain": done.uncertain,
        "kept": [str(path) for path in done.kept],
        "departed": lessons.departed,
        "suppressed": lessons.suppressed,
        "settled": lessons.settled,
        "erased": lessons.erased,
        "moved": lessons.moved,
        "untracked": lessons.untracked,
        "newcomers": lessons.newcomers,
        "unknown_mailings": [one.id for one in lessons.unknown],
        "unread": list(lessons.unread),
    }
