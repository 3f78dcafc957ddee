"""The mail servers we measure ourselves against, each with a configuration folder of its own on a loopback port."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_POSTFIX = "/usr/sbin/postfix"

_MAIN = """\
compatibility_level = 3.7
queue_directory = {folder}/spool
data_directory = {folder}/lib
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
multi_instance_enable = no
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.{domain}
mynetworks = 127.0.0.0/8
mydestination =
alias_maps =
disable_dns_lookups = yes
smtpd_peername_lookup = no
smtpd_tls_security_level = none
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_relay_restrictions = permit_mynetworks, reject
smtputf8_enable = no
default_process_limit = 200
in_flow_delay = 0
message_size_limit = 60000000
mailbox_size_limit = 0
virtual_mailbox_limit = 0
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:box/
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
"""

_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
smtp unix - - n - - smtp
anvil unix - - n - 1 anvil
showq unix n - n - - showq
postlog unix-dgram n - n - 1 postlogd
"""


def install(packages: dict[str, str]) -> None:
    """See to it that these Debian packages are there, each known by a program that it brings."""
    missing = [package for package, program in packages.items() if not Path(program).exists()]
    if not missing:
        return
    line = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "install", "-y", "-qq", "--no-install-recommends", *missing]
    if os.geteuid() != 0:
        sys.exit(f"Debian packages are missing. Please run: sudo {' '.join(line)}")
    subprocess.run(line, check=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, stdout=sys.stderr)


def free_port() -> int:
    """A loopback port that nobody has at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Postfix:
    """Postfix accepting into its queue and delivering into a Maildir, with its own fsync habits. Needs root.

    All that would only slow it down is off: DNS, name lookups, TLS, rate limits, the inflow brake, chroot.
    """

    def __init__(self, domain: str = "county.example", where: Path | None = None, **settings: str) -> None:
        self.domain = domain
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="postfix-", dir=where))
        self._settings = settings

    def __enter__(self) -> Postfix:
        user = pwd.getpwnam("postfix")
        self.folder.chmod(0o755)  # its processes are other users
        for name in ("spool", "lib", "mail"):
            (self.folder / name).mkdir()
        os.chown(self.folder / "lib", user.pw_uid, -1)
        os.chown(self.folder / "mail", user.pw_uid, user.pw_gid)
        main = _MAIN.format(folder=self.folder, domain=self.domain, uid=user.pw_uid, gid=user.pw_gid)
        main += "".join(f"{name} = {value}\n" for name, value in self._settings.items())
        (self.folder / "main.cf").write_text(main)
        (self.folder / "master.cf").write_text(_MASTER.format(port=self.port))
        self._run("start")
        self._wait_until_up()
        return self

    def __exit__(self, *_: object) -> None:
        self._run("stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def delivered(self) -> int:
        """How many mails lie in the Maildir."""
        new = self.folder / "mail" / "box" / "new"
        return len(os.listdir(new)) if new.exists() else 0

    def wait_for(self, count: int, seconds: float = 60.0) -> None:
        """Until so many are delivered; `TimeoutError` if they do not come."""
        until = time.monotonic() + seconds
        while self.delivered < count:
            if time.monotonic() > until:
                raise TimeoutError(f"{self.delivered} of {count} delivered: {self.log()[-2000:]}")
            time.sleep(0.02)

    def empty(self) -> None:
        """Take the mails out of the Maildir, so that no round inherits a full folder."""
        shutil.rmtree(self.folder / "mail" / "box", ignore_errors=True)

    def flush(self) -> None:
        """Try at once what waits in the queue."""
        self._run("flush")

    def log(self) -> str:
        path = self.folder / "mail.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _run(self, command: str) -> None:
        done = subprocess.run([_POSTFIX, "-c", str(self.folder), command], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"postfix {command}: {done.stderr}{self.log()}")

    def _wait_until_up(self) -> None:
        for _ in range(500):
            try:
                with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
                    if connection.recv(4).startswith(b"220"):
                        return
            except OSError:
                pass
            time.sleep(0.02)
        raise RuntimeError(f"postfix does not answer: {self.log()}")
