"""Whether a login and password are an officer's: Argon2id in two threads, the same time for a login nobody has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING
from unicodedata import normalize

from gateway.intake.smtp_limits import Failures
from gateway.keyring.passwords import new_hasher

if TYPE_CHECKING:
    from gateway.core.parties import Officer

OfficerFor = Callable[[str, str], str | None]

_THREADS = 2  # logging in must not become a way to stop us
_WAITING = 16
_LONGEST = 1024  # characters of a password that we are willing to hash


def nobody(login: str, password: str) -> None:
    """Lets no one in: for a listener without officers."""


def password_check(officers: Iterable[Officer]) -> OfficerFor:
    """A check of login (an officer's id or one of their addresses) and password against the officers' hashes.

    An address that several officers share is no login: it would not say who it is.
    """
    from argon2 import PasswordHasher, extract_parameters
    from argon2.exceptions import InvalidHashError, VerificationError

    officers = tuple(officers)
    hashes = [officer.password_hash for officer in officers if officer.password_hash]
    # An unknown login must cost what a known one does, so the stand-in has the parameters of a real hash.
    hasher = PasswordHasher.from_parameters(extract_parameters(hashes[0])) if hashes else new_hasher()
    dummy = hasher.hash("no officer has this")
    known: dict[str, tuple[str, str] | None] = {}
    for officer in officers:
        for login in {_plain(name) for name in (officer.id, *officer.addresses)}:
            mine = (officer.id, officer.password_hash) if officer.password_hash else None
            known[login] = None if login in known else mine

    def officer_for(login: str, password: str) -> str | None:
        found = known.get(_plain(login))
        try:
            hasher.verify(found[1] if found else dummy, normalize("NFC", password[:_LONGEST]))
        except (VerificationError, InvalidHashError):
            return None
        return found[0] if found else None

    return officer_for


def _plain(login: str) -> str:
    return normalize("NFC", login).casefold()


class Doorkeeper:
    """Checks logins off the event loop, and refuses to when too many wait or a peer has failed too often."""

    def __init__(self, officer_for: OfficerFor, failures: Failures | None = None) -> None:
        self.officer_for = officer_for
        self.failures = failures or Failures()
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="smtp-login")
        self._lock = Lock()
        self._waiting = 0

    def busy(self, peer: str, now: float) -> bool:
        return self._waiting >= _WAITING or self.failures.too_many(peer, now)

    async def check(self, login: bytes, password: bytes, peer: str, now: float) -> str | None:
        """The officer's id, or None; a failure counts against the peer."""
        try:
            name, secret = login.decode(), password.decode()
        except UnicodeDecodeError:
            name, secret = "", ""
        with self._lock:
            self._waiting += 1
        work = self._pool.submit(self.officer_for, name, secret)
        work.add_done_callback(self._done)  # also when it was cancelled because the client went away
        officer = await asyncio.wrap_future(work)
        if officer is None:
            self.failures.add(peer, now)
        return officer

    def _done(self, work: Future[str | None]) -> None:
        with self._lock:
            self._waiting -= 1

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
