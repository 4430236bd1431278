"""What tests of the ledger do to it, in this process and in others."""

import os
import subprocess
import sys
from contextlib import contextmanager

from sqlalchemy import func, insert, select

from trax_mailer.storage import schema

OPEN = """
import os, sys
from pathlib import Path
from trax_mailer.settings import DatabaseSettings, Secret
from trax_mailer.storage import open_ledger
database = DatabaseSettings(
    url=os.environ["TRAX_DATABASE"], password=Secret(os.environ["TRAX_DATABASE_PASSWORD"])
)
ledger = open_ledger(Path(sys.argv[1]), database)
"""
"""How another process opens the ledger of `state` and `place`; the program goes on below it."""


@contextmanager
def process(program, state, place, *arguments):
    """That program, run by another process."""
    environment = {
        **os.environ,
        "TRAX_DATABASE": place.url if place else "",
        "TRAX_DATABASE_PASSWORD": place.password.reveal() if place else "",
    }
    started = subprocess.Popen(
        [sys.executable, "-c", OPEN + program, str(state), *arguments],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield started
    finally:
        started.kill()
        started.communicate(timeout=60)


def add_list(connection, name, now):
    connection.execute(insert(schema.mailing_list).values(name=name, created_at=now))


def count_lists(ledger):
    with ledger.read() as connection:
        return connection.scalar(select(func.count()).select_from(schema.mailing_list))
