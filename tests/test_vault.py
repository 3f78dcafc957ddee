"""The vault gives back exactly what was put in, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nacl.bindings import crypto_scalarmult_base
from sqlalchemy import Connection, Engine, delete, select, update

from gateway import vault
from gateway.store.database import open_engine
from gateway.vault import CHUNK, NewBlob, Unopenable, Vault, VaultKeys
from tests.journal.world import KEYS, PRIVATE, RECOVERY, CountedChance, TurnedClock, url_of

SIZES = [0, 1, 5_000, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7]


def content(size: int) -> bytes:
    return (bytes(range(256)) * (size // 256 + 1))[:size]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(url_of(tmp_path / "vault.db"), "write")
    with engine.begin() as connection:
        vault.metadata.create_all(connection)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


def new_vault(keys: VaultKeys = KEYS.vault, clock: TurnedClock | None = None) -> Vault:
    return Vault(keys, clock or TurnedClock(), CountedChance())


def put(connection: Connection, blob: NewBlob) -> str:
    known = select(vault.segments.c.segment).where(vault.segments.c.segment == blob.segment.id)
    if connection.scalar(known) is None:
        connection.execute(vault.segments.insert().values(blob.segment.row()))
    connection.execute(vault.blobs.insert().values(blob.row()))
    for row in blob.chunk_rows():
        connection.execute(vault.chunks.insert().values(row))
    return blob.id


def read(connection: Connection, box: Vault, blob: str) -> bytes:
    return b"".join(box.opened(connection, blob).blocks(connection))


@pytest.mark.parametrize("size", SIZES)
def test_a_blob_of_any_size_comes_back(connection: Connection, size: int) -> None:
    box = new_vault()
    blob = put(connection, box.keep(content(size), {"name": "出生.xlsx"}))
    opened = box.opened(connection, blob)
    assert read(connection, box, blob) == content(size)
    assert (opened.size, dict(opened.meta)) == (size, {"name": "出生.xlsx"})


def test_a_blob_written_in_odd_blocks_is_the_same_as_one_written_at_once(connection: Connection) -> None:
    data, box = content(2 * CHUNK + 99), new_vault()
    sealing = box.begin()
    ahead = [row for at in range(0, len(data), 70_001) for row in sealing.write(data[at : at + 70_001])]
    done = sealing.finish()
    assert [number for number, _ in ahead] == [0, 1]
    put(connection, done)
    for number, row in ahead:
        connection.execute(vault.chunks.insert().values((done.id, number, row)))
    assert read(connection, box, done.id) == data


def test_the_digest_is_that_of_salt_and_content(connection: Connection) -> None:
    import hashlib

    box = new_vault()
    kept = box.keep(b"report")
    salt = box.opened(connection, put(connection, kept)).salt
    assert len(salt) == 16
    assert kept.digest == hashlib.sha256(salt + b"report").hexdigest()
    assert kept.digest != box.keep(b"report").digest


def test_nothing_plain_is_on_the_disk(engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        put(connection, new_vault().keep(b"a very personal report" * 99, {"name": "personal name"}))
    engine.dispose()
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"personal" not in written
    assert len(written) > 2_000


def test_everything_can_be_read_with_only_the_recovery_key(connection: Connection) -> None:
    clock = TurnedClock()
    box = new_vault(clock=clock)
    blobs = []
    for size in SIZES:
        blobs.append(put(connection, box.keep(content(size))))
        clock.turn(minutes=40)
    drill = new_vault(VaultKeys(KEYS.vault.public, KEYS.vault.recovery, (RECOVERY,)))
    assert [read(connection, drill, blob) for blob in blobs] == [content(size) for size in SIZES]


def test_without_a_private_key_things_are_kept_but_not_read(connection: Connection) -> None:
    box = new_vault(VaultKeys(KEYS.vault.public, KEYS.vault.recovery))
    blob = put(connection, box.keep(b"report"))
    for private in ((), (bytes([9]) * 32,)):
        with pytest.raises(Unopenable):
            new_vault(VaultKeys(KEYS.vault.public, KEYS.vault.recovery, private)).opened(connection, blob)
    older = new_vault(VaultKeys(crypto_scalarmult_base(RECOVERY), KEYS.vault.recovery, (bytes([9]) * 32, PRIVATE)))
    assert read(connection, older, blob) == b"report"


TAMPERING: list[Callable[[Connection, str, str], object]] = [
    lambda c, a, b: c.execute(delete(vault.chunks).where(vault.chunks.c.blob == a, vault.chunks.c.number == 1)),
    lambda c, a, b: c.execute(update(vault.blobs).where(vault.blobs.c.blob == a).values(chunks=2)),
    lambda c, a, b: c.execute(update(vault.blobs).where(vault.blobs.c.blob == a).values(size=5)),
    lambda c, a, b: c.execute(update(vault.blobs).where(vault.blobs.c.blob == a).values(seed=bytes(16))),
    lambda c, a, b: c.execute(update(vault.blobs).where(vault.blobs.c.blob == a).values(meta=bytes(60))),
    lambda c, a, b: c.execute(update(vault.chunks).where(vault.chunks.c.blob == a).values(data=b"x")),
    lambda c, a, b: renumber(c, a, (0, 1)),
    lambda c, a, b: renumber(c, a, (1, 2)),
    lambda c, a, b: swap_chunks(c, a, b),
    lambda c, a, b: swap_headers(c, a, b),
    lambda c, a, b: c.execute(delete(vault.segments)),
    lambda c, a, b: c.execute(delete(vault.blobs).where(vault.blobs.c.blob == a)),
    lambda c, a, b: c.execute(update(vault.segments).values(sealed=bytes(80), recovery=bytes(80))),
]


def renumber(connection: Connection, blob: str, pair: tuple[int, int]) -> None:
    for before, after in ((pair[0], 99), (pair[1], pair[0]), (99, pair[1])):
        which = (vault.chunks.c.blob == blob) & (vault.chunks.c.number == before)
        connection.execute(update(vault.chunks).where(which).values(number=after))


def swap_chunks(connection: Connection, first: str, second: str) -> None:
    for before, after in ((first, "x"), (second, first), ("x", second)):
        connection.execute(update(vault.chunks).where(vault.chunks.c.blob == before).values(blob=after))


def swap_headers(connection: Connection, first: str, second: str) -> None:
    for before, after in ((first, "x"), (second, first), ("x", second)):
        connection.execute(update(vault.blobs).where(vault.blobs.c.blob == before).values(blob=after))


@pytest.mark.parametrize("tamper", TAMPERING)
def test_chunks_cut_off_moved_exchanged_or_changed_are_found(
    connection: Connection, tamper: Callable[[Connection, str, str], object]
) -> None:
    box = new_vault()
    first, second = (put(connection, box.keep(content(size))) for size in (2 * CHUNK + 5, 2 * CHUNK + 5))
    assert read(connection, box, first) == read(connection, box, second)
    tamper(connection, first, second)
    with pytest.raises(Unopenable):
        read(connection, new_vault(), first)


def test_an_erased_blob_is_gone_and_its_neighbour_is_not(connection: Connection) -> None:
    box = new_vault()
    first, second = (put(connection, box.keep(content(CHUNK + 1))) for _ in range(2))
    vault.erase(connection, [first])
    with pytest.raises(Unopenable):
        box.opened(connection, first)
    assert read(connection, box, second) == content(CHUNK + 1)
    assert connection.scalars(select(vault.chunks.c.blob).distinct()).all() == [second]


def test_a_segment_key_is_used_for_an_hour_or_so_many_blobs(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = TurnedClock()
    box = new_vault(clock=clock)
    first = box.keep(b"").segment
    clock.turn(minutes=59)
    assert box.keep(b"").segment is first
    clock.turn(minutes=1)
    second = box.keep(b"").segment
    assert second.id != first.id and second.key != first.key
    clock.turn(days=-2)
    third = box.keep(b"").segment
    assert third is not second
    monkeypatch.setattr("gateway.vault.vault._SEGMENT_BLOBS", 3)
    assert [box.keep(b"").segment is third for _ in range(3)] == [True, True, False]


def test_orphans_are_swept_once_they_are_old_and_nothing_else_is(connection: Connection) -> None:
    clock = TurnedClock()
    box = new_vault(clock=clock)
    whole = put(connection, box.keep(b"whole"))
    orphans = [box.begin().id]
    clock.turn(hours=2)
    orphans.append(box.begin().id)
    for orphan in orphans:
        connection.execute(vault.chunks.insert().values((orphan, 0, b"x")))
    clock.turn(hours=-1)
    assert vault.sweep(connection, clock.now()) == 1
    assert set(connection.scalars(select(vault.chunks.c.blob))) == {whole, orphans[1]}


def test_ids_sort_by_time_and_secrets_are_not_shown() -> None:
    clock = TurnedClock()
    box = new_vault(clock=clock)
    earlier = box.begin().id
    clock.turn(seconds=1)
    assert earlier < box.begin().id
    kept = box.keep(b"x")
    assert len(earlier) == 27
    assert repr(kept.segment.key) not in repr(kept)
    assert repr(PRIVATE) not in repr(KEYS)


def test_many_opened_segments_do_not_fill_the_memory(connection: Connection) -> None:
    clock = TurnedClock()
    box = new_vault(clock=clock)
    blobs = []
    for _ in range(1_005):
        blobs.append(put(connection, box.keep(b"x")))
        clock.turn(hours=2)
    assert all(read(connection, box, blob) == b"x" for blob in blobs)
    assert len(box._opened) == 1_000
