"""Debian's gpg as a real neighbour, in a home folder of its own that ends with the tests that use it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path


class GnuPG:
    """One person's or one office's gpg. The folder has a short name because its agent listens on a socket in it."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="gpg-"))

    def end(self) -> None:
        """Ends the agent of this home, and takes the folder away."""
        subprocess.run(
            ["gpgconf", "--kill", "all"], env=self._environment(), check=False, capture_output=True, timeout=60
        )
        shutil.rmtree(self.home, ignore_errors=True)

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "GNUPGHOME": str(self.home), "LC_ALL": "C.UTF-8"}

    def run(self, *words: str, data: bytes = b"", ok: bool = True) -> bytes:
        """What gpg writes to standard output."""
        command = [
            "gpg", "--batch", "--yes", "--quiet", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "",
            "--trust-model", "always", *words,
        ]  # fmt: skip
        done = subprocess.run(command, input=data, env=self._environment(), capture_output=True, timeout=120)
        assert not ok or done.returncode == 0, done.stderr.decode()
        return done.stdout

    def make(self, name: str, algorithm: str, usage: str = "default", ends: str = "2y", *options: str) -> str:
        """A new key; its fingerprint in lower case."""
        self.run(*options, "--quick-gen-key", name, algorithm, usage, ends)
        listed = self.run("--with-colons", "--list-keys", f"={name}").decode()
        return next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr")).lower()

    def add_encrypting(self, key: str, algorithm: str) -> None:
        self.run("--quick-add-key", key, algorithm, "encr", "2y")

    def public(self, key: str) -> str:
        return self.run("--armor", "--export", key).decode()

    def private(self, key: str) -> str:
        return self.run("--armor", "--export-secret-keys", key).decode()

    def revoke(self, key: str) -> None:
        """With the certificate that gpg laid aside when it made the key."""
        aside = self.home / "openpgp-revocs.d" / f"{key.upper()}.rev"
        self.run("--import", data=aside.read_bytes().replace(b":-----BEGIN", b"-----BEGIN"))
