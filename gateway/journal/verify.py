"""Checks a journal without trusting whoever wrote it: a state database, an export, receipts, or all against each other.

    python verify.py [--key NAME+ID+BASE64]... FILE...

Runs alone, on the standard library and PyNaCl, and shares no code with the writer. What it checks:

* every entry's leaf hash, every stored node, and that the tree leads to every checkpoint (RFC 6962, SHA-256);
* every checkpoint's signature and form (C2SP signed note), one origin an era, and that the last one covers everything;
* of a receipt: its form byte for byte, its signature, its checkpoint, the proof, and that it says what its fact says;
* of several: that they tell one history. A receipt that a journal does not hold means that the journal was rewritten
  or cut, unless a restore said so; then the gap is reported as what it is. Ends with 0 when all is well, else with 1.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

BLOCK = 1 << 16  # entries checked at a time: a complete subtree
PARALLEL_FROM = 4 * BLOCK  # below this, starting a second process costs more than it saves
BEGINS = re.compile(rb'"kind":"(?:began|restored)"').search
RECEIPT = "arrival checkpoint fact files gateway had inclusion proof recorded signature stage verdicts version"
JUDGED, WEAK = ("accepted", "rejected", "quarantined", "duplicate"), "no_integrity"  # which no receipt may leave out


class Wrong(Exception):
    """What was found wrong, as a sentence."""


class Key(NamedTuple):
    """A public key by the name of its gateway; eras after a restore sign with the same key under `name/eraN`."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Key:
        name, _, rest = text.partition("+")
        raw = unbase64(rest[9:], 33, "a verifier key")
        key = cls(name, raw[1:])
        if text != f"{name}+{key.id_under(name).hex()}+{rest[9:]}" or raw[0] != 1:
            raise Wrong("a verifier key is not in the form NAME+ID+BASE64")
        return key

    def id_under(self, name: str) -> bytes:
        return sha256(name.encode() + b"\n\x01" + self.public).digest()[:4]

    def may_sign(self, origin: str) -> bool:
        return origin == self.name or re.fullmatch(re.escape(self.name) + "/era[0-9]+", origin) is not None


Keys = Sequence[Key]
Lines = list[bytes]
Notes = list[tuple[int, str]]
Asked = Sequence[int]
Task = tuple[Path, int, int, Keys, Asked]


class Head(NamedTuple):
    origin: str
    size: int
    root: bytes


# One block of entries: where it ends, its complete subtrees (largest first), the checkpoints in it (each with the root
# over the block's entries up to there), entries that begin an era, roots of 256 entries, entries that receipts ask for.
Block = tuple[int, Lines, list[tuple[Head, bytes]], list[tuple[int, bytes]], Lines, dict[int, bytes]]


@dataclass
class History:
    name: str
    size: int = 0
    heads: dict[int, Head] = field(default_factory=dict)
    eras: list[dict[str, Any]] = field(default_factory=list)
    lines: dict[int, bytes] = field(default_factory=dict)


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def plain(data: bytes, what: str) -> dict[str, Any]:
    """A JSON object whose one canonical form is exactly these bytes."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        value = None
    if type(value) is not dict or canonical(value) != data:
        raise Wrong(f"{what} is not in canonical form")
    return value


def unbase64(text: str, size: int, what: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raw = b""
    if len(raw) != size or base64.b64encode(raw).decode() != text:
        raise Wrong(f"{what} is not base64 of {size} bytes in its one form")
    return raw


def check_signature(origin: str, text: bytes, signature: bytes, keys: Keys, what: str) -> None:
    for key in keys:
        if key.may_sign(origin) and signature[:4] == key.id_under(origin):
            with suppress(BadSignatureError, ValueError):
                crypto_sign_open(signature[4:] + text, key.public)
                return
    raise Wrong(f"{what} is not signed by a known key")


def open_note(note: str, keys: Keys) -> Head:
    if note.count("\n") != 5:
        raise Wrong("a checkpoint has not the form of a signed note")
    origin, size, root, _, last, _ = note.split("\n")
    encoded = last[len(origin) + 3 :]
    body = f"{origin}\n{size}\n{root}\n"
    if not (size.isascii() and size.isdecimal()) or note != f"{body}\n— {origin} {encoded}\n":
        raise Wrong("a checkpoint has not the form of a signed note")
    signature = unbase64(encoded, 68, "a checkpoint's signature")
    check_signature(origin, body.encode(), signature, keys, f"the checkpoint of size {size}")
    return Head(origin, int(size), unbase64(root, 32, "a checkpoint's root"))


def levels_over(leaves: Lines) -> list[Lines]:
    """All complete nodes over the leaves, by height."""
    levels = [leaves]
    while len(levels[-1]) > 1:
        pairs = iter(levels[-1])
        levels.append([sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)])
    return levels


def peaks_of(levels: list[Lines], count: int) -> Lines:
    """The complete subtrees over the first `count` leaves, largest first."""
    heights = [height for height in range(count.bit_length() - 1, -1, -1) if count >> height & 1]
    return [levels[height][(count >> height) - 1] for height in heights]


def fold(peaks: Sequence[bytes], digest: bytes | None = None) -> bytes:
    """The root over subtrees from left to right, and over what lies right of them."""
    for peak in reversed(peaks):
        digest = peak if digest is None else sha256(b"\x01" + peak + digest).digest()
    return digest or b""


def leads_to(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that an inclusion proof leads to (RFC 9162, 2.1.3.2); of no use if it has the wrong length."""
    at, last, digest = index, size - 1, leaf
    for sibling in path:
        if at & 1 or at == last:
            digest = sha256(b"\x01" + sibling + digest).digest()
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            digest = sha256(b"\x01" + digest + sibling).digest()
        at, last = at >> 1, last >> 1
    return digest if last == 0 and 0 <= index < size else b""


