"""Checks: what a person should know about an issue before readers see it.

Takes an `Issue` and its `Edition`, returns findings, each at the line it is about. One file a
check; `CHECKS` is the whole list. Checks never change anything, never open a connection and never
look at a clock: `today` is given. They read no file but the issue's own, to show its lines.
"""

from trax_mailer.checks.running import CHECKS, run_checks

__all__ = ["CHECKS", "run_checks"]
