"""The tree of RFC 6962, held against the test data of the Certificate Transparency reference implementation."""

from __future__ import annotations

import pytest

from gateway.journal import merkle, verify

# certificate-transparency: cpp/merkletree/merkle_tree_test.cc (inputs, roots, paths and proofs)
LEAVES = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATHS = [
    (0, 1, []),
    (0, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
    (5, 8, ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
]  # fmt: skip
PROOFS = [
    (1, 1, []),
    (6, 8, ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
    (2, 5, ["5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
]  # fmt: skip


def nodes_over(leaves: list[bytes]) -> merkle.Nodes:
    """Any complete node, by the recursive definition of the RFC."""

    def node(height: int, position: int) -> bytes:
        if height == 0:
            return leaves[position]
        return merkle.node_hash(node(height - 1, 2 * position), node(height - 1, 2 * position + 1))

    return node


HASHED = [merkle.leaf_hash(leaf) for leaf in LEAVES]
NODES = nodes_over(HASHED)


@pytest.mark.parametrize("size", range(9))
def test_the_head_is_that_of_the_reference_whether_grown_or_read(size: int) -> None:
    assert merkle.Frontier().grow(HASHED[:size]).frontier.root().hex() == ROOTS[size]
    assert merkle.root(size, NODES).hex() == ROOTS[size]
    assert merkle.frontier(size, NODES).root().hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size", "path"), PATHS)
def test_a_proof_of_inclusion_is_that_of_the_reference(index: int, size: int, path: list[str]) -> None:
    assert [sibling.hex() for sibling in merkle.inclusion(index, size, NODES)] == path


@pytest.mark.parametrize(("old", "new", "path"), PROOFS)
def test_a_proof_of_consistency_is_that_of_the_reference(old: int, new: int, path: list[str]) -> None:
    assert [sibling.hex() for sibling in merkle.consistency(old, new, NODES)] == path


MANY = [merkle.leaf_hash(number.to_bytes(2, "big")) for number in range(70)]
MANY_NODES = nodes_over(MANY)
HEADS = [merkle.root(size, MANY_NODES) for size in range(71)]


def test_every_entry_of_every_tree_is_proven_and_nothing_else_is() -> None:
    for size in range(1, 36):
        for index in range(size):
            path = merkle.inclusion(index, size, MANY_NODES)
            assert merkle.verify_inclusion(index, size, MANY[index], path, HEADS[size])
            assert verify.leads_to(MANY[index], index, size, path) == HEADS[size]
            assert not merkle.verify_inclusion(index, size, MANY[index + 1], path, HEADS[size])
            assert not merkle.verify_inclusion(index, size, MANY[index], path, HEADS[size + 1])
            assert not merkle.verify_inclusion(index, size, MANY[index], (*path, MANY[0]), HEADS[size])
            assert not merkle.verify_inclusion(size, size, MANY[index], path, HEADS[size])
            if path:
                assert not merkle.verify_inclusion(index, size, MANY[index], path[:-1], HEADS[size])


def test_every_tree_is_proven_to_begin_with_every_smaller_one_and_with_nothing_else() -> None:
    for new in range(1, 36):
        for old in range(1, new + 1):
            path = merkle.consistency(old, new, MANY_NODES)
            assert merkle.verify_consistency(old, new, HEADS[old], HEADS[new], path)
            assert not merkle.verify_consistency(old, new, HEADS[old + 1], HEADS[new], path)
            assert not merkle.verify_consistency(old, new, HEADS[old], HEADS[new + 1], path)
            assert not merkle.verify_consistency(old, new, HEADS[old], HEADS[new], (*path, MANY[0]))
            if path:
                assert not merkle.verify_consistency(old, new, HEADS[old], HEADS[new], path[:-1])


def test_a_proof_about_nothing_is_refused() -> None:
    for index, size in ((0, 0), (-1, 5), (5, 5)):
        with pytest.raises(ValueError, match="no such entry"):
            merkle.inclusion(index, size, MANY_NODES)
    for old, new in ((0, 5), (6, 5)):
        with pytest.raises(ValueError, match="grows"):
            merkle.consistency(old, new, MANY_NODES)
        assert not merkle.verify_consistency(old, new, HEADS[old], HEADS[new], ())
    assert not merkle.verify_consistency(3, 5, HEADS[3], HEADS[5], ())


def test_growing_in_steps_gives_the_same_tree_and_each_complete_subtree_of_256_once() -> None:
    leaves = [merkle.leaf_hash(number.to_bytes(3, "big")) for number in range(70_000)]
    at_once = merkle.Frontier().grow(leaves)
    frontier, completed = merkle.Frontier(), []
    for start in range(0, len(leaves), 7_001):
        grown = frontier.grow(leaves[start : start + 7_001])
        frontier, completed = grown.frontier, [*completed, *grown.completed]
    assert frontier == at_once.frontier
    assert completed == list(at_once.completed)
    assert [(height, at) for height, at, _ in completed if height == 8] == [(8, at) for at in range(70_000 // 256)]
    assert [(height, at) for height, at, _ in completed if height > 8] == [(16, 0)]
    assert completed[0][2] == merkle.root(256, nodes_over(leaves))
