"""Databases for migrations alone."""

import psycopg
import pytest
from sqlalchemy import create_engine


@pytest.fixture(params=[False, pytest.param(True, marks=pytest.mark.postgres)], ids=["file", "server"])
def engine(request, tmp_path):
    """An empty database of each kind."""
    if request.param:
        database = request.getfixturevalue("database")
        made = create_engine(
            "postgresql+psycopg://",
            creator=lambda: psycopg.connect(database.url, password=database.password.reveal()),
        )
    else:
        made = create_engine(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield made
    made.dispose()
