"""`trax subscribers add`."""

from __future__ import annotations

import click

from trax_mailer.cli.opening import workspace_of


@click.command("add", short_help="Subscribe one reader, and say how they agreed.")
@click.argument("address")
@click.option("--list", "list_name", required=True, help="The list they join; it must exist.")
@click.option(
    "--consent",
    default="",
    metavar="WORDS",
    help="How and when they agreed, such as “signed up at the side event on 3 March”; kept as evidence.",
)
@click.option("--name", default="", help="Their name.")
@click.option("--language", default="", help="The tag of their language, such as fr.")
@click.option("--field", "fields", multiple=True, metavar="NAME=VALUE", help="A field; may be repeated.")
@click.option("--tag", "tags", multiple=True, help="A tag; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def add_command(
    ctx: click.Context,
    *,
    address: str,
    list_name: str,
    consent: str,
    name: str,
    language: str,
    fields: tuple[str, ...],
    tags: tuple[str, ...],
    as_json: bool,
) -> None:
    """Subscribe ADDRESS to a list, on your word that they agreed.

    Without --consent, they are asked by a mail to confirm, and are subscribed once they do.

    Somebody who left, bounced, complained, is suppressed or was erased is refused: only their own
    confirmation brings them back.
    """
    from trax_mailer.cli import output
    from trax_mailer.cli.subscribers.describing import pairs
    from trax_mailer.workflows.staff import Wish, add

    wish = Wish(
        address=address,
        list_name=list_name,
        name=name,
        language=language,
        fields=pairs(fields),
        tags=tags,
    )
    done = add(workspace_of(ctx), wish, consent=consent)
    if as_json:
        output.print_json({"address": address, "list": list_name, "result": done.value})
    elif done.value == "asked":
        output.console.print(
            f"{address} is asked by mail to confirm, while “trax serve” or “trax worker” runs; until then "
            "they get nothing else.",
            markup=False,
        )
    elif done.value == "joined":
        output.console.print(f"{address} is on the list “{list_name}” now.", markup=False)
    else:
        output.console.print(
            f"{address} was on the list “{list_name}” already; what you said is noted.", markup=False
        )
