"""Mutants that are changed behind what would stop them at the door: each ends in content or in a word."""

from __future__ import annotations

import json
import random
import struct
import zlib

import pytest

from gateway.handler import Limits, Opened, Part, Sheet
from handlers import (
    csv_text,
    excel,
    excel_binary,
    excel_legacy,
    office_password,
    open_document,
    openpgp,
    outlook_msg,
    sealed,
    smime,
    winmail,
)
from handlers.forms.ole import Ole
from handlers.openpgp.packet import packets, uncompressed
from tests.handlers import binary_books, by_hand, locked, old_books
from tests.handlers.books import zipped
from tests.handlers.mutating import fuzzed, kept, mutated
from tests.handlers.mutating_inside import (
    ber_values,
    binary_records,
    entries_of,
    json_values,
    old_records,
    reworded,
    tnef_attributes,
    with_one_changed,
)  # fmt: skip
from tests.handlers.test_excel_marks import MARKS, marked
from tests.handlers.test_office_password import BOOK, PASSWORD, STREAM
from tests.handlers.test_openpgp import CONTENT
from tests.handlers.test_outlook_msg import LARGE, TABLE, attachment, message, named, within
from tests.handlers.test_smime import ENTITY
from tests.handlers.test_winmail import MESSAGE_ID, ODD_PROPERTIES, TEXT8, attached, properties, tnef, value, wide
from tests.handlers.ugly_book import ugly_book


def read(handler: object, data: bytes) -> None:
    sheets: tuple[Sheet, ...] = handler.read_sheets(data, Limits())  # type: ignore[attr-defined]
    for sheet in sheets:  # all of it can be written out
        "".join((sheet.name, *(cell for row in sheet.rows for cell in row))).encode()
        assert all(0 <= note.row <= 1 << 20 and 0 <= note.column <= 1_000 for note in sheet.notes)


def unpacked(opened: Opened) -> None:
    assert all(isinstance(part, Part) and isinstance(part.data, bytes) for part in opened.parts)
    "".join(part.name + part.media for part in opened.parts).encode()


def test_workbooks_changed_inside() -> None:
    books = [entries_of(data) for data in (*kept("*s.xlsx"), ugly_book(), *kept("other.xlsx"))]
    fuzzed(500, ("content", "damaged"), lambda chance: read(excel, with_one_changed(chance, chance.choice(books))))


def test_workbooks_changed_inside_and_then_marked() -> None:
    books = [entries_of(data) for data in (ugly_book(), *kept("births.xlsx"))]

    def attempt(chance: random.Random) -> None:
        assert entries_of(marked(with_one_changed(chance, chance.choice(books)), *MARKS))

    fuzzed(300, ("content", "unsupported"), attempt)


def test_binary_workbooks_changed_inside() -> None:
    rows = binary_books.row(1, binary_books.label(1, "文"), binary_books.real(2, 1.0, 1))
    more = binary_books.row(9, binary_books.cell(7, 1, bytes(4)), binary_books.cell(2, 2, bytes(4)), hidden=True)
    sheets = binary_books.sheet(rows, more), binary_books.sheet(rows)
    style = binary_books.styles(0, 14, (164, "yy-m"))
    book = {
        name: part.encode() if isinstance(part, str) else part
        for name, part in binary_books.parts(*sheets, strings=["a", "b"], style=style).items()
    }

    def attempt(chance: random.Random) -> None:
        read(excel_binary, with_one_changed(chance, book, chance.choice((binary_records, binary_records, mutated))))

    fuzzed(1_000, ("content", "damaged"), attempt)


def test_old_workbooks_changed_inside() -> None:
    streams = [Ole(data, Limits()).read("Workbook") or b"" for data in kept("*.xls")]
    old = old_books.workbook(
        old_books.cell(0x204, 1, 1, old_books.text5("姓名")) + old_books.number(2, 2, 1.5),
        names=("表",), version=0x500, head=old_books.record(0x42, struct.pack("<H", 936)),
    )  # fmt: skip

    def attempt(chance: random.Random) -> None:
        name, original = chance.choice((("Book", old), ("Workbook", chance.choice(streams))))
        change = chance.choice((old_records, old_records, mutated))
        whole = old_books.compound({name: change(chance, original)})
        read(excel_legacy, mutated(chance, whole, within=512) if chance.random() < 0.1 else whole)

    fuzzed(1_000, ("content", "damaged"), attempt)


def test_documents_changed_inside() -> None:
    books = [entries_of(data) for data in kept("*.ods")]

    def attempt(chance: random.Random) -> None:
        book = chance.choice(books)
        read(open_document, zipped(book | {"content.xml": reworded(chance, book["content.xml"])}))

    fuzzed(500, ("content", "damaged"), attempt)


def test_text_tables() -> None:
    text = '姓名,性别,备注\r\n张三,1,"a, ""b"""\r\n李四,2,\r\n' * 5
    forms = [text.encode(one, "replace") for one in ("utf-8-sig", "gb18030", "utf-16", "utf-16-be", "big5")]
    pieces = (b'"', b'"' * 3, b",", b"\t", b";", b"\r", b"\n", b"\0", b"\xff\xfe", b"\x80", b"\x1a", b"\xfa\x50")
    fuzzed(2_000, ("content", "encoding"), lambda chance: read(csv_text, mutated(chance, chance.choice(forms), pieces)))


