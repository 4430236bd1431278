"""The `trax` command: its options, and its sub-commands, each imported only when called."""

from __future__ import annotations

from pathlib import Path

import click

from trax_mailer.cli.lazy import LazyGroup

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("workspace", "Make a new workspace in a folder."),
    "new": ("workspace", "Start the next issue."),
    "check": ("check", "Check an issue and say everything that is wrong with it."),
    "preview": ("preview", "Show an issue in the browser, updated as you save it."),
    "render": ("render", "Write an issue as .html, .txt and .eml files."),
    "subscribers": ("subscribers", "Import, find, change, unsubscribe, export and erase readers."),
    "lists": ("lists", "Show the lists and how many readers each has; make and change them."),
    "audit": ("audit", "Show who changed what about readers and lists, and when."),
    "suppressions": ("suppressions", "Addresses never to be mailed: look, sync with SendGrid, lift."),
    "segments": ("segments", "Show, check and count the saved segments of the lists."),
    "send": ("send", "Send an issue to a list, now or at a time; or one test mail to yourself."),
    "status": ("status", "Show the mailings, their proof, and who was not reached."),
    "report": ("report", "Show what became of an issue, or of all of them."),
    "links": ("links", "Show the links of a sent issue, or lead one of them elsewhere."),
    "verdicts": ("verdicts", "Show whether people or machines made the visits of an issue."),
    "tracking": ("tracking", "Show what is kept of readers' visits, or change it for a list."),
    "pause": ("control", "Pause a mailing: no call starts any more."),
    "resume": ("control", "Go on with a mailing, through another transport if need be."),
    "cancel": ("control", "Call a mailing off, for good."),
    "retry": ("control", "Try those again who failed in a mailing."),
    "resolve": ("resolve", "Decide about readers who may have a mailing, or not."),
    "bounces": ("bounces", "Read the mailbox of bounces, and do what follows for readers."),
    "doctor": ("doctor", "Look at a provider's account: what is missing, and what to do."),
    "serve": ("serve", "Run the public pages: subscribe, unsubscribe, pictures, browser view."),
    "worker": ("worker", "Send what is scheduled or under way, on this host or on many."),
    "rehearse": ("rehearse", "Send an issue to a pretend receiver on this machine, for proof."),
    "backup": ("backup", "Write the ledger and its keys into one file, also while sending."),
    "restore": ("backup", "Put a backup in the place of the ledger; nothing is sent by it."),
    "db": ("db", "Move the ledger to another database."),
    "keys": ("keys", "Show the keys that sign links, or add one."),
    "schema": ("schema", "Print the JSON Schema with which editors complete the files."),
}
"""Name of each command → its module in this package and the line `trax --help` shows."""


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every command explains itself: trax COMMAND --help.",
)
@click.option(
    "--workspace",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="The folder with trax.yaml. Default: this folder or the nearest one above it.",
)
@click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="The state directory, with the readers and the ledger. Default: what trax.yaml says, or your "
    "own data folder.",
)
@click.version_option(package_name="trax-mailer", prog_name="trax")
@click.pass_context
def trax(ctx: click.Context, *, workspace: Path | None, state: Path | None) -> None:
    """Write, check, preview and send a newsletter that lives in plain files."""
    ctx.obj = {"workspace": workspace, "state": state}
