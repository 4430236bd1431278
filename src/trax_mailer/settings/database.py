"""The address of the database: PostgreSQL, never with its password inside."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from trax_mailer.errors import BadWorkspace
from trax_mailer.settings.types import DatabaseSettings, Secret

_SCHEMES = {"postgresql", "postgres"}


def database_settings(url: str, environ: Mapping[str, str]) -> DatabaseSettings:
    """The database that TRAX_DATABASE or trax.yaml names; empty where neither does.

    Raises BadWorkspace for another kind of database and for an address with a password in it. Without
    TRAX_DATABASE_PASSWORD, PostgreSQL's own ways hold: ~/.pgpass, peer authentication.
    """
    chosen = environ.get("TRAX_DATABASE", "").strip() or url
    password = Secret(environ.get("TRAX_DATABASE_PASSWORD", ""))
    if not chosen:
        return DatabaseSettings()
    try:
        parts = urlsplit(chosen)
        secret = parts.password or "password" in {name for name, _value in parse_qsl(parts.query)}
        _ = parts.port
    except ValueError:
        raise BadWorkspace("The address of the database cannot be read.", advice=_FORM) from None
    if parts.scheme not in _SCHEMES or not parts.path.strip("/"):
        raise BadWorkspace("The address of the database names no PostgreSQL database.", advice=_FORM)
    if secret:
        raise BadWorkspace(
            "The address of the database holds a password.",
            advice="Take it out, and set it as TRAX_DATABASE_PASSWORD in the environment.",
        )
    return DatabaseSettings(url=chosen, password=password)


def named_database(url: str, environ: Mapping[str, str] | None = None) -> DatabaseSettings:
    """The database of that very address, whatever TRAX_DATABASE says, with the environment's password."""
    given = os.environ if environ is None else environ
    return database_settings(url, {"TRAX_DATABASE_PASSWORD": given.get("TRAX_DATABASE_PASSWORD", "")})


_FORM = "Write it like postgresql://trax@db.example.org/trax, without a password."
