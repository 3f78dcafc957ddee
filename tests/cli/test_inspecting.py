"""`inspect` shows what the gateway would see in any file, and never fails on one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gateway.demo.senders import File
from gateway.judge.formats import HANDLERS
from tests.cli.command import at, gateway
from tests.cli.conftest import Played
from tests.handlers.openssl import make, openssl
from tests.hostile.test_mails import MAILS, read
from tests.judge.wrapped import zipped, zipped_aes

SHEETS = sorted((Path(__file__).parents[1] / "hostile" / "sheets").glob("*.*.*"))
KEYS = {"kind", "parts", "sheets", "findings", "refused"}


def inspect(*words: object) -> dict:
    said = gateway("inspect", *words, "--json")
    assert said.code == 0, said.err
    assert said.json.keys() == KEYS
    return said.json


def test_a_workbook_is_shown_as_text_where_there_is_no_configuration(played: Played, in_folder: Path) -> None:
    seen = inspect(played.workbook)
    assert (seen["kind"], seen["refused"], seen["findings"]) == ("workbook", None, [])
    assert all(isinstance(cell, str) for row in seen["sheets"][0]["rows"] for cell in row)
    assert "性别" in [cell for row in seen["sheets"][0]["rows"] for cell in row]


def test_a_mail_shows_its_parts_and_the_sheets_in_them(played: Played, in_folder: Path) -> None:
    seen, alone = inspect(played.mail), inspect(played.workbook)
    assert seen["kind"] == "mail"
    assert [part["kind"] for part in seen["parts"]] == ["text", "workbook"]
    assert seen["sheets"][0]["rows"] == alone["sheets"][0]["rows"]


def test_a_mail_needs_no_telling_name(played: Played, in_folder: Path) -> None:
    shutil.copy(played.mail, in_folder / "message")
    assert inspect("message")["kind"] == "mail"
    (in_folder / "short").write_bytes(b"From: a@b.example\r\n\r\nhello\r\n")
    assert inspect("short")["kind"] == "mail"


def test_checked_as_a_dataflow_it_says_what_is_wrong(played: Played, in_folder: Path) -> None:
    seen = inspect(played.wrong_workbook, "--dataflow", "vaccinations", "--period", "2026-M12")
    assert len(seen["findings"]) == 1
    finding = seen["findings"][0]
    assert (finding["severity"], finding["value"]) == ("error", "-5")
    assert finding["row"] > 1
    assert finding["column"] > 0
    assert finding["sentence"]
    good = inspect(played.workbook, "--dataflow", "hospital_births", "--period", "2026-M12")
    assert good["findings"] == []


def test_checked_as_another_dataflow_the_header_is_what_is_wrong(played: Played) -> None:
    seen = inspect(played.workbook, "--dataflow", "marriages", *at(played.folder))
    assert [finding["code"] for finding in seen["findings"]] == ["dataflow_unknown"]


def test_the_rules_are_those_of_the_configuration_that_is_named(own: Path, played: Played) -> None:
    flow = own / "config" / "dataflows" / "vaccinations.toml"
    flow.rename(flow.with_name("jabs.toml"))
    assert len(inspect(played.wrong_workbook, "--dataflow", "jabs", *at(own))["findings"]) == 1
    said = gateway("inspect", played.wrong_workbook, "--dataflow", "jab", *at(own))
    assert said.code == 2
    assert 'Did you mean "jabs"?' in said.err


@pytest.mark.parametrize("words", [("--dataflow", "no_such"), ("--dataflow", "marriages", "--period", "soon")])
def test_a_dataflow_or_period_that_is_none_is_told(played: Played, words: tuple[str, ...], in_folder: Path) -> None:
    said = gateway("inspect", played.workbook, *words)
    assert said.code == 2
    assert words[-1] in said.err


def test_a_sealed_file_needs_a_key(played: Played) -> None:
    seen = inspect(played.sealed)
    assert (seen["kind"], seen["refused"]["code"], seen["sheets"]) == ("sealed", "needs_key", [])
    assert seen["refused"]["sentence"]


def test_what_lies_in_containers_is_shown_with_the_keys_that_open_them(in_folder: Path) -> None:
    """A locked archive in an age file in an archive."""
    import pyrage

    key = pyrage.x25519.Identity.generate()
    (in_folder / "age.key").write_text(f"# ours\n{key}\n")
    (in_folder / "words").write_text("another-one\nautumn-2026\n")
    inner = zipped_aes([File("表.csv", "性别\r\n1\r\n".encode())], b"autumn-2026", "里.zip")
    aged = File("里.zip.age", pyrage.encrypt(inner.data, [key.to_public()]))
    (in_folder / "外.zip").write_bytes(zipped([aged]).data)
    closed = inspect("外.zip")
    assert ([part["kind"] for part in closed["parts"]], closed["refused"]["code"]) == (["zip", "age"], "needs_key")
    assert inspect("外.zip", "--key", "age.key")["refused"]["code"] == "needs_password"
    seen = inspect("外.zip", "--key", "age.key", "--password-file", "words")
    assert [(part["path"], part["kind"], part["notes"]) for part in seen["parts"]] == [
        ("0", "zip", []), ("0/1", "age", []), ("0/1/1", "zip", ["password"]), ("0/1/1/1", "csv", []),
    ]  # fmt: skip
    assert seen["sheets"][0]["rows"] == [["性别"], ["1"]]
    told = gateway("inspect", "外.zip", "--key", "age.key", "--password-file", "words").out
    assert "0/1/1/1" in told
    assert "autumn" not in told


def test_a_signature_beside_a_file_is_shown_with_its_signer(in_folder: Path) -> None:
    officer = make(in_folder, "li")
    good, changed = "性别\r\n1\r\n".encode(), "性别\r\n2\r\n".encode()
    words = ("-sign", "-binary", "-outform", "DER", "-signer", officer.certificate, "-inkey", officer.key)
    files = [File("a.csv", good), File("a.csv.p7s", openssl("cms", *words, data=good))]
    (in_folder / "a.zip").write_bytes(zipped(files).data)
    seen = inspect("a.zip", "--key", officer.certificate)
    told = [(part["kind"], part["notes"], part["signers"]) for part in seen["parts"][1:]]
    assert told == [("csv", [], []), ("smime", ["detached_signature"], [officer.fingerprint])]
    assert f"part 0/2 is signed by {officer.fingerprint}" in gateway("inspect", "a.zip", "--key", "li.crt").out
    (in_folder / "b.zip").write_bytes(zipped([File("a.csv", changed), files[1]]).data)
    seen = inspect("b.zip", "--key", officer.certificate)
    assert [part["refused"] and part["refused"]["code"] for part in seen["parts"]] == [
        None, "changed_since_signed", None,
    ]  # fmt: skip


def test_a_sealed_file_is_shown_with_the_gateway_s_key_and_no_other(played: Played, in_folder: Path) -> None:
    own = played.folder / "credentials" / "sealing.key"
    seen = inspect(played.sealed, "--key", own)
    assert [part["kind"] for part in seen["parts"]] == ["sealed", "workbook"]
    (in_folder / "note.txt").write_text("no key")
    said = gateway("inspect", played.sealed, "--key", "note.txt")
    assert (said.code, "note.txt is no key" in said.err) == (2, True)
    assert gateway("inspect", played.sealed, "--key", "missing.key").code == 2


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("nothing", b"", "empty"),
        ("nothing.csv", b"", "empty"),
        ("nothing.eml", b"", "empty"),
        ("noise", bytes(range(256)) * 40, "unsupported"),
        ("paper.pdf", b"%PDF-1.7\n", "unsupported"),
        ("book.xlsx", b"PK\x03\x04", "damaged"),
        ("a.sealed", b"SEALED\x00\x01", "damaged"),
        ("a.sealed", b"SEALED\x00\x09\x01" + bytes(200), "unsupported"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_code_and_a_sentence(
    in_folder: Path, name: str, content: bytes, code: str
) -> None:
    (in_folder / name).write_bytes(content)
    refused = inspect(name)["refused"]
    assert refused["code"] == code
    assert refused["sentence"]


def test_one_bad_attachment_does_not_hide_the_others(played: Played, in_folder: Path) -> None:
    from gateway.demo.county import local
    from gateway.demo.senders import File, mail

    good = File("good.xlsx", played.workbook.read_bytes())
    bad = File("bad.xlsx", (SHEETS[0].parent / "bomb.overlap.xlsx").read_bytes())
    (in_folder / "m.eml").write_bytes(mail("a@b.example", "c@d.example", "x", "y", local(2026, 12, 1), [bad, good]))
    seen = inspect("m.eml")
    assert seen["refused"]["code"] == "bomb"
    assert [(part["refused"] or {}).get("code") for part in seen["parts"]] == [None, "bomb", None]
    assert seen["sheets"]


def test_a_huge_file_is_refused_and_not_carried(in_folder: Path) -> None:
    with (in_folder / "huge.csv").open("wb") as out:
        out.truncate(1 << 40)
    assert inspect("huge.csv")["refused"]["code"] == "too_large"


@pytest.mark.parametrize("name", ["folder", "none.xlsx"])
def test_a_folder_and_nothing_are_named(in_folder: Path, name: str) -> None:
    (in_folder / "folder").mkdir()
    said = gateway("inspect", name, "--json")
    assert said.code == 2
    assert name in said.err


def test_people_are_shown_the_same(played: Played, in_folder: Path) -> None:
    said = gateway("inspect", played.wrong_workbook, "--dataflow", "vaccinations", "--period", "2026-M12")
    assert said.code == 0
    assert "kind: workbook" in said.out
    assert "-5" in said.out
    assert "needs_key" in gateway("inspect", played.sealed).out
    assert "good" not in gateway("inspect", played.mail).err


def test_hostile_files_are_shown_or_refused_as_they_say_themselves(in_folder: Path) -> None:
    from gateway.config.settings import SandboxSettings
    from gateway.judge.inspect import inspect as look
    from gateway.sandbox import Sandbox

    with Sandbox(SandboxSettings(workers=1), HANDLERS) as sandbox:
        told = {path.name: look(sandbox, path.name, [path.read_bytes()]) for path in SHEETS[::5]}
        mails = {path.stem: (look(sandbox, path.stem, [read(path)[0]]), read(path)[1]) for path in MAILS}
    said = {name: (seen["refused"] or {"code": "read"})["code"] for name, seen in told.items()}
    assert said == {name: name.partition(".")[0] for name in said}
    for name, (seen, expected) in mails.items():
        if "refused" in expected:
            assert seen["refused"]["code"] == expected["refused"], name
        else:
            assert seen["kind"] == "mail" or name == "no_fields"
            assert len([part for part in seen["parts"] if "/" not in part["path"]]) == len(expected["parts"]), name
