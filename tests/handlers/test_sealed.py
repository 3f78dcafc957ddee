"""Sealed files: what can go wrong on the way, and what a stream passes on before it knows."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

import pytest

from gateway.handler import Limits, Part, Trouble, Unreadable
from handlers import sealed
from handlers.sealed import Signed, Source, open_parts, open_stream, read_header, seal_stream, unlock, unlock_for, write
from tests.handlers import by_hand
from tests.handlers.by_hand import CHUNK, RECIPIENT, SECOND, SENDER, STRANGER

FIELDS: dict[str, Any] = {
    "sender": "civil-affairs", "key": "civil-li-2", "recipient": "lead-office", "dataflow": "marriages",
    "period": "2026-M10", "sequence": 5, "nil": False, "signed": datetime(2026, 10, 27, 9, tzinfo=UTC),
}  # fmt: skip
TO = [by_hand.sealing_public(RECIPIENT)]


def made(*contents: bytes, **changes: Any) -> bytes:
    parts = [Part(f"{number}.xlsx", "", content) for number, content in enumerate(contents)]
    return b"".join(write(parts, FIELDS | changes, TO, SENDER))


def proven(file: bytes) -> sealed.Manifest:
    """Opened and proven as the gateway does it."""
    unlocked = unlock_for(file[: sealed.HEADER_BYTES], [RECIPIENT])
    signed = Signed.from_mapping(open_parts(file, Limits(), unlocked.content_key).manifest or {})
    public = by_hand.signing_public(SENDER)
    return sealed.verify_manifest(signed, public, unlocked.sealing_public)


def streamed(
    file: bytes, check: Callable[[Signed], object] = lambda _: None
) -> tuple[dict[str, bytes], Trouble | None]:
    """What a stream passed on, and the trouble that it ended in."""
    out: dict[str, io.BytesIO] = {}
    source = io.BytesIO(file)
    header = read_header(source)
    try:
        open_stream(
            header, source, unlock(header, [RECIPIENT]), lambda f: out.setdefault(f.name, io.BytesIO()).write, check
        )
    except Unreadable as trouble:
        return {name: buffer.getvalue() for name, buffer in out.items()}, trouble.trouble
    return {name: buffer.getvalue() for name, buffer in out.items()}, None


def test_any_flipped_byte_is_found() -> None:
    file = made(b"one", b"two")
    assert proven(file).sequence == 5
    for at in range(len(file)):
        for bit in (1, 128):
            with pytest.raises(Unreadable):
                proven(file[:at] + bytes((file[at] ^ bit,)) + file[at + 1 :])


def test_any_shorter_file_is_found() -> None:
    file = made(b"one")
    for size in range(len(file)):
        with pytest.raises(Unreadable):
            proven(file[:size])


@pytest.mark.parametrize("chunks", range(4))
def test_a_file_cut_at_any_chunk_is_found(chunks: int) -> None:
    file = made(bytes(3 * CHUNK + 10))
    body = len(read_header(io.BytesIO(file)))
    with pytest.raises(Unreadable) as trouble:
        proven(file[: body + chunks * (CHUNK + 17)])
    assert trouble.value.trouble is Trouble.DAMAGED


@pytest.mark.parametrize("less", range(-2, 3))
@pytest.mark.parametrize("chunks", [1, 2])
def test_lengths_around_a_chunk_come_back_whole(chunks: int, less: int) -> None:
    around = len(made(bytes(100_000))) - 100_000 - 121 - 17  # length, manifest and signature, for a size of six digits
    size = chunks * CHUNK - around + less
    file = made(bytes(range(251)) * (size // 251) + bytes(size % 251))
    assert len(file) == 121 + size + around + 17 * (chunks + (less > 0))
    content = open_parts(file, Limits(), unlock(file[:6000], [RECIPIENT])).parts[0].data
    assert content == bytes(range(251)) * (size // 251) + bytes(size % 251)


def test_chunks_in_another_order_are_found() -> None:
    file = made(bytes(3 * CHUNK))
    first = len(read_header(io.BytesIO(file))) + CHUNK + 17
    second = first + CHUNK + 17
    exchanged = file[:first] + file[second : second + CHUNK + 17] + file[first:second] + file[second + CHUNK + 17 :]
    with pytest.raises(Unreadable):
        proven(exchanged)


def test_the_body_of_one_file_under_the_header_of_another_is_found() -> None:
    one, other = made(b"one"), made(b"two")
    with pytest.raises(Unreadable):
        proven(one[:121] + other[121:])


def test_two_files_of_the_same_content_have_nothing_in_common() -> None:
    one, other = made(b"same"), made(b"same")
    assert one[17:97] != other[17:97] and one[97:121] != other[97:121] and one[121:] != other[121:]


def test_each_recipient_opens_it_and_nobody_else() -> None:
    everyone = [by_hand.sealing_public(private) for private in (SECOND, RECIPIENT)]
    file = b"".join(write([Part("a", "", b"x")], FIELDS, everyone, SENDER))
    assert unlock(file[: sealed.HEADER_BYTES], [STRANGER, SECOND]) == unlock(file[: sealed.HEADER_BYTES], [RECIPIENT])
    with pytest.raises(Unreadable) as trouble:
        unlock(file[: sealed.HEADER_BYTES], [STRANGER])
    assert trouble.value.trouble is Trouble.NEEDS_KEY


def test_unlocking_needs_no_more_than_the_fixed_header() -> None:
    crowd = [by_hand.sealing_public(by_hand.key(str(n))) for n in range(63)]
    file = b"".join(write([Part("a", "", b"x")], FIELDS, [*crowd, *TO], SENDER))
    assert len(read_header(io.BytesIO(file))) == sealed.HEADER_BYTES
    assert unlock_for(file[: sealed.HEADER_BYTES], [RECIPIENT]).sealing_public == TO[0]


def test_the_words_of_a_sender_passed_on_to_another_prove_nothing() -> None:
    file = made(b"x")
    signed = Signed.from_mapping(open_parts(file, Limits(), unlock(file[:6000], [RECIPIENT])).manifest or {})
    public = by_hand.signing_public(SENDER)
    assert sealed.verify_manifest(signed, public, None).sender == "civil-affairs"
    for signing, sealing in ((public, by_hand.sealing_public(STRANGER)), (by_hand.signing_public(STRANGER), TO[0])):
        with pytest.raises(Unreadable) as trouble:
            sealed.verify_manifest(signed, signing, sealing)
        assert trouble.value.trouble is Trouble.FORGED


@pytest.mark.parametrize(
    "fields",
    [{}, {"raw": 1, "signature": ""}, {"raw": "{}", "signature": "0" * 128}, {"raw": "\ud800", "signature": "0" * 128}],
)
def test_what_the_sandbox_sends_is_checked_anew(fields: dict[str, object]) -> None:
    with pytest.raises(Unreadable):
        Signed.from_mapping(fields)


def test_the_same_manifest_has_the_same_digest_and_another_sequence_another() -> None:
    assert proven(made(b"x")).digest == proven(made(b"x")).digest != proven(made(b"x", sequence=6)).digest


def test_without_the_content_key_a_key_is_asked_for() -> None:
    with pytest.raises(Unreadable) as trouble:
        open_parts(made(b"x"), Limits())
    assert trouble.value.trouble is Trouble.NEEDS_KEY


@pytest.mark.parametrize("limits", [Limits(bytes=9), Limits(parts=1)])
def test_more_than_the_limits_is_refused_by_its_manifest(limits: Limits) -> None:
    file = made(b"12345", b"67890")
    with pytest.raises(Unreadable) as trouble:
        open_parts(file, limits, unlock(file[:6000], [RECIPIENT]))
    assert trouble.value.trouble is Trouble.TOO_LARGE


def test_a_stream_passes_nothing_on_before_the_manifest_is_checked() -> None:
    def refuse(signed: Signed) -> None:
        assert signed.manifest.dataflow == "marriages"
        raise Unreadable(Trouble.FORGED)

    assert streamed(made(b"secret"), refuse) == ({}, Trouble.FORGED)


@pytest.mark.parametrize("size", [10, 20 * CHUNK])  # below and above what is worth a second thread
def test_a_stream_of_the_wrong_content_ends_in_an_error(size: int) -> None:
    wrong = by_hand.Recipe([("a", None, bytes(size))], contents=[bytes(size - 1) + b"\x01"]).make()
    passed_on, trouble = streamed(wrong)
    assert trouble is Trouble.FORGED and len(passed_on["a"]) == size


def test_a_stream_passes_on_only_authentic_chunks() -> None:
    file = bytearray(made(bytes(20 * CHUNK)))
    file[121 + 10 * (CHUNK + 17) + 5] ^= 1
    passed_on, trouble = streamed(bytes(file))
    assert trouble is Trouble.DAMAGED and 9 * CHUNK < len(passed_on["0.xlsx"]) <= 10 * CHUNK
    assert not any(passed_on["0.xlsx"])


class Dripping(io.RawIOBase):
    """A pipe that gives a few bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int = -1, /) -> bytes:
        return self._data.read(min(size, 50_001))


