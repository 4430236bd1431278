"""`trax subscribers set` and `trax subscribers tag`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from trax_mailer.cli.opening import workspace_of


def pairs(words: Sequence[str]) -> dict[str, str]:
    """The values by name of words like `role=NGO`. Raises UsageError for other words."""
    found: dict[str, str] = {}
    for one in words:
        name, equals, value = one.partition("=")
        if not equals or not name.strip():
            raise click.UsageError(f"“{one}” says nothing: write NAME=VALUE, such as role=NGO.")
        if name.strip() in found:
            raise click.UsageError(f"“{name.strip()}” is set twice.")
        found[name.strip()] = value.strip()
    return found


@click.command("set", short_help="Set a reader's name, language, fields, and whether they are tracked.")
@click.argument("address")
@click.argument("values", nargs=-1, metavar="[NAME=VALUE...]")
@click.option(
    "--untracked/--tracked",
    "untracked",
    default=None,
    help="Send them plain links and count nothing, whatever the list does; or as the list has it.",
)
@click.option("--list", "list_name", default=None, help="On this list alone, with --untracked or --tracked.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def set_command(
    ctx: click.Context,
    *,
    address: str,
    values: tuple[str, ...],
    untracked: bool | None,
    list_name: str | None,
    as_json: bool,
) -> None:
    """Set what is known of the reader ADDRESS: name=…, language=…, or any field, such as role=NGO.

    Nothing after the “=” takes the field away. Change an address with: trax subscribers move

    --untracked holds from the next mailing on; what was kept of their reading is deleted. Where a reader
    chose it themselves, --tracked is refused.
    """
    from trax_mailer.cli import output
    from trax_mailer.workflows.staff import describe, track

    said = pairs(values)
    if {"email", "address"} & said.keys():
        raise click.UsageError("An address is changed with: trax subscribers move OLD NEW")
    if not said and untracked is None:
        raise click.UsageError("Say what to set: NAME=VALUE, --untracked or --tracked.")
    if list_name is not None and untracked is None:
        raise click.UsageError("--list belongs to --untracked and --tracked: values hold for every list.")
    workspace = workspace_of(ctx)
    lists = [] if untracked is None else track(workspace, address, untracked=untracked, list_name=list_name)
    changed = bool(said) and describe(workspace, address, said)
    changed = changed or bool(lists)
    if as_json:
        output.print_json({"address": address, "changed": changed})
    else:
        words = "Set." if changed else "It was so already: nothing changed."
        output.console.print(f"{address}: {words}", markup=False)


@click.command(
    "tag",
    short_help="Put tags on a reader, and take others off.",
    # No -h for help: -human is a tag.
    context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]},
)
@click.argument("address")
@click.argument("tags", nargs=-1, required=True, metavar="+TAG|-TAG...", type=click.UNPROCESSED)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def tag_command(ctx: click.Context, *, address: str, tags: tuple[str, ...], as_json: bool) -> None:
    """Put tags on the reader ADDRESS and take others off: +press -ngo. Segments may use them."""
    from trax_mailer.cli import output
    from trax_mailer.workflows.staff import tag

    put = [one[1:] for one in tags if one.startswith("+")]
    take = [one[1:] for one in tags if one.startswith("-")]
    for one in tags:
        if not one.startswith(("+", "-")):
            raise click.UsageError(f"“{one}”: write +{one} to put it on, -{one} to take it off.")
    if both := sorted(set(put) & set(take)):
        raise click.UsageError(f"“{both[0]}” cannot be put on and taken off at once.")
    changed = tag(workspace_of(ctx), address, put=put, take=take)
    if as_json:
        output.print_json({"address": address, "changed": changed})
    else:
        words = "Tagged." if changed else "It was so already: nothing changed."
        output.console.print(f"{address}: {words}", markup=False)
