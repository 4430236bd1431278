"""A real PostgreSQL of the tests' own: made in a temporary folder, on a free port of the loopback."""

import contextlib
import fcntl
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from trax_mailer.settings import DatabaseSettings, Secret
from trax_mailer.storage import open_ledger

PASSWORD = "Chișinău 7 % @ / secret"
_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    # What a killed server wrote stays in the system's memory; only a lost machine would need more.
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "log_min_messages": "warning",
}
# Ends the server and removes its folder when its own input ends: where the tests were killed.
_WATCH = """
exec 3<&0
"$@" >>log 2>&1 </dev/null & server=$!
{ read -r _ <&3; kill -QUIT $server; sleep 1; rm -rf "$PWD"; } & watch=$!
wait $server; kill $watch
"""


def find_binaries():
    """The folder of the newest PostgreSQL server on this machine, or None."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3].split(".")[0])
    )
    on_path = shutil.which("postgres")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def install(package, is_there):
    """Debian's package, by one process at a time; returns why it could not be installed."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return f"{package} is not installed, and only root can install Debian's package"
    with (Path(tempfile.gettempdir()) / f"trax-mailer-{package}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_there():
            return ""
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (
            ["apt-get", "update"],
            ["apt-get", "install", "-y", "--no-install-recommends", package],
        ):
            done = subprocess.run(
                command, check=False, env=environment, capture_output=True, text=True, timeout=900
            )
            if done.returncode != 0:
                return f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}"
    return "" if is_there() else f"{package} was installed and is not where it was expected"


def require(package, is_there):
    """See to it that the package is there. In CI, a test never does without it."""
    reason = "" if is_there() else install(package, is_there)
    if reason and os.environ.get("CI"):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


class PostgresServer:
    """A server that may be stopped, killed and started again. `options` are lines of postgresql.conf."""

    def __init__(self, **options):
        self.folder = Path(tempfile.mkdtemp(prefix="trax-postgres-"))
        self.data = self.folder / "data"
        self.port = _free_port()
        self._process = self._template = None
        self._user = _unprivileged_user()
        if self._user:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        made = subprocess.run(
            self._as_user(
                "initdb", "-D", self.data, "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync",
                "--auth-local=trust", "--auth-host=scram-sha-256",
            ),
            check=False, capture_output=True, text=True, timeout=120, cwd=self.folder,
        )  # fmt: skip
        if made.returncode != 0:
            raise RuntimeError(f"initdb failed: {made.stderr}")
        settings = {**_OPTIONS, "port": self.port, "unix_socket_directories": self.folder, **options}
        with (self.data / "postgresql.conf").open("a") as written:
            written.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        self.start()
        self.sql(f"CREATE ROLE trax LOGIN PASSWORD '{PASSWORD}'")

    def start(self):
        """Start it and wait until it answers."""
        if self._process is not None:
            return
        self._process = subprocess.Popen(
            self._as_user("sh", "-c", _WATCH, "sh", find_binaries() / "postgres", "-D", self.data),
            stdin=subprocess.PIPE, cwd=self.folder,
        )  # fmt: skip
        give_up = time.monotonic() + 60
        while True:
            try:
                self.sql("SELECT 1")
            except psycopg.OperationalError:
                if time.monotonic() > give_up or self._process.poll() is not None:
                    raise RuntimeError((self.folder / "log").read_text()[-2000:]) from None
                time.sleep(0.02)
            else:
                return

    def stop(self, mode="fast"):
        """End it: `smart` waits for everybody to leave, `fast` throws them out, `immediate` is a crash."""
        if self._process is None:
            return
        how = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode]
        os.kill(int((self.data / "postmaster.pid").read_text().split("\n", 1)[0]), how)
        self._process.wait(60)
        self._process.stdin.close()
        self._process = None

    def restart_immediate(self):
        """What a crash of the server and its start by the system come to: everybody is thrown out."""
        self.stop("immediate")
        self.start()

    def new_database(self, name=None, *, encoding="UTF8", template="template0"):
        """A database of the role `trax`, empty or like `template`, as settings; its password is in them."""
        name = name or f"trax_{secrets.token_hex(5)}"
        made = sql.SQL("CREATE DATABASE {} OWNER trax ENCODING {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Literal(encoding), sql.Identifier(template)
        )
        # Since PostgreSQL 15, the usual way is through the log, which takes five times as long.
        (version,) = self.sql("SHOW server_version_num")[0]
        self.sql(made + sql.SQL(" STRATEGY file_copy") if int(version) >= 150_000 else made)
        return self.settings(name)

    def new_ledger(self):
        """A database with the newest tables, empty: several times as fast as migrating an empty one."""
        if self._template is None:
            made = self.new_database("trax_template")
            with tempfile.TemporaryDirectory() as state:
                open_ledger(Path(state), made).close()
            self._template = "trax_template"
        return self.new_database(template=self._template)

    def settings(self, name, *, user="trax", password=PASSWORD):
        """How trax would be told of that database."""
        return DatabaseSettings(
            url=f"postgresql://{user}@127.0.0.1:{self.port}/{name}", password=Secret(password)
        )

    def drop_database(self, name):
        """Drop it, whoever is connected to it."""
        self.sql(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def sql(self, statement, *, database="postgres"):
        """Run one statement as the server's owner; returns its rows, if it has any."""
        with psycopg.connect(
            host=str(self.folder), port=self.port, user="postgres", dbname=database, autocommit=True,
            connect_timeout=10,
        ) as connection:  # fmt: skip
            done = connection.execute(statement)
            return done.fetchall() if done.description else []

    def close(self):
        """Stop it and remove its folder."""
        self.stop("immediate")
        shutil.rmtree(self.folder)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()

    def _as_user(self, program, *arguments):
        command = [program if program == "sh" else find_binaries() / program, *arguments]
        if self._user:
            identity = [f"--reuid={self._user.pw_uid}", f"--regid={self._user.pw_gid}", "--clear-groups"]
            command = ["setpriv", *identity, *command]
        return [str(word) for word in command]


def _unprivileged_user():
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("no user for PostgreSQL to run as")


def _free_port():
    """A port that the system gives to nobody by itself, so that it is free again after a restart."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as asked, contextlib.suppress(OSError):
            asked.bind(("127.0.0.1", port))
            return port
