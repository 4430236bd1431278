"""A ledger in a PostgreSQL database, for workers on many hosts, through psycopg 3.

Takes the address and the password apart, returns a backend. Never puts the password into a URL, an
error or a log, and never works through a pooler that shares one session between clients.
"""

from trax_mailer.storage.backends.postgres.backend import PostgresBackend

__all__ = ["PostgresBackend"]
