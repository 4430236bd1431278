"""The errors a person can meet. Each says what happened, where, and what to do.

TraxError
├── Refused            the person asked for something that must not be done now; says why
│   └── Conflict       someone or something else holds what is needed (a lock, a name)
├── BadOption          what was given with a command cannot be understood
├── BadFile            a file cannot be used; carries findings with file:line:column
├── BadWorkspace       the folder is no workspace, or its trax.yaml is incomplete
├── BadState           the state directory or its database cannot be used
│   └── Away           the database does not answer; it may again in a moment
└── ProviderError      a mail server or provider answered, and the answer stops the mailing
    └── Forbidden      the key may not do that; it may do other things
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trax_mailer.model.finding import Finding


class TraxError(Exception):
    """Something a person has to act on.

    `message` says what happened; `advice` says what to do about it. Neither may hold a secret
    or more than one reader's address.
    """

    exit_code = 1

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message}\n{self.advice}" if self.advice else self.message


class Refused(TraxError):
    """The request is understood and must not be carried out now."""

    exit_code = 3


class Conflict(Refused):
    """Somebody else holds the lock, the name or the mailing that is needed."""


class BadOption(TraxError):
    """What the person gave with a command, such as a time, cannot be understood."""

    exit_code = 2


class BadFile(TraxError):
    """A file cannot be used as it stands. `findings` hold every problem, with its place."""

    exit_code = 2

    def __init__(self, message: str, *, findings: Sequence[Finding] = (), advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.findings = tuple(findings)


class BadWorkspace(BadFile):
    """The folder is not a workspace, or its trax.yaml cannot be used."""


class BadState(TraxError):
    """The state directory, its database or its key ring cannot be used."""

    exit_code = 4


class Away(BadState):
    """The database cannot be reached, or is starting or stopping. Trying again later may work.

    Where it is met at the end of a transaction, nobody knows whether that was committed.
    """


class ProviderError(TraxError):
    """The mail server or provider refused in a way that stops the mailing."""

    exit_code = 5


class Forbidden(ProviderError):
    """The provider knows the key, and says that it may not do this one thing."""
