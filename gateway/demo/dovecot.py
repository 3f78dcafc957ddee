"""A Dovecot of its own on loopback: the foreign mailbox of the demo, the tests and the bench.

It keeps everything in one new folder under the system's temporary folder, speaks TLS with a certificate made on the
spot, and ends with `close()`. It runs as root (mail then belongs to `nobody`, because Dovecot serves no mail as root)
and as anybody else. Needs the Debian packages dovecot-imapd (2.3) and openssl. Standard library only.
"""

from __future__ import annotations

import grp
import itertools
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

_NOBODY = 65534
_BINARY = "/usr/sbin/dovecot"
_DYING_WITH_US = ("setpriv", "--pdeathsig", "TERM")  # also when we are killed; start it from a thread that lasts

_CONFIG = """\
protocols = imap
listen = 127.0.0.1
base_dir = {root}/run
state_dir = {root}/run
log_path = {root}/log
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
ssl = yes
ssl_cert = <{root}/server.pem
ssl_key = <{root}/server.key
disable_plaintext_auth = no
auth_failure_delay = 0
first_valid_uid = 1
mail_uid = {uid}
mail_gid = {gid}
mail_location = maildir:~/Maildir
mail_max_userip_connections = 100
{more}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {root}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/mail/%u
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service stats {{
  chroot =
}}
"""


class Dovecot:
    """A running server. `port` speaks plainly and STARTTLS, `tls_port` TLS; `authority` is the PEM to trust.

    `users` maps names to passwords. `capabilities` replaces what the server says it can do, to play a simpler one.
    """

    def __init__(self, users: Mapping[str, str], capabilities: str = "") -> None:
        self.host = "127.0.0.1"
        self.users = dict(users)
        self.root = Path(tempfile.mkdtemp(prefix="dovecot-"))
        self.authority = self.root / "server.pem"
        self.capabilities = capabilities
        self._counter = itertools.count(1)
        try:
            make_certificate(self.authority, self.root / "server.key")
            self._prepare()
            self._start()
        except BaseException:
            shutil.rmtree(self.root, ignore_errors=True)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the server and remove its folder."""
        self.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    def stop(self) -> None:
        """End the server only; what it holds stays to be looked at."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def trust(self) -> ssl.SSLContext:
        """A context that believes this server and no other."""
        return ssl.create_default_context(cafile=str(self.authority))

    def deliver(self, user: str, mails: Iterable[bytes], had: datetime | None = None, folder: str = "INBOX") -> None:
        """Put mails into a mailbox as a delivery agent would. `had` becomes the INTERNALDATE (a Maildir file's time).

        `folder` is the name as Dovecot lays it out on disk (modified UTF-7).
        """
        box = self.maildir(user, folder)
        for raw in mails:
            name = f"{int(time.time())}.{os.getpid()}_{next(self._counter):07d}.loopback"
            path = box / "tmp" / name
            path.write_bytes(raw)
            if had is not None:
                os.utime(path, (had.timestamp(), had.timestamp()))
            self._give_away(path)
            path.rename(box / "new" / name)

    def contents(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """Every mail in a folder, in the order of delivery, as it lies on disk."""
        box = self._box(user, folder)
        paths = [path for part in ("new", "cur") if (box / part).is_dir() for path in (box / part).iterdir()]
        paths.sort(key=lambda path: path.name)
        return [path.read_bytes() for path in paths]

    def maildir(self, user: str, folder: str = "INBOX") -> Path:
        """The Maildir of a folder, made when it is missing."""
        home, box = self.root / "mail" / user, self._box(user, folder)
        made = [box, *(box / part for part in ("cur", "new", "tmp"))]
        if not box.is_dir():
            for path in made:
                path.mkdir(parents=True, exist_ok=True)
            for path in (home, home / "Maildir", *made):
                self._give_away(path)
        return box

    def _box(self, user: str, folder: str) -> Path:
        return self.root / "mail" / user / "Maildir" / ("" if folder == "INBOX" else f".{folder}")

    def _prepare(self) -> None:
        self.root.chmod(0o755)
        (self.root / "mail").mkdir()
        self._give_away(self.root / "mail")
        lines = [f"{user}:{{PLAIN}}{password}::::::\n" for user, password in self.users.items()]
        (self.root / "users").write_text("".join(lines))
        for user in self.users:
            self.maildir(user)

    def _start(self) -> None:
        for _ in range(5):  # a free port may be taken by another process in between
            self.port, self.tls_port = _free_ports(2)
            (self.root / "dovecot.conf").write_text(self._config())
            command = [*_DYING_WITH_US, _BINARY, "-F", "-c", str(self.root / "dovecot.conf")]
            with (self.root / "output").open("wb") as output:
                self._process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
            if self._is_up():
                return
            self.stop()
        told = "\n".join(p.read_text(errors="replace") for p in (self.root / "output", self.root / "log") if p.exists())
        raise RuntimeError(f"Dovecot did not start:\n{told}")

    def _is_up(self, patience: float = 10.0) -> bool:
        end = time.monotonic() + patience
        while time.monotonic() < end and self._process.poll() is None:
            try:
                with socket.create_connection((self.host, self.port), 1) as connection:
                    connection.settimeout(patience)
                    if connection.recv(4) == b"* OK":
                        return True
            except OSError:
                time.sleep(0.02)
        return False

    def _config(self) -> str:
        root = os.geteuid() == 0
        me, my_group = _names()
        return _CONFIG.format(
            root=self.root,
            internal="dovecot" if root else me,
            group="dovecot" if root else my_group,
            login="dovenull" if root else me,
            uid=_NOBODY if root else os.geteuid(),
            gid=_NOBODY if root else os.getegid(),
            port=self.port,
            tls_port=self.tls_port,
            more=f"imap_capability = {self.capabilities}" if self.capabilities else "",
        )

    def _give_away(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, _NOBODY, _NOBODY)


def make_certificate(certificate: Path, key: Path) -> None:
    """A self-signed certificate for 127.0.0.1 and localhost, good for a day."""
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)


def _names() -> tuple[str, str]:
    return pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
