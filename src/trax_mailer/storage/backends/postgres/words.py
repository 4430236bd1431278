"""What PostgreSQL and its driver say, in words for a person (SQLSTATE: its manual, appendix A)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolIsEmpty

from trax_mailer.errors import Away, BadState, Conflict, Refused, TraxError
from trax_mailer.storage.backends.base import BUSY_SECONDS

if TYPE_CHECKING:
    from trax_mailer.storage.backends.postgres.connecting import Address

_WAIT = "Wait until the import or the send under way has ended, then try again."
_AGAIN = "Try again in a moment; if it stays so, ask who runs the server."
_LOGIN = "Check the user in the address of the database, and TRAX_DATABASE_PASSWORD."
_RIGHTS = "Give trax's user a database of its own: CREATE DATABASE trax OWNER trax;"
_ROOM = "Run fewer workers or lanes, or raise max_connections on the server."

_STATES: dict[str, tuple[type[TraxError], str, str]] = {
    "55P03": (Conflict, f"has been written by another process for over {BUSY_SECONDS} seconds", _WAIT),
    "57014": (Conflict, "took too long to answer, and was told to stop", _AGAIN),
    "40001": (Conflict, "was changed by two processes at once", "Try again."),
    "40P01": (Conflict, "was changed by two processes at once", "Try again."),
    "25P03": (Away, "ended a transaction in which nothing had happened for minutes", "Try again."),
    "57P01": (Away, "is being stopped", _AGAIN),
    "57P02": (Away, "has crashed, and is starting again", _AGAIN),
    "57P03": (Away, "is starting or stopping", _AGAIN),
    "53300": (Away, "has no connection left", _ROOM),
    "53200": (BadState, "is out of memory", "Ask who runs the server."),
    "53100": (BadState, "cannot grow: the server's disk is full", "Make room on the server, then try again."),
    "58030": (BadState, "cannot be read or written: the server's disk fails", "Ask who runs the server."),
    "XX001": (BadState, "is damaged", "Ask who runs the server to restore it from a backup."),
    "XX002": (BadState, "is damaged", "Ask who runs the server to restore it from a backup."),
    "25006": (
        BadState,
        "cannot be written: it is read-only",
        "Connect to the primary server, not a standby.",
    ),
    "42501": (BadState, "does not let trax's user do that", _RIGHTS),
    "28P01": (BadState, "does not let trax in", _LOGIN),
    "28000": (BadState, "does not let trax in", _LOGIN),
    "3D000": (BadState, "does not exist", _RIGHTS),
    "22003": (Refused, "cannot hold so large a number", "Check the numbers."),
}

# Before a session is there, the server's answer has words only, and they may be in its own language.
_SAID = (
    (r"too many clients|connection slots|too many connections", "53300"),
    (r"starting up|shutting down|not (yet )?accepting connections|recovery mode", "57P03"),
    (r"authentication failed|no password|pg_hba\.conf|role .* (does not exist|is not permitted)", "28P01"),
    (r"database .* (does not exist|is not currently accepting)", "3D000"),
    (r"permission denied", "42501"),
)

_PLACE = re.compile(r"^(connection (failed|is bad): )?(connection to server (at|on) .*? failed: )?")


@contextmanager
def in_words(address: Address) -> Iterator[None]:
    """Turn errors of the database into Conflict (busy), Away (no answer now) or BadState, with advice."""
    # SQLAlchemy is loaded with the driver here, so that the driver's own errors can be named.
    import psycopg

    try:
        yield
    except PoolIsEmpty as error:
        raise Conflict(
            f"Every connection of this process to the database {address.where} is in use.", advice=_AGAIN
        ) from error
    except DBAPIError as error:
        if told := _told(error.orig, address):
            raise told from error
        raise
    except psycopg.Error as error:
        if told := _told(error, address):
            raise told from error
        raise


def _told(error: BaseException | None, address: Address) -> TraxError | None:
    import psycopg

    state = getattr(error, "sqlstate", None)
    lost = isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))
    said = _first_words(str(error))
    if state is None and lost:
        state = next((state for form, state in _SAID if re.search(form, said)), None)
    if told := _STATES.get(state or ""):
        kind, what, advice = told
        return kind(f"The database {address.where} {what}.", advice=advice)
    if lost and (state is None or state.startswith("08")):
        return Away(
            f"The database {address.where} cannot be reached: {address.conceal(said)}.",
            advice="Check that the server runs and that its address is right.",
        )
    return None


def _first_words(text: str) -> str:
    """The server's or the driver's reason, without where it was met."""
    fatal = text.rpartition("FATAL:")[2]
    line = next((line.strip() for line in fatal.splitlines() if line.strip()), "it gives no reason")
    return _PLACE.sub("", line).rstrip(".")