def test_a_pipe_that_drips_is_read_all_the_same() -> None:
    file = made(b"a" * 600_000)
    source: Any = Dripping(file)
    header = read_header(source)
    got = io.BytesIO()
    open_stream(header, source, unlock(header, [RECIPIENT]), lambda _: got.write, lambda _: None)
    assert got.getvalue() == b"a" * 600_000


class Zeros(io.RawIOBase):
    """Many zeros that are nowhere in memory."""

    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, size: int = -1, /) -> bytes:
        block = bytes(min(size, self._left))
        self._left -= len(block)
        return block


class Blocks:
    """An iterator of blocks as a stream."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._waiting = blocks, b""

    def read(self, size: int) -> bytes:
        self._waiting = self._waiting or next(self._blocks, b"")
        block, self._waiting = self._waiting[:size], self._waiting[size:]
        return block


def test_memory_does_not_grow_with_the_file() -> None:
    size = 64 << 20
    source: Any = Blocks(seal_stream([Source("zeros", None, lambda: Zeros(size))], FIELDS, TO, SENDER))  # type: ignore[arg-type, return-value]
    tracemalloc.start()
    header = read_header(source)
    seen = 0

    def count(piece: bytes | memoryview) -> None:
        nonlocal seen
        seen += len(piece)

    open_stream(header, source, unlock(header, [RECIPIENT]), lambda _: count, lambda _: None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seen == size and peak < 12 << 20


def test_a_file_that_changes_while_it_is_sealed_is_not_sealed() -> None:
    versions = iter((b"before", b"after!"))

    def opened() -> BinaryIO:
        return io.BytesIO(next(versions))

    with pytest.raises(ValueError, match="changed"):
        b"".join(seal_stream([Source("a", None, opened)], FIELDS, TO, SENDER))


@pytest.mark.parametrize(
    "changes",
    [
        {"period": "October"}, {"sender": "a b"}, {"nil": True}, {"sequence": -1}, {"unknown": 1}, {"key": None},
        {"signed": "2026-10-27"}, {"signed": FIELDS["signed"].replace(tzinfo=None)},
        {"signed": FIELDS["signed"] + timedelta(microseconds=1)},
    ],
)  # fmt: skip
def test_what_is_no_manifest_is_not_written(changes: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError)):
        made(b"x", **changes)


def test_a_nil_return_has_no_files() -> None:
    file = b"".join(write([], FIELDS | {"nil": True}, TO, SENDER))
    assert proven(file).nil and open_parts(file, Limits(), unlock(file[:6000], [RECIPIENT])).parts == ()


def test_it_knows_its_own_files_whatever_their_name() -> None:
    assert sealed.opens(made(b"x")[:4096], "report.xlsx")
    assert not sealed.opens(b"PK\x03\x04", "report.sealed")
