"""A PostgreSQL server of our own, on loopback, with its data in a temporary folder; stock settings.

Durable as it comes (fsync on): a benchmark without it would measure something nobody should run.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from trax_mailer.settings.types import DatabaseSettings

_FOLDERS = "usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin"


class PostgresServer:
    """`with PostgresServer() as server:` starts it; the end stops it and removes its data.

    Raises FileNotFoundError where PostgreSQL is not installed.
    """

    def __init__(self) -> None:
        self._programs = find_programs()
        self._folder = Path(tempfile.mkdtemp(prefix="trax-bench-pg-"))
        # PostgreSQL refuses to run as root.
        self._owner = _unprivileged() if os.geteuid() == 0 else None
        if self._owner:
            shutil.chown(self._folder, self._owner.pw_uid, self._owner.pw_gid)
        self._data = self._folder / "data"
        self.port = _free_port()

    def __enter__(self) -> Self:
        self._run("initdb", "-D", str(self._data), "-U", "trax", "-A", "trust", "-E", "UTF8", "--no-locale")
        settings = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder}"
        log = str(self._folder / "log")
        self._run("pg_ctl", "-D", str(self._data), "-l", log, "-w", "-t", "60", "-o", settings, "start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """The address of a database of this server."""
        return f"postgresql://trax@127.0.0.1:{self.port}/{database}"

    def settings(self, database: str) -> DatabaseSettings:
        """The same, as trax.yaml would name it."""
        return DatabaseSettings(url=self.url(database))

    def create(self, database: str, *, template: str = "template1") -> None:
        """Make a database, as a copy of `template` that nobody is connected to."""
        self._administer(f'CREATE DATABASE "{database}" TEMPLATE "{template}" STRATEGY FILE_COPY')

    def drop(self, database: str) -> None:
        """Remove a database."""
        self._administer(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def processor_seconds(self) -> float:
        """How long all its processes have computed so far, ended ones too (Linux; elsewhere 0)."""
        if not Path("/proc/self/stat").exists():
            return 0.0
        first = int((self._data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
        ticks = 0
        for file in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):  # it has just ended
                told = file.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
                # proc_pid_stat(5): the parent, then the time of the process, and that of its ended children.
                if int(told[1]) == first:
                    ticks += int(told[11]) + int(told[12])
                elif file.parent.name == str(first):
                    ticks += sum(map(int, told[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def _administer(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]
            # What the copy left in the buffers must not be paid for by whoever is measured next.
            connection.execute("CHECKPOINT")

    def _run(self, program: str, *arguments: str) -> None:
        owner, said = self._owner, self._folder / "said"
        # Into a file: the server keeps what it inherits open, and a pipe would never end.
        with said.open("wb") as output:
            done = subprocess.run(  # noqa: S603 - our own arguments
                [str(self._programs / program), *arguments],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                timeout=120,
                **({"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}),
            )
        if done.returncode != 0:
            words = said.read_text(encoding="utf-8", errors="replace").strip()
            raise RuntimeError(f"{program} ended with {done.returncode}: {words}")


def find_programs() -> Path:
    """The folder of initdb and pg_ctl. Raises FileNotFoundError."""
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    for pattern in _FOLDERS:
        if found := sorted(Path("/").glob(f"{pattern}/initdb")):
            return found[-1].parent
    raise FileNotFoundError("PostgreSQL is not installed (initdb was not found)")


def version() -> str:
    """The version of its programs, such as `15.18`. Raises FileNotFoundError."""
    said = subprocess.run(  # noqa: S603 - our own arguments
        [str(find_programs() / "postgres"), "--version"],
        check=True,
        capture_output=True,
        text=True,
        timeout=10,
    )
    return said.stdout.split()[2]


def _unprivileged() -> pwd.struct_passwd:
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
