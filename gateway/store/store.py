"""What the rest of the gateway sees of the store: append facts, take arrivals in, read blobs, prove entries."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, MetaData, select

from gateway import vault
from gateway.core.facts import Began, Fact
from gateway.journal import codec, tables
from gateway.journal.checkpoint import Checkpoint, Signer, Verifier
from gateway.journal.proofs import InclusionProof
from gateway.outside import Chance, Clock
from gateway.store import database
from gateway.store.batch import Fold, MakeView, latest_checkpoint
from gateway.store.draft import Draft
from gateway.store.reading import Snapshots
from gateway.store.requests import Append, Decide, Decision, Maintain, Recorded, Request
from gateway.store.schema import bring_up
from gateway.store.writer import Die, Writer, end_process
from gateway.vault import NewBlob, Vault, VaultKeys

__all__ = ["Decision", "InclusionProof", "Recorded", "Store", "StoreKeys"]

_SWEEP_AFTER = timedelta(days=1)  # an arrival takes minutes; another process may be taking one in

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StoreKeys:
    """What the store needs to encrypt and to sign: the vault's keys, and the seed of the journal's Ed25519 key."""

    vault: VaultKeys
    signing: bytes = field(repr=False)


class Store(Snapshots):
    """Journal, ledger and vault behind one writer. Implements `gateway.outside.Inbox`. Any thread may use it."""

    def __init__(
        self,
        writer: Writer,
        reader: Engine,
        view: MakeView,
        vault_: Vault,
        clock: Clock,
        chance: Chance,
        watermark: int,
    ) -> None:
        self._folder = Path(reader.url.database or "").absolute().parent
        super().__init__(reader, view, vault_)
        self._writer = writer
        self._clock, self._chance, self._watermark = clock, chance, watermark
        self._held = threading.local()  # `requests`: what this thread will ask for together
        self._space: tuple[float, bool] = (0.0, True)

    @classmethod
    def open(
        cls,
        url: str,
        keys: StoreKeys,
        clock: Clock,
        chance: Chance,
        origin: str,
        *,
        fold: Fold | None = None,
        view: MakeView | None = None,
        schema: Sequence[MetaData] | None = None,
        watermark: int = 0,
        die: Die = end_process,
    ) -> Store:
        """Open the state, or make it and record `Began`. Raises `Unfit` for a database of another origin.

        `fold`, `view` and `schema` are the ledger's unless given; `watermark` is bytes that must stay free on the disk.
        """
        rules = None if schema is not None or fold is not None else _fold_version()
        fold, view, schema = _ledger(fold, view, schema)
        engine = database.open_engine(url, "write")
        with engine.begin() as connection:
            bring_up(connection, schema, rules)
            last = latest_checkpoint(connection)
            vault.sweep(connection, clock.now() - _SWEEP_AFTER)
        signer = Signer(origin if last is None else _era_of(last, origin), keys.signing)
        writer = Writer(engine, signer, fold, view, die)
        reader = database.open_engine(url, "read")
        store = cls(writer, reader, view, Vault(keys.vault, clock, chance), clock, chance, watermark)
        writer.start()
        if last is None:
            store.append([Began(at=clock.now(), origin=origin, era=1)]).result()
        return store

    # --- writing ---

    def append(
        self, facts: Sequence[Fact], blobs: Sequence[NewBlob] = (), about: str | None = None
    ) -> Future[Recorded]:
        """Record facts that are true whatever else is known. Raises `Malformed` here, `Temporary` in the Future.

        `about` names the one thing that they change, if it is one: see `Request`.
        """
        lines = [codec.encode(fact) for fact in facts]
        weight = sum(map(len, lines)) + sum(blob.size for blob in blobs)
        request = Append(tuple(facts), tuple(blobs), lines, weight, about)
        self._submit(request)
        return request.future

    def transact(self, decide: Callable[[Any], Decision], about: str | None = None) -> Future[tuple[Recorded, Any]]:
        """Record what `decide` makes of everything recorded before. It runs in the writer's thread, perhaps twice.

        What it raises comes out of the Future, and nothing is written. With `about` it may ask the view, and write,
        of that one thing alone: see `Request`.
        """
        request = Decide(decide, about)
        self._submit(request)
        return request.future

    @contextmanager
    def together(self) -> Iterator[None]:
        """What this thread asks to be recorded meanwhile is asked for at the end, so that it shares a commit.

        Its Futures are to be waited for after that only.
        """
        self._held.requests = requests = list[Request]()
        try:
            yield
        finally:
            self._held.requests = None
            for request in requests:
                self._writer.submit(request)

    def _submit(self, request: Request) -> None:
        held: list[Request] | None = getattr(self._held, "requests", None)
        if held is None:
            self._writer.submit(request)
        else:
            held.append(request)

    def keep(self, content: bytes, meta: Mapping[str, str] | None = None) -> NewBlob:
        """Encrypt something, here and now, to be written together with the facts that speak of it."""
        return self._vault.keep(content, meta)

    def maintain(self, work: Callable[[Connection], T]) -> Future[T]:
        """Run work on the ledger's tables in the writer's transaction: rebuilding it, say. It writes no facts."""
        request = Maintain(work)
        self._writer.submit(request)
        return request.future

    def listen(self, callback: Callable[[], None]) -> None:
        """Call this after each commit, from the writer's thread: it must be quick and must not raise."""
        self._writer.listen(callback)

    # --- intake ---

    def begin(self) -> Draft:
        return Draft(self._vault.begin(), self._writer.submit, self._clock, self._chance)

    def known(self, account: str, sources: list[str]) -> set[str]:
        """Which of these sources of this account were already recorded. Raises `Temporary`."""
        found: set[str] = set()
        with self._snapshot() as connection:
            for start in range(0, len(sources), 10_000):
                some = tables.arrivals.c.source.in_(sources[start : start + 10_000])
                query = select(tables.arrivals.c.source).where(tables.arrivals.c.account == account, some)
                found.update(connection.scalars(query))
        return found

    def ready(self) -> bool:
        """False while the database is in trouble or the disk is below its watermark."""
        if self._writer.troubled():
            return False
        now = time.monotonic()
        asked, enough = self._space
        if now - asked > 1.0 or asked == 0.0:
            enough = shutil.disk_usage(self._folder).free >= self._watermark
            self._space = (now, enough)
        return enough

    @property
    def verifier(self) -> Verifier:
        """The public key of this era's checkpoints and receipts, with its name."""
        return self._writer.signer.verifier

    @property
    def signer(self) -> Signer:
        """The key that signs this era's checkpoints and receipts."""
        return self._writer.signer

    def close(self) -> None:
        """Finish what was asked, and let go of the files."""
        self._reader.dispose()
        self._writer.close()


def _era_of(last: Checkpoint, origin: str) -> str:
    """The origin of the current era, if it is one of this gateway's."""
    if last.origin != origin and not last.origin.startswith(f"{origin}/era"):
        raise database.Unfit("the database belongs to a gateway of another origin")
    return last.origin


def _fold_version() -> int:
    from gateway.ledger.fold import VERSION

    return VERSION


def _ledger(
    fold: Fold | None, view: MakeView | None, schema: Sequence[MetaData] | None
) -> tuple[Fold, MakeView, Sequence[MetaData]]:
    if fold is None:
        from gateway.ledger.fold import fold as ledger_fold

        fold = ledger_fold
    if view is None:
        from gateway.ledger.views import View

        view = View
    if schema is None:
        from gateway.ledger.tables import metadata as ledger_metadata

        schema = (ledger_metadata,)
    return fold, view, schema
