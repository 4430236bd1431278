import asyncio
import logging

import psycopg
import pytest

from trax_mailer.workflows.engines.quiet import pass_over_the_database, quiet_logs


def test_libraries_log_again_when_the_block_has_ended(caplog):
    logger = logging.getLogger("psycopg.pool")
    with quiet_logs():
        logger.error("a lost connection")
    assert caplog.text == ""
    logger.error("something else")
    assert "something else" in caplog.text


@pytest.mark.parametrize(
    ("error", "logged"), [(psycopg.OperationalError("gone"), False), (ZeroDivisionError(), True)]
)
def test_error_of_the_loop_is_logged_when_it_is_not_the_database(caplog, error, logged):
    loop = asyncio.new_event_loop()
    try:
        pass_over_the_database(loop, {"message": "A job ended with an error", "exception": error})
    finally:
        loop.close()
    assert bool(caplog.records) is logged
