"""Fixtures that tests of several packages share."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from postgres import PostgresServer, find_binaries, require

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def _find_chromium():
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def _install_chromium():
    """Debian's package, by one process at a time; returns why it could not be installed."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return "Chromium is not installed, and only root can install Debian's package"
    with (Path(tempfile.gettempdir()) / "trax-mailer-chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _find_chromium():
            return ""
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (
            ["apt-get", "update"],
            ["apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-noto-core"],
        ):
            done = subprocess.run(
                command, check=False, env=environment, capture_output=True, text=True, timeout=900
            )
            if done.returncode != 0:
                return f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}"
    return ""


@pytest.fixture(scope="session", autouse=True)
def terminal():
    """Tests and their processes hear Ctrl-C and the end of a terminal.

    The test run itself may be under nohup, or in a script's background, where both are ignored.
    """
    usual = {signal.SIGHUP: signal.SIG_DFL, signal.SIGINT: signal.default_int_handler}
    before = {number: signal.signal(number, handler) for number, handler in usual.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def chromium():
    """The path of Chromium, installed where it is missing. In CI, a test never does without it."""
    reason = "" if _find_chromium() else _install_chromium()
    path = _find_chromium()
    if path is None:
        reason = reason or "Chromium was installed and is not on the PATH"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.fixture(scope="module")
def browser(chromium):
    """A running Chromium. Of the module, not the session: playwright keeps an event loop running."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def postgres():
    """A running PostgreSQL of this test run alone. In CI, a test never does without it."""
    require("postgresql", find_binaries)
    with PostgresServer() as server:
        yield server


@pytest.fixture
def database(postgres):
    """An empty PostgreSQL database, as settings."""
    made = postgres.new_database()
    yield made
    postgres.drop_database(made.url.rsplit("/", 1)[1])


@pytest.fixture
def server_place(postgres):
    """A PostgreSQL database with the tables of an empty ledger, as settings."""
    made = postgres.new_ledger()
    yield made
    postgres.drop_database(made.url.rsplit("/", 1)[1])
