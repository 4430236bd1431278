"""`trax db`: the database that the ledger is in."""

from __future__ import annotations

import click

from trax_mailer.cli.opening import workspace_of


@click.group("db", short_help="Move the ledger to another database.")
def db_command() -> None:
    """Move the ledger to another database: from the file in the state directory to PostgreSQL, or back."""


@db_command.command("copy")
@click.option(
    "--to",
    required=True,
    metavar="ADDRESS",
    help="postgresql://user@host/name, or “sqlite” for the file in the state directory.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def copy_command(ctx: click.Context, *, to: str, as_json: bool) -> None:
    """Copy the ledger from the workspace's database into an empty one; everything, or nothing.

    Stop trax serve and trax worker first. The password stands in the environment, as TRAX_DATABASE_PASSWORD,
    or in ~/.pgpass. The present ledger stays as it is; say in trax.yaml afterwards which one counts.
    """
    from trax_mailer.cli import output
    from trax_mailer.cli.progress import progress_bar
    from trax_mailer.errors import BadOption
    from trax_mailer.workflows.copying import copy_ledger

    if not to.strip():  # of a script whose variable is not set
        raise BadOption(
            "No database is named to copy to.", advice="Give its address, or “sqlite”, after --to."
        )
    with progress_bar("Copying", shown=not as_json) as advance:
        done = copy_ledger(workspace_of(ctx), to, progress=advance)
    if as_json:
        output.print_json({"database": done.database, "rows": dict(done.counts)})
        return
    output.console.print(
        f"Copied {done.counts['subscriber']:,} readers, {done.counts['mailing']:,} mailings and "
        f"{done.counts['delivery']:,} deliveries.",
        markup=False,
    )
    if done.database:
        output.console.print(
            f"Now write in trax.yaml, before anything else is done:\n\n    database: {done.database}\n\n"
            "The file keys.json stays in the state directory; every host that sends or serves needs it.",
            markup=False,
        )
    else:
        output.console.print(
            "Now take “database” out of trax.yaml, and TRAX_DATABASE out of the environment, before anything "
            "else is done.",
            markup=False,
        )
