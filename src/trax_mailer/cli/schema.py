"""`trax schema`."""

from __future__ import annotations

import click

from trax_mailer.cli.opening import workspace_of


@click.command("schema", short_help="Print the JSON Schema with which editors complete the files.")
@click.option("--settings", "of_settings", is_flag=True, help="The schema of trax.yaml, not of an issue.")
@click.option("--segments", "of_segments", is_flag=True, help="The schema of a segment's file.")
@click.pass_context
def schema_command(ctx: click.Context, *, of_settings: bool, of_segments: bool) -> None:
    """Print the JSON Schema of an issue, with this workspace's own section types.

    Editors with YAML support then complete and check the file as it is typed. Save it once:

      trax schema > issue.schema.json

    and begin an issue with: # yaml-language-server: $schema=../../issue.schema.json
    """
    from trax_mailer.cli.output import print_json
    from trax_mailer.workflows.check import schema_of_issue, schema_of_settings
    from trax_mailer.workflows.segments import schema_of_segment

    if of_settings and of_segments:
        raise click.UsageError("--settings and --segments are two schemas: give one of them.")
    if of_segments:
        print_json(schema_of_segment())
        return
    print_json(schema_of_settings() if of_settings else schema_of_issue(workspace_of(ctx)))
