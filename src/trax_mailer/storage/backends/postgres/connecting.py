"""How each connection is made: time-outs, keepalives, and a session in which nothing is left to chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trax_mailer.errors import BadState
from trax_mailer.settings import DatabaseSettings
from trax_mailer.storage.backends.base import BUSY_SECONDS

if TYPE_CHECKING:
    import psycopg

_CLIENT = {
    "connect_timeout": "10",
    "client_encoding": "utf8",
    "fallback_application_name": "trax",
    # A server that is gone is noticed after some ten seconds.
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "11000",
}
"""What the address may say otherwise (https://www.postgresql.org/docs/current/libpq-connect.html)."""

_SESSION = {
    "lock_timeout": f"{BUSY_SECONDS}s",
    "statement_timeout": "15min",
    "idle_in_transaction_session_timeout": "3min",
    # A client whose host is gone is noticed as fast, and its locks with it.
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "11s",
    "timezone": "UTC",
    "datestyle": "ISO",
}
_SETTING = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in _SESSION.items())
# What is committed must be on the disk, whatever the role or the database is set to.
_DURABLE = (
    "CASE current_setting('synchronous_commit') "
    "WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END"
)
_SET_UP = f"SELECT pg_backend_pid(), {_SETTING}, {_DURABLE}"


class Address:
    """Where the database is and how to get in. Shows its place, never its password."""

    def __init__(self, database: DatabaseSettings) -> None:
        """Read the address. Raises BadState where the driver is missing or the address cannot be read."""
        self._password = database.password
        self._parameters = _CLIENT | _read(database.url)
        host = self._parameters.get("host") or self._parameters.get("hostaddr") or "this machine"
        self.is_pooled = False
        """Whether something stood between the server and the connections that were made so far."""
        self.where = f"“{self._parameters.get('dbname', '')}” on {host}"

    def connect(self, name: str) -> psycopg.Connection[Any]:
        """A connection outside any pool, in autocommit. Raises psycopg.Error."""
        import psycopg

        parameters = dict(self._parameters)
        self.fill_in(None, None, (), parameters)
        parameters["application_name"] = name
        connection = psycopg.connect(**parameters, autocommit=True)
        try:
            connection.execute(_SET_UP)
        except BaseException:
            connection.close()
            raise
        return connection

    def fill_in(self, _dialect: object, _record: object, _words: object, parameters: dict[str, Any]) -> None:
        """Give the driver the parameters and, at the last moment, the password."""
        parameters.update(self._parameters)
        if self._password:
            parameters["password"] = self._password.reveal()

    def set_up(self, connection: psycopg.Connection[Any], _record: object) -> None:
        """Make the session that of every other connection."""
        from trax_mailer.storage.backends.postgres.text import PlainText

        connection.adapters.register_dumper(str, PlainText)
        connection.autocommit = True  # or a rollback would take the settings back
        row = connection.execute(_SET_UP).fetchone()
        if row is None or row[0] != connection.info.backend_pid:
            self.is_pooled = True
        connection.autocommit = False

    def conceal(self, words: str) -> str:
        """The words without the password, whoever put it there."""
        secret = self._password.reveal()
        return words.replace(secret, "***") if secret else words

    def __repr__(self) -> str:
        return f"Address({self.where})"


def _read(url: str) -> dict[str, Any]:
    try:
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict
    except ImportError:
        raise BadState(
            "A ledger in PostgreSQL needs the driver for it, which is not installed.",
            advice="Install it with: pip install trax-mailer[postgres]",
        ) from None
    try:
        parameters = conninfo_to_dict(url)
    except ProgrammingError:
        # The driver's words repeat the address, and a password may stand in it where none is expected.
        raise BadState(
            "The address of the database cannot be read.",
            advice="Write it like postgresql://trax@db.example.org/trax, without a password.",
        ) from None
    return {name: value for name, value in parameters.items() if value is not None}
