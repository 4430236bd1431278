"""A group of commands that imports a command's module only when that command is called."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

Table = Mapping[str, tuple[str, str]]
"""Name of each command → its module in `cli`, which has `<name>_command`, and the line that help shows."""


class LazyGroup(click.Group):
    """A group of the commands in `table`; a near miss is answered with the likely name."""

    def __init__(self, *arguments: Any, table: Table, **options: Any) -> None:  # noqa: ANN401 - click's own
        super().__init__(*arguments, **options)
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own signature
        """The commands, in the order in which they are used."""
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, imported now."""
        if cmd_name not in self._table:
            return None
        module = importlib.import_module(f"trax_mailer.cli.{self._table[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the words name."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as wrong:
            import difflib

            near = difflib.get_close_matches(args[0], self._table, n=1)
            if not near:
                raise
            raise click.UsageError(f"{wrong.message} Did you mean “{near[0]}”?", ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in self._table.items()])
