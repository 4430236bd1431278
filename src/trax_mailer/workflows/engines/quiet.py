"""Keeping libraries from logging, with tracebacks, what the distributed engine tells in words."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from typing import Any

import psycopg
from procrastinate.exceptions import ConnectorException

_LOGGERS = ("procrastinate", "psycopg", "psycopg.pool")


@contextlib.contextmanager
def quiet_logs() -> Iterator[None]:
    """Only what is critical is logged by the libraries until the end of the block."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def pass_over_the_database(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A job whose end could not be written is cleaned up by a sweep: nobody needs to read that."""
    if not isinstance(context.get("exception"), (ConnectorException, psycopg.Error)):
        loop.default_exception_handler(context)
