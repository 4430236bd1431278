"""PgBouncer in front of the tests' PostgreSQL: what many sites put there."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from postgres import PASSWORD
from trax_mailer.settings import DatabaseSettings, Secret


def find_pooler():
    return shutil.which("pgbouncer", path=os.defpath + ":/usr/sbin:/usr/local/sbin")


@contextmanager
def pooler(server, database, port, *, mode):
    """The settings of the same database, through a pooler in that mode."""
    name = database.url.rsplit("/", 1)[1]
    with tempfile.TemporaryDirectory(prefix="trax-pooler-") as folder:
        users, settings = Path(folder) / "users.txt", Path(folder) / "pooler.ini"
        users.write_text(f'"trax" "{PASSWORD}"\n')
        settings.write_text(
            f"[databases]\n* = host=127.0.0.1 port={server.port}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = plain\nauth_file = {users}\npool_mode = {mode}\ndefault_pool_size = 10\n"
        )
        command = [find_pooler(), "-q", str(settings)]
        if os.geteuid() == 0:  # it refuses to run as root
            nobody = pwd.getpwnam("nobody")
            for path in (Path(folder), users, settings):
                os.chown(path, nobody.pw_uid, nobody.pw_gid)
            identity = [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
            command = ["setpriv", *identity, *command]
        started = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        try:
            _wait_for(port, started)
            yield DatabaseSettings(
                url=f"postgresql://trax@127.0.0.1:{port}/{name}", password=Secret(PASSWORD)
            )
        finally:
            started.kill()
            started.communicate(timeout=30)


def _wait_for(port, started):
    give_up = time.monotonic() + 20
    with socket.socket() as asked:
        while asked.connect_ex(("127.0.0.1", port)) != 0:
            if started.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"PgBouncer does not start: {started.communicate()[1].decode()}")
            time.sleep(0.02)
