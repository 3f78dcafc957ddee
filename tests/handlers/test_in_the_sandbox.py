"""The handlers where they really run: behind the pipe, with the one secret their file needs."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.config.settings import SandboxSettings
from gateway.handler import Part, Trouble, Unreadable
from gateway.sandbox import Sandbox, Unsafe
from handlers import age, sealed
from handlers.forms.identity import Identity
from tests.handlers import by_hand
from tests.handlers.age_by_hand import AgeFile, scrypt_stanza
from tests.handlers.books import book, by_xlsxwriter, sheet
from tests.handlers.gnupg import GnuPG
from tests.handlers.openssl import make, openssl
from tests.handlers.test_excel import _registrations

MANIFEST = {
    "sender": "health", "key": "health-zhang-1", "recipient": "lead-office", "dataflow": "births", "period": "2026-M10",
    "sequence": 1, "nil": False, "signed": datetime(2026, 10, 20, tzinfo=UTC),
}  # fmt: skip
TEXT = "姓名,住址\n㐀,镕镇\n短\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    box = Sandbox(SandboxSettings(workers=1), ["sealed", "excel", "csv_text", "mail_message"])
    yield box
    box.close()


def test_a_sealed_file_is_unlocked_outside_opened_inside_and_proven_outside(sandbox: Sandbox) -> None:
    parts = [Part("出生.xlsx", "", by_xlsxwriter(_registrations)), Part("死亡.csv", "", TEXT.encode("gb18030"))]
    public = by_hand.sealing_public(by_hand.RECIPIENT)
    blocks = list(sealed.write(parts, MANIFEST | {"rows": {"出生.xlsx": 3}}, [public], by_hand.SENDER))
    with sandbox.session() as session:
        session.load(blocks)
        whole = session.whole("report.sealed")
        assert whole.handler == "sealed"
        unlocked = sealed.unlock_for(whole.header, [by_hand.RECIPIENT])
        contents = session.open("0", "sealed", unlocked.content_key)
        signed = sealed.Signed.from_mapping(contents.manifest or {})
        sender = by_hand.signing_public(by_hand.SENDER)
        manifest = sealed.verify_manifest(signed, sender, unlocked.sealing_public)
        assert [(file.name, file.rows, file.sha256) for file in manifest.files] == [
            (part.name, rows, part.sha256) for part, rows in zip(contents.parts, (3, None), strict=True)
        ]
        assert [part.handler for part in contents.parts] == ["excel", "csv_text"]
        (births,) = session.read(contents.parts[0].path, "excel")
        (deaths,) = session.read(contents.parts[1].path, "csv_text")
    assert (births.name, births.height, births.width) == ("出生登记", 6, 4)
    assert [note.code for note in births.notes] == ["lost_digits"]
    assert [note.code for note in deaths.notes] == ["short_row"]


@pytest.mark.parametrize(
    ("data", "name", "trouble"),
    [
        (book(sheet("").replace("UTF-8", "UTF-16").encode("utf-16")), "a.xlsx", None),
        (book(sheet("").replace("UTF-8", "big5")), "a.xlsx", Trouble.DAMAGED),
        ("\ufeff姓名,住址".encode("utf-16-le"), "a.csv", None),
        (b"\xff\xff\xff", "a.csv", Trouble.ENCODING),
    ],
    ids=["utf-16 workbook", "big5 workbook", "utf-16 text", "no text"],
)
def test_what_is_loaded_late_does_not_fail_for_want_of_files(
    sandbox: Sandbox, data: bytes, name: str, trouble: Trouble | None
) -> None:
    with sandbox.session() as session:
        session.load([data])
        handler = session.whole(name).handler
        if trouble is None:
            assert len(session.read("0", handler or "")) == 1
        else:
            with pytest.raises(Unreadable) as raised:
                session.read("0", handler or "")
            assert raised.value.trouble is trouble


def test_an_age_file_is_opened_inside_even_where_its_passphrase_costs_the_most_that_is_allowed() -> None:
    data = AgeFile([scrypt_stanza("约定", age.WORK_FACTOR)], TEXT.encode()).write()
    box = Sandbox(SandboxSettings(workers=1), ["age", "csv_text"])
    try:
        with box.session() as session:
            session.load([data])
            assert session.whole("死亡.csv.age").handler == "age"
            (part,) = session.open("0", "age", Identity(passwords=("约定",)).secret()).parts
            assert (part.path, part.name, part.handler, part.size) == (
                "0/1",
                "死亡.csv",
                "csv_text",
                len(TEXT.encode()),
            )
    finally:
        box.close()


def test_what_gnupg_encrypts_and_signs_is_opened_inside() -> None:
    gpg = GnuPG()
    box = Sandbox(SandboxSettings(workers=1), ["openpgp", "csv_text"])
    try:
        ours, officer = gpg.make("ours", "future-default"), gpg.make("li", "future-default")
        data = gpg.run("-u", officer, "-r", ours, "-o", "-", "-s", "-e", data=TEXT.encode())
        secret = Identity((gpg.private(ours),), (gpg.public(officer),)).secret()
        with box.session() as session:
            session.load([data])
            assert session.whole("死亡.csv.gpg").handler == "openpgp"
            contents = session.open("0", "openpgp", secret)
        (part,) = contents.parts
        assert (part.name, part.handler, contents.signers) == ("死亡.csv", "csv_text", (officer,))
    finally:
        box.close()
        gpg.end()


@pytest.mark.parametrize("harm", ["cut between chunks", "cut within a chunk", "last byte changed", "more at the end"])
def test_of_a_sealed_file_that_was_harmed_nothing_is_handed_on(sandbox: Sandbox, harm: str) -> None:
    """The chunks before the harm were authentic, and the first file in it is whole: not even that is a part."""
    parts = [Part("first.csv", "", TEXT.encode()), Part("second.csv", "", bytes(3 * by_hand.CHUNK))]
    public = by_hand.sealing_public(by_hand.RECIPIENT)
    whole = b"".join(sealed.write(parts, MANIFEST, [public], by_hand.SENDER))
    header = len(sealed.read_header(io.BytesIO(whole)))
    harmed = {
        "cut between chunks": whole[: header + 2 * (by_hand.CHUNK + 17)],
        "cut within a chunk": whole[:-100],
        "last byte changed": whole[:-1] + bytes((whole[-1] ^ 1,)),
        "more at the end": whole + b"\x00",
    }[harm]
    with sandbox.session() as session:
        session.load([harmed])
        unlocked = sealed.unlock_for(session.whole("report.sealed").header, [by_hand.RECIPIENT])
        with pytest.raises(Unreadable) as damaged:
            session.open("0", "sealed", unlocked.content_key)
        assert damaged.value.trouble is Trouble.DAMAGED
        with pytest.raises(Unsafe):
            session.read("0/1", "csv_text")


def test_a_signed_and_encrypted_mail_is_opened_inside_and_split_further(tmp_path: Path) -> None:
    ours, officer = make(tmp_path, "ours"), make(tmp_path, "li")
    entity = f"Content-Type: text/csv; name=d.csv\n\n{TEXT}".encode()
    signer = ("-signer", officer.certificate, "-inkey", officer.key)
    signed = openssl("cms", "-sign", "-outform", "SMIME", *signer, data=entity)
    mail = openssl("cms", "-encrypt", "-outform", "SMIME", "-aes256", "-binary", ours.certificate, data=signed)
    box = Sandbox(SandboxSettings(workers=1), ["smime", "csv_text", "mail_message"])
    try:
        with box.session() as session:
            session.load([b"From: Li <li@clinic.example>\nTo: office@county.example\n" + mail])
            (part,) = session.split().parts
            assert (part.name, part.handler) == ("smime.p7m", "smime")
            contents = session.open(part.path, "smime", Identity((ours.both,), (officer.pem,)).secret())
            assert (contents.signers, contents.notes) == ((officer.fingerprint,), ())
            (inner,) = session.open(contents.parts[0].path, "mail_message").parts
            assert (inner.path, inner.name, inner.handler) == ("1/1/1", "d.csv", "csv_text")
    finally:
        box.close()