def check_block(start: int, lines: Lines, notes: Notes, keys: Keys, asked: Asked, stored: Lines | None = None) -> Block:
    """Hash a block's entries and check the checkpoints within it as far as the block alone can tell."""
    leaves = [sha256(b"\x00" + line).digest() for line in lines]
    if stored is not None and stored != leaves:
        raise Wrong("a stored leaf hash is not that of its entry, or an entry is missing")
    levels = levels_over(leaves)
    heads = [(open_note(note, keys), fold(peaks_of(levels, size - start))) for size, note in notes]
    for (size, _), (head, _) in zip(notes, heads, strict=True):
        if head.size != size:
            raise Wrong(f"the checkpoint over {size} entries speaks of {head.size}")
    suspects = enumerate(lines, start) if BEGINS(b"\n".join(lines)) else ()
    begins = [(index, line) for index, line in suspects if BEGINS(line)]
    kept = {index: lines[index - start] for index in asked if start <= index < start + len(lines)}
    whole = levels[8] if len(levels) > 8 else []
    return start + len(lines), peaks_of(levels, len(lines)), heads, begins, whole, kept


def join(name: str, blocks: Iterable[Block]) -> tuple[History, Lines, Lines]:
    """Blocks from left to right as one history; also the tree's nodes over 256 entries, and over whole blocks."""
    history, nodes, roots, left = History(name), Lines(), Lines(), Lines()
    for end, peaks, heads, begins, whole, lines in blocks:
        for head, inner in heads:
            if fold(left, inner) != head.root:
                raise Wrong(f"the entries do not lead to the checkpoint of size {head.size}")
            if head.size in history.heads:
                raise Wrong(f"there are two checkpoints of size {head.size}")
            history.heads[head.size] = head
        for index, line in begins:
            begun = plain(line, f"entry {index}")
            if begun.get("kind") in ("began", "restored"):
                history.eras.append({**begun["fact"], "index": index, "kind": begun["kind"]})
        history.lines |= lines
        history.size = end
        nodes += whole
        if end % BLOCK == 0:
            roots += peaks
            left = peaks_of(levels_over(roots), len(roots))
    check_eras(history)
    return history, nodes, roots


def check_eras(history: History) -> None:
    """One origin an era; an era after a restore says truly where the one before ended; nothing is uncovered."""
    if not history.eras or history.size not in history.heads:
        raise Wrong("the journal does not say how it began, or no checkpoint covers its last entry")
    for number, era in enumerate(history.eras, 1):
        if era["era"] != number or (era["kind"] == "began") != (number == 1) or (number == 1) != (era["index"] == 0):
            raise Wrong(f"entry {era['index']} begins an era out of order")
        own = history.heads.get(era["index"])
        if number > 1 and (own is None or (era["own_size"], era["own_root"]) != (own.size, own.root.hex())):
            raise Wrong(f"era {number} does not begin where the one before ended")
    for head in history.heads.values():
        if head.origin != next(era["origin"] for era in reversed(history.eras) if era["index"] < head.size):
            raise Wrong(f"the checkpoint of size {head.size} has not the origin of its era")


