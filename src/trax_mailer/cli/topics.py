"""`trax subscribers topics`."""

from __future__ import annotations

import click

from trax_mailer.cli.opening import workspace_of


@click.command("topics")
@click.argument("address")
@click.argument("topics", required=False)
@click.option("--list", "list_name", required=True, help="The list that the choice is for.")
@click.option("--everything", is_flag=True, help="They want everything again.")
@click.option("--json", "as_json", is_flag=True, help="Print the choice as JSON.")
@click.pass_context
def topics_command(
    ctx: click.Context, *, address: str, topics: str | None, list_name: str, everything: bool, as_json: bool
) -> None:
    """Show which topics the reader at ADDRESS wants, or note TOPICS for them, such as jobs,trainings.

    They then get the sections of these topics, and those that belong to none. An issue with nothing of
    their topics is not sent to them. Holds for every mailing that starts from now on.
    """
    from trax_mailer.cli import output
    from trax_mailer.workflows.topics import named_topics, set_topics, topics_of_reader

    if topics is not None and everything:
        raise click.UsageError("Name topics, or say --everything.")
    if topics is not None and not topics.strip(", "):
        raise click.UsageError("No topic is named. For all of them, say --everything.")
    workspace = workspace_of(ctx)
    if topics is None and not everything:
        chosen, changed = topics_of_reader(workspace, address, list_name=list_name), False
    else:
        chosen = named_topics(workspace.settings, topics or "")
        changed = set_topics(workspace, address, chosen, list_name=list_name)
    if as_json:
        output.print_json({"list": list_name, "topics": list(chosen), "changed": changed})
        return
    titles = {topic.name: topic.title for topic in workspace.settings.topics}
    named = ", ".join(f"{titles.get(name, 'not in trax.yaml any more')} ({name})" for name in chosen)
    now = " from now on" if changed else ""
    words = f"{address} wants {named or 'everything'} from “{list_name}”{now}."
    output.console.print(words, markup=False)
