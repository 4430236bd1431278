"""`trax subscribers`: a module for each thing that staff do with readers.

Takes words, calls one workflow, prints what it returns. Never decides who may be brought back, and never
shows more addresses than were asked for.
"""

from __future__ import annotations

import click

from trax_mailer.cli.lazy import LazyGroup

COMMANDS: dict[str, tuple[str, str]] = {
    "import": ("importing", "Import readers from a file, whatever system wrote it."),
    "list": ("subscribers.listing", "List readers, by list, state, tag or words."),
    "show": ("subscribers.showing", "Show everything that is held on a reader."),
    "history": ("subscribers.history", "Show each state of a reader: when, by whom, and how."),
    "add": ("subscribers.adding", "Subscribe one reader, and say how they agreed."),
    "set": ("subscribers.describing", "Set a reader's name, language and fields."),
    "tag": ("subscribers.describing", "Put tags on a reader, and take others off."),
    "topics": ("topics", "Show which topics a reader wants, or note others."),
    "move": ("subscribers.moving", "Change a reader's address."),
    "unsubscribe": ("subscribers.leaving", "Take a reader off a list, or off everything."),
    "suppress": ("subscribers.keeping_out", "Never mail an address again."),
    "unsuppress": ("subscribers.keeping_out", "Let an address be mailed again, with the reason."),
    "erase": ("subscribers.erasing", "Erase a reader for good, at their wish."),
    "export": ("subscribers.exporting", "Write readers to a file, or one person's data."),
}
"""Name of each command → its module in `cli` and the line that help shows."""


@click.group(
    "subscribers",
    cls=LazyGroup,
    table=COMMANDS,
    short_help="Import, find, change, unsubscribe, export and erase readers.",
)
def subscribers_command() -> None:
    """Work with readers: import them, find them, change them, let them go.

    Nobody who left, bounced, complained or was erased is brought back by any of these: only their own
    confirmation does that. Each change is kept with who made it; see trax audit.
    """
