import smtplib
from contextlib import contextmanager

import pytest

from trax_mailer.rehearsal import read_entries, sink_thread


@pytest.fixture
def record(tmp_path):
    """Where the sink of the test writes."""
    return tmp_path / "record.tsv"


@pytest.fixture
def entries(record):
    """What the sink wrote, as (took, delivery, address)."""
    return lambda: [(one.took, one.delivery, one.address) for one in read_entries(record)]


@pytest.fixture
def smtp(record):
    """A client of a sink with these faults."""

    @contextmanager
    def connected(faults=None):
        with sink_thread("smtp", record, faults) as port:
            client = smtplib.SMTP("127.0.0.1", port, timeout=2)
            try:
                yield client
            finally:
                client.close()

    return connected
