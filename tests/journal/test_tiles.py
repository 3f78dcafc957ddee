"""Proofs from stored rows: the same as from the whole tree, whatever was read before."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, delete

from gateway.core.facts import Sent
from gateway.journal import codec, merkle
from gateway.journal.proofs import prove
from gateway.journal.tables import journal, metadata, nodes
from gateway.journal.tiles import Tiles
from gateway.store.database import open_engine
from tests.journal.every_fact import AT
from tests.journal.test_merkle import nodes_over
from tests.journal.world import open_store, url_of

COUNT = 66_000  # more than one subtree of 256 × 256
LEAVES = [merkle.leaf_hash(number.to_bytes(3, "big")) for number in range(COUNT)]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Connection:
    engine = open_engine(url_of(tmp_path_factory.mktemp("tiles") / "tree.db"), "write")
    grown = merkle.Frontier().grow(LEAVES)
    connection = engine.connect()
    metadata.create_all(connection)
    connection.execute(journal.insert(), [{"position": at, "line": "", "leaf": leaf} for at, leaf in enumerate(LEAVES)])
    rows = [{"level": height >> 3, "position": at, "hash": digest} for height, at, digest in grown.completed]
    connection.execute(nodes.insert(), rows)
    return connection


@pytest.mark.parametrize("size", [1, 255, 256, 257, 4_099, 65_536, COUNT])
def test_a_stored_tree_gives_the_head_and_the_proofs_of_the_whole_tree(stored: Connection, size: int) -> None:
    reader, whole = Tiles().reader(stored), nodes_over(LEAVES)
    assert merkle.root(size, reader) == merkle.Frontier().grow(LEAVES[:size]).frontier.root()
    for index in {0, size // 3, size - 1}:
        path = merkle.inclusion(index, size, reader)
        assert path == merkle.inclusion(index, size, whole)


def test_a_proof_among_many_entries_reads_few_rows(stored: Connection) -> None:
    asked: list[str] = []
    driver = stored.connection.driver_connection
    assert driver is not None
    driver.set_trace_callback(asked.append)
    merkle.inclusion(12_345, COUNT, Tiles().reader(stored))
    driver.set_trace_callback(None)
    assert 1 <= len([text for text in asked if text.startswith("SELECT")]) <= 4


def test_a_tile_read_while_it_was_short_grows_with_the_journal(tmp_path: Path) -> None:
    store = open_store(tmp_path / "gateway.db")
    for round_ in range(1, 4):
        for number in range(100):
            store.append([Sent(AT, f"L{round_}-{number}", "mail")])
        index = store.append([Sent(AT, "last", "mail")]).result().indexes[0]
        for one in (0, 1, index // 2, index):
            proof = store.receipt_proof(one)
            leaf = merkle.leaf_hash(proof.line)
            assert merkle.verify_inclusion(one, proof.checkpoint.size, leaf, proof.path, proof.checkpoint.root)
    store.close()


def test_tiles_that_were_pushed_out_are_read_again(stored: Connection) -> None:
    tiles = Tiles(keep=2)
    first = [merkle.inclusion(index, COUNT, tiles.reader(stored)) for index in (3, 30_000, 60_000)]
    assert first == [merkle.inclusion(index, COUNT, tiles.reader(stored)) for index in (3, 30_000, 60_000)]
    assert len(tiles._tiles) == 2


def test_forgotten_tiles_are_read_again(stored: Connection) -> None:
    tiles = Tiles()
    path = merkle.inclusion(5, COUNT, tiles.reader(stored))
    tiles.forget()
    assert not tiles._tiles
    assert merkle.inclusion(5, COUNT, tiles.reader(stored)) == path


def test_a_missing_row_is_an_error_and_no_wrong_proof(tmp_path: Path) -> None:
    store = open_store(tmp_path / "gateway.db")
    store.append([Sent(AT, f"L{number}", "mail") for number in range(9)]).result()
    store.maintain(lambda connection: connection.execute(delete(journal).where(journal.c.position == 4))).result()
    for index in (4, 9):
        with pytest.raises(LookupError):
            store.receipt_proof(index)
    store.maintain(lambda connection: connection.execute(delete(journal).where(journal.c.position > 7))).result()
    for index in (3, 4, 7, 9, 10):
        with pytest.raises(LookupError):
            store.receipt_proof(index)
    store.close()


def test_a_proof_is_under_the_first_checkpoint_that_covers_the_entry(tmp_path: Path) -> None:
    store = open_store(tmp_path / "gateway.db")
    sizes = [store.append([Sent(AT, name, "mail")] * 2).result().size for name in ("a", "b")]
    assert sizes == [3, 5]
    assert [store.receipt_proof(index).checkpoint.size for index in range(5)] == [1, 3, 3, 5, 5]
    assert codec.decode(store.receipt_proof(3).line) == Sent(AT, "b", "mail")
    with store._reader.connect() as connection:
        assert prove(connection, Tiles(), 0).path == ()
    store.close()