def check_export(path: Path, given: Keys, wanted: Asked) -> tuple[History, list[Key]]:
    with path.open("rb") as file:
        header = plain(file.readline().removesuffix(b"\n"), "the export's first line")
        if " ".join(sorted(header)) != {1: "journal keys size", 2: "journal keys notes size"}.get(header["journal"]):
            raise Wrong("the export is of a form that is not known")
        carried = [Key.parse(text) for text in header["keys"]]
        history, _, _ = join(path.name, _export_blocks(file, list(given) or carried, wanted))
    if (history.size, len(history.heads)) != (header["size"], header.get("notes", len(history.heads))):
        raise Wrong("the export is not as long as its first line says")
    return history, carried


def _export_blocks(file: Iterable[bytes], keys: Keys, wanted: Asked) -> Iterator[Block]:
    start, lines, notes = 0, Lines(), Notes()
    for line in file:
        if not line.endswith(b"\n"):
            raise Wrong("the export ends within a line")
        if line.startswith(b'{"checkpoint":'):
            notes.append((start + len(lines), plain(line[:-1], "a checkpoint's line")["checkpoint"]))
            continue
        if len(lines) == BLOCK:
            yield check_block(start, lines, notes, keys, wanted)
            start, lines, notes = start + BLOCK, [], []
        lines.append(line[:-1])
    yield check_block(start, lines, notes, keys, wanted)


def open_state(path: Path) -> sqlite3.Connection:
    """The database, read only. Without a write-ahead log beside it, it is at rest and may be read as immutable."""
    mode = "mode=ro" if path.with_name(path.name + "-wal").exists() else "immutable=1"
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True)
    connection.text_factory = bytes
    return connection


def check_state(path: Path, keys: Keys, wanted: Asked) -> History:
    connection = open_state(path)
    connection.execute("BEGIN")
    (size,) = connection.execute("SELECT coalesce(max(size), 0) FROM checkpoints").fetchone()
    held = connection.execute("SELECT count(*), min(position), max(position) FROM journal").fetchone()
    stored = connection.execute("SELECT level, position, hash FROM journal_nodes ORDER BY level, position").fetchall()
    connection.close()
    if held != (size, 0, size - 1):
        raise Wrong("an entry is missing, or no checkpoint covers the last one")
    tasks: list[Task] = [(path, at, min(at + BLOCK, size), keys, wanted) for at in range(0, size, BLOCK)]
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:  # starts none before it is asked
        blocks = pool.map(_state_block, tasks) if size >= PARALLEL_FROM else map(_state_block, tasks)
        history, nodes, roots = join(path.name, blocks)
    levels = [nodes, *levels_over(roots)[::8]] if roots else [nodes]
    if stored != [(level, at, node) for level, row in enumerate(levels, 1) for at, node in enumerate(row)]:
        raise Wrong("the stored nodes of the tree are not those of its entries")
    return history


def _state_block(task: Task) -> Block:
    path, start, end, keys, wanted = task
    connection = open_state(path)
    entries = "SELECT line, leaf FROM journal WHERE position >= ? AND position < ? ORDER BY position"
    rows = connection.execute(entries, (start, end)).fetchall()
    covering = "SELECT size, note FROM checkpoints WHERE size > ? AND size <= ? ORDER BY size"
    notes = [(size, note.decode()) for size, note in connection.execute(covering, (start, end))]
    connection.close()
    return check_block(start, [row[0] for row in rows], notes, keys, wanted, [row[1] for row in rows])


def check_receipt(data: bytes, keys: Keys) -> tuple[dict[str, Any], Head]:
    """A receipt that is right in itself: form, signature, checkpoint, proof, and that it says what its fact says."""
    receipt = plain(data.removesuffix(b"\n"), "the receipt")
    if " ".join(sorted(receipt)) != RECEIPT or receipt["version"] != 1 or not data.endswith(b"\n"):
        raise Wrong("the receipt is of a form that is not known")
    head = open_note(receipt["checkpoint"], keys)
    text = canonical({name: value for name, value in receipt.items() if name != "signature"})
    check_signature(head.origin, b"receipt\n" + text, unbase64(receipt["signature"], 68, "its signature"), keys, "it")
    index, line = receipt["fact"]["index"], receipt["fact"]["line"].encode()
    path = [unbase64(sibling, 32, "the receipt's proof") for sibling in receipt["inclusion"]]
    if leads_to(sha256(b"\x00" + line).digest(), index, head.size, path) != head.root:
        raise Wrong("the receipt's fact is not under its checkpoint")
    (fact, kind, _), stage = plain(line, "the receipt's fact").values(), receipt["stage"]
    said, told = (fact["submissions"], receipt["verdicts"]) if stage in JUDGED else ([], [])
    if (
        receipt["gateway"] != head.origin
        or kind != ("judged" if stage in JUDGED else stage)
        or fact.get("arrival", receipt["arrival"]) != receipt["arrival"]
        or fact.get("quarantined", False) != (stage == "quarantined")
        or [verdict["submission"] for verdict in told] != [verdict["submission"] for verdict in said]
        or any(one.get(it) != two[it] for one, two in zip(told, said, strict=True) for it in two.keys() & {*one, WEAK})
    ):
        raise Wrong("the receipt does not say what its fact says")
    return receipt, head


