"""Makes `handlers/sealed/vectors/`: sealed files, good and bad, each with what a reader must say of it.

Run as `python -m tests.handlers.make_vectors`. A test makes them again and compares every byte.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nacl import bindings as sodium

from tests.handlers import by_hand
from tests.handlers.by_hand import CHUNK, CONTENT_KEY, FINAL, MORE, RECIPIENT, SECOND, STRANGER, Recipe, canonical, slot

FOLDER = Path(__file__).parents[2] / "handlers" / "sealed" / "vectors"
TABLE = ("出生登记.xlsx", 2, b"not really a workbook, but nobody asks here")
NOTE = ("read me.txt", None, b"second file")
LARGE = ("large.bin", None, bytes(range(256)) * (CHUNK // 256 + 1))

Bad = tuple[str, str, str, bytes]  # name, what must be said, why, the file


def good() -> Iterator[tuple[str, str, bytes]]:
    yield "one_file", "one file for one recipient", Recipe([TABLE]).make()
    yield "two_files", "two files for two recipients", Recipe([TABLE, NOTE], [SECOND, RECIPIENT]).make()
    yield "nil", "nothing to report", Recipe([]).make()
    yield "empty_file", "a file of no bytes between others", Recipe([TABLE, ("empty", None, b""), NOTE]).make()
    crowd = [by_hand.key(f"recipient {n}") for n in range(63)]
    yield "sixty_four", "as many recipients as there may be", Recipe([NOTE], [*crowd, RECIPIENT]).make()
    yield "names", "names of many scripts", Recipe([('"𠮷　é\u2028~', 0, b"x")]).make()
    yield "two_chunks", "a file longer than one chunk", Recipe([TABLE, LARGE]).make()


def bad() -> Iterator[Bad]:
    yield from _header()
    yield from _recipients()
    yield from _body()
    yield from _form()
    yield from _members()
    yield from _names()
    yield from _contents()


def _header() -> Iterator[Bad]:
    whole = Recipe([TABLE]).make()
    yield "nothing", "damaged", "no byte at all", b""
    yield "other_magic", "damaged", "begins otherwise", b"sealed" + whole[6:]
    yield "version_2", "unsupported", "a version of the future", Recipe([TABLE], version=2).make()
    yield "no_recipient", "damaged", "a count of zero", whole[:8] + b"\x00" + whole[9:]
    yield "too_many_recipients", "damaged", "a count of 65", whole[:8] + b"\x41" + whole[9:] * 66
    yield "cut_in_magic", "damaged", "five bytes", whole[:5]
    yield "cut_in_slot", "damaged", "ends within the slot", whole[:60]
    yield "cut_after_header", "damaged", "a header and no body", whole[:121]
    yield "stream_header_changed", "damaged", "one bit of the stream's header", _flip(whole, 100)


def _recipients() -> Iterator[Bad]:
    whole, both = Recipe([TABLE]).make(), Recipe([TABLE], [RECIPIENT, SECOND]).make()
    mine, other = by_hand.sealing_public(RECIPIENT), by_hand.sealing_public(STRANGER)
    yield "for_another", "needs_key", "sealed to a stranger only", Recipe([TABLE], [STRANGER]).make()
    yield "hint_changed", "needs_key", "our slot under another hint", _flip(whole, 9)
    yield "slot_changed", "needs_key", "one bit of the sealed content key", _flip(whole, 70)
    wrong = mine[:8] + slot(other, CONTENT_KEY)[8:]
    yield "hint_of_ours", "needs_key", "our hint, sealed to another", Recipe([TABLE], slots=lambda _: [wrong]).make()
    yield "stripped", "damaged", "a slot taken away", both[:8] + b"\x01" + both[9:97] + both[185:]
    extra = slot(other, CONTENT_KEY)
    yield "added", "damaged", "a slot added", whole[:8] + b"\x02" + whole[9:97] + extra + whole[97:]
    yield "swapped", "damaged", "two slots changed places", both[:9] + both[97:185] + both[9:97] + both[185:]
    slots = [slot(mine, CONTENT_KEY), extra]
    yield (
        "resealed_with_more",
        "forged",
        "a recipient sealed it anew for more",
        Recipe([TABLE], slots=lambda _: slots).make(),
    )
    listed = {"keys": [other.hex()]}
    yield "passed_on", "forged", "signed for another, passed on to us", Recipe([TABLE], changes=listed).make()
    yield (
        "fewer_slots",
        "forged",
        "signed for two, sealed to one",
        Recipe([TABLE], changes={"keys": [mine.hex(), other.hex()]}).make(),
    )
    yield "no_keys", "damaged", "an empty list of recipients", Recipe([TABLE], changes={"keys": []}).make()
    yield "key_twice", "damaged", "a recipient twice", Recipe([TABLE], [RECIPIENT, RECIPIENT]).make()


def _body() -> Iterator[Bad]:
    whole = Recipe([TABLE]).make()
    large = Recipe([TABLE, LARGE])
    yield "body_changed", "damaged", "one bit of the first chunk", _flip(whole, 200)
    yield "tag_changed", "damaged", "one bit of a chunk's authenticator", _flip(whole, len(whole) - 1)
    yield "cut_in_chunk", "damaged", "the last byte is missing", whole[:-1]
    yield "prolonged", "damaged", "a byte after the end", whole + b"\x00"
    yield "not_bound", "damaged", "a first chunk that knows no header", Recipe([TABLE], bind=lambda _: None).make()
    yield (
        "never_final",
        "damaged",
        "the last chunk is not marked",
        Recipe([TABLE], chunks=lambda plain: [(plain, MORE)]).make(),
    )
    yield "tag_rekey", "damaged", "a tag that may not occur", Recipe([TABLE], chunks=lambda plain: [(plain, 2)]).make()
    empty = Recipe([TABLE], chunks=lambda plain: [(plain, MORE), (b"", FINAL)])
    yield "short_then_empty", "damaged", "a short chunk, then an empty one", empty.make()
    early = Recipe([TABLE], chunks=lambda plain: [(plain[:300], MORE), (plain[300:], FINAL)])
    yield "short_chunk", "damaged", "a chunk in the middle that is not full", early.make()
    file = large.make()
    yield "large:cut_at_chunk", "damaged", "ends after the first of two chunks", file[: 121 + CHUNK + 17]
    yield "large:body_changed", "damaged", "one bit of the second chunk", _flip(file, 121 + CHUNK + 40)
    early = Recipe([TABLE, LARGE], chunks=lambda plain: [(plain[:CHUNK], FINAL), (plain[CHUNK:], FINAL)])
    yield "large:final_twice", "damaged", "marked as last, and one more follows", early.make()


def _form() -> Iterator[Bad]:
    def told(name: str, why: str, change: Any) -> Bad:
        return name, "damaged", why, Recipe([TABLE], manifest=lambda fields: change(fields)).make()

    yield told(
        "manifest_spaces", "JSON with spaces", lambda f: json.dumps(f, ensure_ascii=False, sort_keys=True).encode()
    )
    yield told(
        "manifest_escapes",
        "characters escaped without need",
        lambda f: json.dumps(f, sort_keys=True, separators=(",", ":")).encode(),
    )
    yield told(
        "manifest_unsorted",
        "members in another order",
        lambda f: canonical(f).replace(b'"dataflow":"births",', b"")[:-1] + b',"dataflow":"births"}',
    )
    yield told(
        "manifest_member_twice", "a member twice", lambda f: canonical(f)[:-1] + b',"signed":"2026-10-20T08:15:00Z"}'
    )
    yield told("manifest_more", "an unknown member", lambda f: canonical(f | {"zzz": 1}))
    yield told("manifest_less", "a member missing", lambda f: canonical({k: v for k, v in f.items() if k != "period"}))
    yield told("manifest_list", "a list", lambda f: canonical([f]))  # type: ignore[arg-type]
    yield told("manifest_text", "no JSON", lambda f: b"births 2026-10")
    yield told("manifest_bytes", "no UTF-8", lambda f: canonical(f).replace("出".encode(), b"\xff"))
    yield told("manifest_deep", "nested ten thousand times", lambda f: b"[" * 10_000 + b"]" * 10_000)
    yield told("manifest_none", "no byte", lambda f: b"")
    yield "manifest_cut", "damaged", "longer than the chunk", Recipe([TABLE], length=lambda raw: 60_000).make()
    yield "large:manifest_huge", "damaged", "longer than may be", Recipe([LARGE], length=lambda raw: 65_537).make()


def _members() -> Iterator[Bad]:
    listed = Recipe([TABLE]).fields()["files"][0]
    for name, why, changes in (
        ("nil_with_files", "nothing to report, and a file", {"nil": True}),
        ("nil_as_number", "a truth that is a number", {"nil": 0}),
        ("period_month_13", "no such month", {"period": "2026-M13"}),
        ("period_short", "a month in one digit", {"period": "2026-M1"}),
        ("sequence_negative", "a number below zero", {"sequence": -1}),
        ("sequence_fraction", "a number with a point", {"sequence": 17.0}),
        ("sequence_truth", "a truth for a number", {"sequence": True}),
        ("sequence_large", "a number no browser can hold", {"sequence": 2**53}),
        ("signed_offset", "an instant of another zone", {"signed": "2026-10-20T16:15:00+08:00"}),
        ("signed_fraction", "an instant with a fraction", {"signed": "2026-10-20T08:15:00.5Z"}),
        ("signed_no_day", "a day that does not exist", {"signed": "2026-02-30T08:15:00Z"}),
        ("sender_slash", "an id with a slash", {"sender": "health/zhang"}),
        ("sender_empty", "an empty id", {"sender": ""}),
        ("sender_none", "no id", {"sender": None}),
        ("keys_upper", "digits in upper case", {"keys": [by_hand.sealing_public(RECIPIENT).hex().upper()]}),
        ("rows_negative", "rows below zero", {"files": [listed | {"rows": -1}]}),
        ("rows_text", "rows as a text", {"files": [listed | {"rows": "2"}]}),
        ("size_negative", "a size below zero", {"files": [listed | {"size": -1}]}),
        ("digest_short", "a digest too short", {"files": [listed | {"sha256": listed["sha256"][:-1]}]}),
        ("file_more", "an unknown member of a file", {"files": [listed | {"type": "x"}]}),
        ("files_none", "no list", {"files": None}),
    ):
        yield name, "damaged", why, Recipe([TABLE], changes=changes).make()
    yield "silent", "damaged", "no file, and not nil", Recipe([], changes={"nil": False}).make()


def _names() -> Iterator[Bad]:
    for name, why, written in (
        ("name_slash", "a path", "../passwd"),
        ("name_backslash", "a path of another system", "..\\passwd"),
        ("name_up", "the folder above", ".."),
        ("name_zero", "a zero in the name", "a\x00b"),
        ("name_line", "two lines", "a\nb"),
        ("name_override", "writing turned round", "\u202excod.exe"),
        ("name_empty", "no name", ""),
        ("name_long", "256 characters", "a" * 256),
    ):
        yield name, "damaged", why, Recipe([(written, None, b"x")]).make()
    yield "name_twice", "damaged", "two files of one name", Recipe([NOTE, NOTE]).make()


def _contents() -> Iterator[Bad]:
    def told(name: str, why: str, **steps: Any) -> Bad:
        return name, "forged", why, Recipe([TABLE, NOTE], **steps).make()

    listed = Recipe([TABLE, NOTE]).fields()["files"]
    yield told("file_changed", "one byte of a file", contents=[TABLE[2], b"Second file"])
    yield told("file_longer", "a byte more than listed", contents=[TABLE[2], NOTE[2] + b"."])
    yield told("file_shorter", "a byte less than listed", contents=[TABLE[2], NOTE[2][:-1]])
    yield told("files_exchanged", "one in the place of the other", contents=[NOTE[2], TABLE[2]])
    yield told("list_exchanged", "the list in another order", changes={"files": listed[::-1]})
    yield told("file_unlisted", "a file that is not listed", changes={"files": listed[:1]})
    yield told(
        "signature_changed",
        "one bit of the signature",
        signature=lambda raw: _flip(by_hand.sign(raw, by_hand.SENDER), 3),
    )
    yield told(
        "signed_by_another", "another's signature", signature=lambda raw: by_hand.sign(raw, by_hand.OTHER_SENDER)
    )
    secret = sodium.crypto_sign_seed_keypair(by_hand.SENDER)[1]
    yield told(
        "signed_without_words",
        "signed for no purpose",
        signature=lambda raw: sodium.crypto_sign(raw, secret)[:64],
    )
    yield told("not_signed", "zeros for a signature", signature=lambda raw: bytes(64))
    huge = [listed[0] | {"size": 2**40}, listed[1]]
    yield "size_huge", "too_large", "a terabyte, says the list", Recipe([TABLE, NOTE], changes={"files": huge}).make()


def _flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]


def documents() -> dict[str, dict[str, Any]]:
    """The JSON documents by file name. Large files share a beginning, so only what differs is written out."""
    keys = {
        "about": "Keys in hexadecimal. A reader holds recipient_private and knows sender_public.",
        "recipient_private": RECIPIENT.hex(),
        "recipient_public": by_hand.sealing_public(RECIPIENT).hex(),
        "sender_seed": by_hand.SENDER.hex(),
        "sender_public": by_hand.signing_public(by_hand.SENDER).hex(),
        "content_key": CONTENT_KEY.hex(),
        "stream_header": by_hand.STREAM_HEADER.hex(),
    }
    fine = [
        {
            "name": name,
            "about": about,
            "expect": "opened",
            "manifest": canonical(by_hand.read(file, RECIPIENT)[0]).decode(),
            "file": _base64(file),
        }
        for name, about, file in good()
    ]
    wrong = [
        {"name": name, "about": why, "expect": expect, "file": _base64(file)}
        for name, expect, why, file in bad()
        if not name.startswith("large:")
    ]
    return {"good.json": keys | {"vectors": fine}, "bad.json": keys | {"vectors": wrong}}


def _base64(file: bytes) -> str:
    return base64.b64encode(file).decode()


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, document in documents().items():
        (FOLDER / name).write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
