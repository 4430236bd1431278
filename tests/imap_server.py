"""A real IMAP server of the tests' own: Dovecot, in a temporary folder, on free ports of the loopback."""

import grp
import mailbox
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from contracts.certificates import make_authority

USER, PASSWORD = "bounces", 'Chișinău 7 % " \\ secret'
_CONF = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.pem
disable_plaintext_auth = yes
auth_mechanisms = plain
mail_location = maildir:{folder}/Maildir
mail_fsync = never
first_valid_uid = 1
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
passdb {{
  driver = passwd-file
  args = scheme=plain username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
}}
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


def find_dovecot():
    """The server's program, or None."""
    found = shutil.which("dovecot") or "/usr/sbin/dovecot"
    imap = any(Path(folder, "dovecot/imap").exists() for folder in ("/usr/lib", "/usr/libexec"))
    return found if Path(found).exists() and imap else None


class ImapServer:
    """Starts at once. `tls` and `plain` are its ports, `authority` the certificate to trust."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="trax-dovecot-"))
        user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self._owner = (user.pw_uid, user.pw_gid)
        self.authority, _context = make_authority(self.folder)
        (self.folder / "users").write_text(f"{USER}:{PASSWORD}\n", encoding="utf-8")
        self.tls, self.plain = _free_ports(2)
        conf = self.folder / "dovecot.conf"
        group = grp.getgrgid(user.pw_gid).gr_name
        conf.write_text(
            _CONF.format(folder=self.folder, user=user.pw_name, group=group, tls=self.tls, plain=self.plain)
        )
        self.folder.chmod(0o755)
        self.empty()
        self._process = subprocess.Popen([find_dovecot(), "-F", "-c", str(conf)], stderr=subprocess.PIPE)
        self._wait()

    def empty(self):
        """A new mailbox, with a numbering of its own."""
        shutil.rmtree(self.folder / "Maildir", ignore_errors=True)
        self.box = mailbox.Maildir(self.folder / "Maildir")
        self.box.add_folder("Reports")
        self._give()

    def add(self, *contents):
        """Let messages arrive."""
        for content in contents:
            self.box.add(content)
        self._give()

    def _give(self):
        for path in [self.folder / "Maildir", *(self.folder / "Maildir").rglob("*")]:
            os.chown(path, *self._owner)

    def _wait(self):
        give_up = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.tls), timeout=1).close()
            except OSError:
                if time.monotonic() > give_up or self._process.poll() is not None:
                    raise RuntimeError(self.words()) from None
                time.sleep(0.02)
            else:
                return

    def words(self):
        """What the server had to say, for a test that fails."""
        said = self._process.stderr.read() if self._process.poll() is not None else b""
        log = self.folder / "log"
        return f"{said!r} {log.read_text()[-2000:] if log.exists() else ''}"

    def close(self):
        """Stop it and remove its folder."""
        self._process.terminate()
        self._process.wait(30)
        self._process.stderr.close()
        shutil.rmtree(self.folder)


def _free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