def compare(receipt: dict[str, Any], head: Head, history: History) -> str | None:
    """Hold a receipt against a journal. Gives what is to be said of it beyond that all is well."""
    held = history.heads.get(head.size)
    if held == head and history.lines.get(receipt["fact"]["index"]) == receipt["fact"]["line"].encode():
        return None
    for era in history.eras[1:]:
        older = [earlier["origin"] for earlier in history.eras if earlier["era"] < era["era"]]
        if head.origin in older and era["own_size"] < head.size <= era["known_size"]:
            return f"it lies in the gap that the restore of era {era['era']} admits"
    raise Wrong(f"{history.name} does not hold what this receipt proves: it was rewritten or cut short")


def verify(paths: Sequence[Path], keys: Keys) -> tuple[list[str], list[str]]:
    """What is to be said of each file that is in order, and what is wrong."""
    good, wrong, histories, known = list[str](), list[str](), list[History](), [*keys]
    kinds = {path: kind_of(path) for path in paths}
    receipts = {path: path.read_bytes() for path in paths if kinds[path] == "receipt"}
    asked = [re.search(rb'"fact":{"index":(\d{1,18}),', data) for data in receipts.values()]
    wanted = [int(found[1]) for found in asked if found]
    for path in sorted(paths, key=lambda path: ["export", "state", "receipt"].index(kinds[path])):
        try:
            if kinds[path] == "receipt":
                receipt, head = check_receipt(receipts[path], known)
                said = filter(None, [compare(receipt, head, history) for history in histories])
                good.append("; ".join([f"{path.name}: receipt, {receipt['stage']}, in order", *said]))
                continue
            if kinds[path] == "export":  # it may carry the keys for the rest
                history, carried = check_export(path, keys, wanted)
                known = known or carried
            else:
                history = check_state(path, known, wanted)
            good += [f"{path.name}: {sentence}" for sentence in described(history)]
            for other in histories:
                common = history.heads.items() & other.heads.items()
                if min(history.size, other.size) not in dict(common):
                    raise Wrong(f"it tells another history than {other.name}")
            histories.append(history)
        except Wrong as error:
            wrong.append(f"{path.name}: {error}")
        except (sqlite3.Error, KeyError, TypeError, ValueError, AttributeError, StopIteration) as error:
            wrong.append(f"{path.name}: it has not the form of its kind ({type(error).__name__})")
    return good, wrong


def kind_of(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(16)
    return "state" if start == b"SQLite format 3\x00" else "export" if start[:11] == b'{"journal":' else "receipt"


def described(history: History) -> Iterator[str]:
    last = history.heads[history.size]
    root = base64.b64encode(last.root).decode()
    yield f"journal of {history.size} facts under {len(history.heads)} checkpoints, {last.origin} {root}, in order"
    for era in history.eras[1:]:
        lost = f"{era['known_size'] - era['own_size']} known to be lost"
        yield f"era {era['era']} began with a restore after {era['own_size']} facts; {lost}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check a journal's state, exports and receipts.")
    parser.add_argument("--key", action="append", default=[], metavar="NAME+ID+BASE64", help="a key you trust")
    parser.add_argument("files", nargs="+", type=Path)
    options = parser.parse_args(arguments)
    try:
        good, wrong = verify(options.files, [Key.parse(text) for text in options.key])
    except (Wrong, OSError) as error:
        good, wrong = [], [str(error)]
    if not options.key:
        good.append("no key was given: signatures were checked with the keys that an export carries, if any")
    print(*good, *(f"WRONG  {sentence}" for sentence in wrong), sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":  # pragma: no cover
    sys.exit(main())
