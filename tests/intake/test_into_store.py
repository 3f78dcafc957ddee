"""Mailbox and folder into the real store: what was recorded before a crash is known after it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path

import pytest
from nacl.public import PrivateKey

from gateway.config.settings import WatchedFolder
from gateway.core.facts import Received
from gateway.intake import folder as folder_module
from gateway.intake.folder import FolderIntake
from gateway.intake.imap import ImapIntake
from gateway.intake.imap_server import Conversation
from gateway.outside import Envelope
from gateway.store import Store, StoreKeys
from gateway.vault import VaultKeys
from tests.intake.inbox import TurnedClock
from tests.real.mailbox import PASSWORD, ForeignMailbox, mail

_VAULT, _RECOVERY = PrivateKey(bytes([1]) * 32), PrivateKey(bytes([2]) * 32)
_KEYS = StoreKeys(
    VaultKeys(bytes(_VAULT.public_key), bytes(_RECOVERY.public_key), (bytes(_VAULT),)), signing=bytes([3]) * 32
)


class _Chance:
    def bytes(self, count: int) -> bytes:
        return os.urandom(count)


class State:
    """A store on disk that can be opened again, as after a crash."""

    def __init__(self, path: Path) -> None:
        self.clock = TurnedClock()
        self._path = path
        self.store = self._open()

    def _open(self) -> Store:
        return Store.open(f"sqlite:///{self._path}/gateway.db", _KEYS, self.clock, _Chance(), "gateway.county.example")

    def restart(self) -> None:
        self.store.close()
        self.store = self._open()

    @property
    def received(self) -> list[Received]:
        return [fact for _, fact in self.store.entries() if isinstance(fact, Received)]

    @property
    def contents(self) -> list[bytes]:
        return [self.store.read_all(fact.blob, 10_000_000) for fact in self.received]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    (tmp_path / "state").mkdir()
    state = State(tmp_path / "state")
    yield state
    state.store.close()


def test_a_mailbox_survives_a_crash_between_record_and_move(
    state: State, box: ForeignMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails = [*(mail(f"number {n}", 4_000) for n in range(250)), mail("large", 3_000_000)]
    box.deliver(*mails)

    def poll() -> int:
        return ImapIntake(box.settings, lambda: PASSWORD, state.store, state.clock).poll()

    with monkeypatch.context() as broken:
        broken.setattr(Conversation, "move", _crash)
        with pytest.raises(_Crash):
            poll()
    state.restart()
    assert poll() == 0
    assert (box.waiting, len(box.moved)) == ([], 251)
    assert state.contents == mails
    assert [fact.channel for fact in state.received] == ["imap"] * 251


def test_a_source_has_one_arrival_within_a_group_and_for_ever(state: State) -> None:
    def commit(content: bytes, account: str, source: str) -> Future[str]:
        draft = state.store.begin()
        draft.write(content)
        return draft.commit(Envelope("imap", account, state.clock.now(), source=source))

    group = [commit(bytes([n]), account, "1.7") for n, account in enumerate(["one", "one", "other", "one"])]
    ids = [outcome.result(10) for outcome in group]
    assert ids[0] == ids[1] == ids[3] != ids[2]
    state.restart()
    assert commit(b"", "one", "1.7").result(10) == ids[0]
    assert state.contents == [b"\0", b"\2"]
    assert state.store.known("one", ["1.7", "1.8"]) == {"1.7"}
    assert state.store.known("third", ["1.7"]) == set()


def test_a_folder_survives_a_crash_between_record_and_move(
    state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "officer"
    path.mkdir()
    contents = {f"{n}.csv": str(n).encode() for n in range(30)} | {"large.csv": os.urandom(2_500_000)}
    for name, content in contents.items():
        (path / name).write_bytes(content)

    def settle() -> int:
        intake = FolderIntake(WatchedFolder("housing", path, "officer-1"), state.store, state.clock)
        intake.scan()
        state.clock.turn(timedelta(seconds=10))
        return intake.scan()

    with monkeypatch.context() as broken:
        broken.setattr(folder_module, "finish", _crash)
        with pytest.raises(_Crash):
            settle()
    state.restart()
    settle()
    assert sorted(state.contents) == sorted(contents.values())
    names = {fact.arrival: state.store.meta(fact.blob)["name"] for fact in state.received}
    done = {file.name: file.read_bytes() for file in path.glob("done/*/*")}
    assert done == {f"{arrival}-{name}": contents[name] for arrival, name in names.items()}
    assert {fact.officer for fact in state.received} == {"officer-1"}


class _Crash(Exception):
    pass


def _crash(*_: object) -> None:
    raise _Crash
