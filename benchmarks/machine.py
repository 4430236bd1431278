"""The machine and the versions that a figure was measured with."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sqlite3
from pathlib import Path

from benchmarks import postgres

_PACKAGES = ("trax-mailer", "sqlalchemy", "psycopg", "procrastinate", "sendgrid", "uvloop")


def machine() -> dict[str, str]:
    """What was measured on, by name: cores, processor, memory, system, Python, databases, packages."""
    return {
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "processor": _processor(),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "sqlite": sqlite3.sqlite_version,
        "postgresql": _postgresql(),
        **{name: version for name in _PACKAGES if (version := _version(name))},
    }


def in_words() -> str:
    """The machine on one line."""
    known = machine()
    head = f"{known['cores']} cores, {known['processor']}, {known['memory']}, {known['system']}"
    rest = [f"{name} {value}" for name, value in known.items()][4:]
    return f"{head}; {', '.join(rest)}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _postgresql() -> str:
    try:
        return postgres.version()
    except FileNotFoundError:
        return "not installed"


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""