def test_packed_attachments_of_outlook() -> None:
    texts = properties(value(TEXT8, 0x3707, b"a.csv\0"), wide(0x3704, "表.csv"))
    inner = tnef(attached(title=b"a"))
    originals = [
        tnef(attached(title="表.csv".encode("gbk"), further=ODD_PROPERTIES + texts), attached(b"2", b"b")),
        tnef(attached(None, b"m", properties(value(0x0D, 0x3701, MESSAGE_ID + inner)))),
    ]

    def attempt(chance: random.Random) -> None:
        unpacked(winmail.open_parts(tnef_attributes(chance, chance.choice(originals)), Limits()))

    fuzzed(5_000, ("content", "damaged"), attempt)


def test_messages_of_outlook() -> None:
    inner = within(1, message(attachment(0, TABLE, {"3707001E": b"a.csv"})))
    streams = message(attachment(0, LARGE, named("表.csv")), inner)

    def attempt(chance: random.Random) -> None:
        names = sorted(streams)
        chosen = {name: streams[name] for name in names if chance.random() < 0.95}
        for name in chance.sample(names, 2):
            chosen[name] = mutated(chance, streams[name])
        unpacked(outlook_msg.open_parts(old_books.compound(chosen), Limits()))

    fuzzed(2_000, ("content",), attempt)


def test_locked_files_of_office() -> None:
    files = [Ole(data, Limits()) for data in (locked.Agile(BOOK, PASSWORD, spins=10).make(), *kept("standard.xlsx"))]
    streams = [{name: file.read(name) or b"" for name in file.names} for file in files]

    def attempt(chance: random.Random) -> None:
        chosen = dict(chance.choice(streams))
        info = chosen["EncryptionInfo"]
        chosen["EncryptionInfo"] = info[:8] + (reworded if b"<" in info else mutated)(chance, info[8:])
        for name in chosen:
            if chance.random() < 0.2:
                chosen[name] = mutated(chance, chosen[name], within=100)
        secret = chance.choice((PASSWORD, "x")).encode()
        unpacked(office_password.open_parts(old_books.compound(chosen), Limits(), secret))

    fuzzed(200, ("content", "damaged", "needs_password"), attempt)


def test_old_workbooks_that_are_locked() -> None:
    streams = [locked.rc4_40(STREAM, PASSWORD), locked.crypto_api(STREAM, PASSWORD)]

    def attempt(chance: random.Random) -> None:
        data = old_books.compound({"Workbook": old_records(chance, chance.choice(streams))})
        unpacked(office_password.open_parts(data, Limits(), PASSWORD.encode()))

    fuzzed(500, ("content", "damaged"), attempt)


@pytest.mark.parametrize("form", range(4))
def test_signed_and_encrypted_mails(form: int) -> None:
    """Signed content is never another one under the officer's name."""
    original, (secret,), (signer,) = kept("smime.?")[form], kept("smime.secret"), kept("smime.signer")

    def attempt(chance: random.Random) -> str:
        change = chance.choice((mutated, ber_values))
        found = smime.open_parts(change(chance, original), Limits(), secret)
        assert not found.signers or (found.signers, found.parts[0].data) == ((signer.decode(),), ENTITY)
        return "signed" if found.signers else "content"

    fuzzed(500, ("damaged",), attempt)


@pytest.mark.parametrize("form", range(4))
def test_openpgp_messages(form: int) -> None:
    """Signed content is never another one under the officer's name."""
    original, (secret,), (signer,) = kept("openpgp.?")[form], kept("openpgp.secret"), kept("openpgp.signer")

    def attempt(chance: random.Random) -> str:
        found = openpgp.open_parts(mutated(chance, original, within=400), Limits(), secret)
        if not found.signers:
            return "content"
        assert found.signers == (signer.decode(),)
        assert found.parts[0].data.replace(b"\r\n", b"\n").rstrip() == CONTENT.rstrip()
        return "signed"

    fuzzed(300, ("damaged",), attempt)


def test_openpgp_messages_changed_inside_their_compression() -> None:
    (secret,), original = kept("openpgp.secret"), kept("openpgp.1")[0]
    plain = b"".join(map(bytes, uncompressed(packets(original), Limits())))

    def attempt(chance: random.Random) -> str:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        body = b"\1" + packer.compress(mutated(chance, plain, within=200)) + packer.flush()
        data = b"\xc8\xff" + len(body).to_bytes(4, "big") + body
        found = openpgp.open_parts(data, Limits(), secret)
        assert not found.signers or found.parts[0].data == CONTENT
        return "signed" if found.signers else "content"

    fuzzed(300, ("content", "damaged"), attempt)


def test_sealed_files_whose_manifest_an_officer_made_up() -> None:
    files = [("出生.xlsx", 3, b"a" * 90), ("b.csv", None, b"b")]

    def attempt(chance: random.Random) -> None:
        def manifest(fields: dict[str, object]) -> bytes:
            made = json.dumps(json_values(chance, fields), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            raw = made.encode("utf-8", "surrogatepass")
            return mutated(chance, raw) if chance.random() < 0.3 else raw

        file = by_hand.Recipe(files, manifest=manifest).make()
        if chance.random() < 0.1:
            file = mutated(chance, file, within=150)
        unlocked = sealed.unlock_for(file[: sealed.HEADER_BYTES], [by_hand.RECIPIENT])
        opened = sealed.open_parts(file, Limits(), unlocked.content_key)
        signed = sealed.Signed.from_mapping(opened.manifest or {})
        public = by_hand.signing_public(by_hand.SENDER)
        sealed.verify_manifest(signed, public, unlocked.sealing_public).encode()
        unpacked(opened)

    fuzzed(1_000, ("content", "damaged", "forged", "needs_key"), attempt)
