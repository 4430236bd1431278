"""The command line: takes words, calls one workflow, prints what it returns.

Never holds a rule of its own: what may be sent, to whom and when is decided in workflows and below.
Exit codes: 0 done · 1 something went wrong · 2 a file or an option cannot be used · 3 refused, with the
reason · 4 the state directory cannot be used · 5 the mail server or provider refused · 130 interrupted.
"""

from __future__ import annotations

import sys

from trax_mailer.errors import BadFile, TraxError


def main() -> None:
    """Run `trax` and end the process with an exit code that means something."""
    import click

    from trax_mailer.cli.app import trax

    try:
        sys.exit(trax.main(standalone_mode=False) or 0)
    except click.exceptions.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    except TraxError as error:
        _show(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        _let_go_of_output()
        sys.exit(1)
    except OSError as error:
        _let_go_of_output()
        where = f" ({error.filename})" if error.filename else ""
        click.echo(f"The system refused: {error.strerror or error}{where}.", err=True)
        sys.exit(1)


def _let_go_of_output() -> None:
    """Keep Python from writing at exit what nobody takes any more: a closed pipe, a full disk."""
    import os

    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def _show(error: TraxError) -> None:
    from trax_mailer.cli.output import print_error, print_findings

    if isinstance(error, BadFile):
        print_findings(error.findings, to_stderr=True)
    print_error(error)
