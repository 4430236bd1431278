"""What lay in a mailbox of bounces, as the command line shows it: numbers, and readers by their number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from trax_mailer.cli import output

if TYPE_CHECKING:
    from trax_mailer.workflows.bounces import Found

_SHOWN = 100
_WORDS = {
    "bounce": "delivery reports",
    "complaint": "complaints",
    "leaving": "wishes to leave",
    "auto-reply": "absence notices and other machines' answers",
    "challenge": "challenges to prove to be a person",
    "answer": "answers to a mail of ours",
    "unclear": "not understood",
    "other": "anything else",
}


def print_found(found: Found, *, zone: ZoneInfo, dry_run: bool) -> None:
    """Print it; times in `zone`."""
    out = output.console
    if not found.messages:
        out.print("No new message.")
        return
    table = output.table("in the mailbox", "messages", right=("messages",))
    for kind, words in _WORDS.items():
        count = sum(number for one, number in found.messages.items() if one.value == kind)
        if count:
            table.add_row(words, f"{count:,}")
    out.print(table)
    out.print(f"{found.new:,} reports were not known before.")
    if found.unknown:
        words = "name no copy of ours, and nobody who was mailed in the two weeks before"
        out.print(f"{found.unknown:,} reports {words}.")
    if found.unproven:
        out.print(
            f"{found.unproven:,} reports name another address than their message went to: not believed."
        )
    _print_consequences(found)
    _print_to_look_at(found, zone)
    if dry_run:
        out.print("Nothing was changed (--dry-run).")


def _print_consequences(found: Found) -> None:
    out = output.console
    if not found.consequences and not found.left:
        out.print("Nothing follows for any reader.")
    for one in found.consequences[:_SHOWN]:
        out.print(
            f"  {one.delivery:<12} {one.state}{', suppressed' if one.suppressed else ''} "
            f"({_names(one.lists, found)}): {output.escape(one.reason)}"
        )
    for delivery in found.left[:_SHOWN]:
        out.print(f"  {delivery:<12} unsubscribed: asked by mail to leave")
    more = max(0, len(found.consequences) - _SHOWN) + max(0, len(found.left) - _SHOWN)
    if more:
        out.print(f"  … and {more:,} more: --json names them all")


def _print_to_look_at(found: Found, zone: ZoneInfo) -> None:
    out = output.console
    if found.to_look_at:
        out.print(f"A person has to look at {len(found.to_look_at):,}:")
    for one in found.to_look_at[:_SHOWN]:
        at = one.at.astimezone(zone)
        out.print(f"  {output.escape(one.place)}, {at:%Y-%m-%d %H:%M}: {output.escape(one.reason)}")
    if len(found.to_look_at) > _SHOWN:
        out.print(f"  … and {len(found.to_look_at) - _SHOWN:,} more: --json names them all")


def _names(lists: tuple[int, ...], found: Found) -> str:
    return output.escape(", ".join(f"“{found.lists.get(one, one)}”" for one in lists))


def found_to_data(found: Found, *, dry_run: bool) -> dict[str, Any]:
    """What was found, as plain data."""
    return {
        "dry_run": dry_run,
        "messages": {kind.value: count for kind, count in sorted(found.messages.items())},
        "new_reports": found.new,
        "unknown": found.unknown,
        "unproven": found.unproven,
        "consequences": [
            {
                "delivery": one.delivery,
                "state": one.state.value,
                "lists": [found.lists.get(list_id, str(list_id)) for list_id in one.lists],
                "suppressed": one.suppressed,
                "reason": one.reason,
            }
            for one in found.consequences
        ],
        "left": found.left,
        "to_look_at": [
            {"place": one.place, "at": one.at.isoformat(), "reason": one.reason} for one in found.to_look_at
        ],
    }
