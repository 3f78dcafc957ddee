"""Signatures that lie beside what they sign: what they prove, and what is said where they do not fit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.core.agreement import ProofKind
from gateway.core.facts import Proof
from gateway.core.parties import Certificate
from gateway.core.refusal import Refusal
from gateway.demo.senders import File
from gateway.handler import Trouble, Unreadable
from gateway.judge.beside import candidates
from gateway.judge.documents import open_documents, proof_of_content
from gateway.judge.seals import Cover
from gateway.judge.unpacking import MOST_UNPROVEN, Unpacked
from gateway.keyring import Envelopes
from gateway.sandbox import Contents, PartInfo, Verified
from tests.handlers.gnupg import GnuPG
from tests.handlers.openssl import BEGINS, ENDS, Holder, dated, openssl
from tests.judge.desk import CLINIC, NAME, OTHER, Desk, body, outcomes, report
from tests.judge.test_containers import PASSWORD, STRANGER, receipt, why_left
from tests.judge.test_examined import part
from tests.judge.test_unpacking import SIGNER, Worker, holding, unpacker
from tests.judge.wrapped import zipped, zipped_weakly

# --- which file it is over, told to a worker that only knows what fits what ---

DETACHED = ("detached_signature",)
TABLE, BESIDE = part("1"), part("2", "表.csv.asc", "openpgp")
ALONE = Contents((), None, DETACHED)
GOOD = Verified((SIGNER,))


def told(tree: Sequence[Unpacked]) -> list[tuple[str, object]]:
    return [(one.part.path, one.refusal or one.notes[1:] or bool(one.cover)) for one in tree]


def unpacked(parts: Sequence[PartInfo], officer: str | Refusal = CLINIC, **fits: Verified) -> tuple[Unpacked, ...]:
    """Every OpenPGP part is a signature; `s2_1=GOOD` says that part 2 is a good signature over part 1."""
    over = {(name[1:].split("_")[0], name.split("_")[1]): verified for name, verified in fits.items()}
    worker = Worker({one.path: ALONE for one in parts if one.handler == "openpgp"}, over=over)
    return unpacker(worker, officer).unpack(parts)


def test_a_signature_that_counts_covers_the_file_as_if_it_held_it() -> None:
    [signature] = unpacked([TABLE, BESIDE], s2_1=GOOD)
    assert (signature.part, [one.part for one in signature.parts]) == (BESIDE, [TABLE])
    assert signature.cover == Cover(ProofKind.OPENPGP, CLINIC, SIGNER)
    documents = open_documents(lambda *_: (), [signature], Proof(ProofKind.OPENPGP, CLINIC))
    [file] = documents.files
    assert (file.part, file.wrapping.names, file.wrapping.cover, documents.ignored) == ("1", (), signature.cover, ())


@pytest.mark.parametrize("name", ["表.csv.sig", "表.CSV.ASC", "表.csv.gpg", "signature.asc", "签名"])
def test_it_is_found_by_its_name_or_by_fitting(name: str) -> None:
    [signature] = unpacked([TABLE, part("2", name, "openpgp")], s2_1=GOOD)
    assert signature.cover and signature.parts


def test_of_several_files_of_that_name_the_one_that_fits_is_meant() -> None:
    parts = [TABLE, part("3"), BESIDE, part("4", "表.csv.asc", "openpgp")]
    assert told(unpacked(parts, s2_3=GOOD)) == [
        ("1", Refusal.CHANGED_SINCE_SIGNED), ("2", True), ("4", ("broken_signature",)),
    ]  # fmt: skip
    assert told(unpacked(parts, s2_3=GOOD, s4_1=GOOD)) == [("4", True), ("2", True)]


def test_a_file_that_the_signature_names_and_does_not_fit_is_refused() -> None:
    assert told(unpacked([TABLE, BESIDE])) == [("1", Refusal.CHANGED_SINCE_SIGNED), ("2", ("broken_signature",))]
    other = part("3", "别的.csv")
    assert told(unpacked([TABLE, BESIDE, other], s2_3=GOOD))[2] == ("3", False)


def test_one_that_names_nothing_and_fits_nothing_is_only_told() -> None:
    tree = unpacked([TABLE, part("2", "signature.asc", "openpgp")])
    assert told(tree) == [("1", False), ("2", ("lone_signature",))]
    documents = open_documents(lambda *_: (), tree, Proof(ProofKind.SUBMISSION, CLINIC))
    assert [(one.part, one.why) for one in documents.ignored] == [("2", "lone_signature")]
    assert told(unpacked([BESIDE])) == [("2", ("lone_signature",))]


@pytest.mark.parametrize(
    ("officer", "verified", "why"),
    [
        (CLINIC, Verified((), ("unknown_signer",)), "unknown_signature"),
        (CLINIC, Verified((), ("expired_signer",)), "ended_signature"),
        (CLINIC, Verified((), ("revoked_signer",)), "ended_signature"),
        (CLINIC, Verified((), ("weak_signature",)), "weak_signature"),
        (Refusal.KEY_REVOKED, GOOD, "ended_signature"),
        (Refusal.KEY_EXPIRED, GOOD, "ended_signature"),
    ],
)
def test_one_that_does_not_count_leaves_the_file_as_it_is_and_is_told(
    officer: str | Refusal, verified: Verified, why: str
) -> None:
    tree = unpacked([TABLE, BESIDE], officer, s2_1=verified)
    assert [one.part for one in tree] == [TABLE, BESIDE] and proof_of_content(tree) is None
    documents = open_documents(lambda *_: (), tree, Proof(ProofKind.SUBMISSION, CLINIC))
    assert ([one.part for one in documents.files], [one.why for one in documents.ignored]) == (["1"], [why])


def test_where_nobody_is_registered_it_is_only_seen_whose_it_is() -> None:
    _, signature = unpacked([TABLE, BESIDE], Refusal.KEY_UNKNOWN, s2_1=GOOD)
    assert (signature.signers, signature.notes, signature.cover) == ((SIGNER,), DETACHED, None)


def test_a_second_signature_takes_nothing_away_unless_it_is_broken() -> None:
    second = part("3", "表.csv.sig", "openpgp")
    assert told(unpacked([TABLE, BESIDE, second], s2_1=GOOD, s3_1=GOOD)) == [("2", True), ("3", True)]
    tree = unpacked([TABLE, BESIDE, second], s2_1=GOOD)
    assert told(tree) == [("2", True), ("3", ("broken_signature",))]
    assert told(tree[0].parts) == [("1", Refusal.CHANGED_SINCE_SIGNED)]


def test_a_signature_that_cannot_be_read_is_told_as_that() -> None:
    tree = unpacker(Damaged({"2": ALONE})).unpack([TABLE, BESIDE])
    assert told(tree) == [("1", False), ("2", Refusal.DAMAGED)]


class Damaged(Worker):
    def verify(self, path: str, over: str, handler: str, secret: bytes | None) -> Verified:
        raise Unreadable(Trouble.DAMAGED)


def test_the_signature_of_a_mail_signed_in_clear_is_over_the_mail_and_not_over_what_lies_beside() -> None:
    whole = PartInfo("1", "", "multipart/signed", 9, "sha", "openpgp", b"", None)
    worker = Worker({"1": holding(part("1/1"), signers=(SIGNER,)), "3": ALONE})
    tree = unpacker(worker).unpack([whole, part("2", "别的.csv"), part("3", "signature.asc", "openpgp")])
    assert worker.compared == []
    documents = open_documents(lambda *_: (), tree, Proof(ProofKind.OPENPGP, CLINIC))
    assert [one.why for one in documents.ignored] == ["beside_signed"]


def test_within_a_seal_the_seal_says_more() -> None:
    worker = Worker({"1/2": ALONE})
    inner = (part("1/1"), part("1/2", "表.csv.asc", "openpgp"))
    opener = unpacker(worker)
    seal = Unpacked(part("1", "a.sealed", "sealed"), True, tuple(Unpacked(one) for one in inner))
    [again] = opener.unlock([seal], [])
    assert worker.compared == [] and len(again.parts) == 2


def test_a_stranger_s_signatures_are_compared_only_so_often_and_the_rest_later() -> None:
    parts = [part(str(number), f"{number}.csv") for number in range(1, 16)]
    parts += [part(f"9{one.path}", f"{one.name}.asc", "openpgp") for one in parts]
    worker = Worker({one.path: ALONE for one in parts}, over={(f"9{n}", str(n)): GOOD for n in range(1, 16)})
    opener = unpacker(worker)
    tree = opener.unpack(parts)
    assert len(worker.asked) + len(worker.compared) == MOST_UNPROVEN
    tree = opener.unlock(tree, [])
    assert [bool(one.cover) for one in tree] == [True] * 15 and len(worker.compared) == 15


def test_what_is_tried_without_a_name_is_bounded() -> None:
    siblings = [part(str(number)) for number in range(20)]
    assert candidates(part("x", "a.asc"), siblings) == ((0, 1, 2, 3, 4), False)
    assert candidates(part("x", ".asc"), [part("1", "")]) == ((), False)


# --- with real programs ---


@pytest.fixture(scope="module")
def keys(gpg: GnuPG) -> dict[str, str]:
    return {name: gpg.make(name, "ed25519", "sign") for name in (CLINIC, OTHER, "stranger")}


@pytest.fixture(scope="module")
def holder(tmp_path_factory: pytest.TempPathFactory) -> Holder:
    return dated(tmp_path_factory.mktemp("holder"), CLINIC)


@pytest.fixture(autouse=True)
def registered(desk: Desk, gpg: GnuPG, keys: dict[str, str], holder: Holder) -> None:
    known = {
        name: Certificate(name, name, "openpgp", keys[name], BEGINS, ENDS, gpg.public(keys[name]))
        for name in (CLINIC, OTHER)
    }
    known["x"] = Certificate("x", CLINIC, "smime", holder.fingerprint, BEGINS, ENDS, holder.pem)
    desk.secrets.envelopes = Envelopes(Path("/nowhere"), known)
    desk.agree(proofs=frozenset({*desk.rules.agreements[f"{DEPARTMENT}/{FLOW}"].proofs, *SIGNATURES}))


DEPARTMENT, FLOW = "bailu_clinic", "clinic_infant_deaths"
SIGNATURES = (ProofKind.OPENPGP, ProofKind.SMIME)


@pytest.fixture
def sign(gpg: GnuPG, keys: dict[str, str]) -> Sign:
    return Sign(gpg, keys)


class Sign:
    def __init__(self, gpg: GnuPG, keys: dict[str, str]) -> None:
        self._gpg, self._keys = gpg, keys

    def __call__(self, file: File, *words: str, by: str = CLINIC, name: str = "") -> File:
        data = self._gpg.run("-u", self._keys[by], "-b", "-o", "-", *words, data=file.data)
        return File(name or f"{file.name}{'.asc' if '-a' in words else '.sig'}", data)


@pytest.mark.parametrize("words", [("-a",), (), ("-a", "--textmode")], ids=["armoured", "binary", "as text"])
def test_a_file_and_its_signature_prove_their_sender_from_any_address(
    desk: Desk, sign: Sign, keys: dict[str, str], words: tuple[str, ...]
) -> None:
    judged = desk.judge(desk.message(STRANGER, [report(), sign(report(), *words)]))
    assert judged.proof == Proof(ProofKind.OPENPGP, CLINIC, key=keys[CLINIC])
    assert (outcomes(judged), why_left(judged)) == ([("accepted", None)], [])
    [letter] = desk.letters_to(CLINIC, "receipt")
    assert f"文件：{NAME}" in body(letter) and ".asc" not in body(letter)
    assert [file["name"] for file in receipt(desk)["files"]] == [NAME]  # type: ignore[attr-defined]


def test_so_they_do_in_an_archive(desk: Desk, sign: Sign) -> None:
    judged = desk.judge(desk.message(STRANGER, [zipped([report(), sign(report())])]))
    assert judged.proof and judged.proof.kind is ProofKind.OPENPGP
    assert (outcomes(judged), why_left(judged)) == ([("accepted", None)], [])
    assert f"文件：报表.zip 里的 {NAME}" in body(desk.letters_to(CLINIC, "receipt")[0])


def test_so_does_a_signature_by_a_certificate_for_mail(desk: Desk, holder: Holder) -> None:
    words = ("-sign", "-binary", "-outform", "DER", "-signer", holder.certificate, "-inkey", holder.key)
    signature = openssl("cms", *words, data=report().data)
    judged = desk.judge(desk.message(STRANGER, [report(), File(f"{NAME}.p7s", signature)]))
    assert judged.proof == Proof(ProofKind.SMIME, CLINIC, key=holder.fingerprint)
    assert (outcomes(judged), why_left(judged)) == ([("accepted", None)], [])
    changed = desk.judge(desk.message(CLINIC, [report(3), File(f"{NAME}.p7s", signature)]), CLINIC)
    assert outcomes(changed) == [("rejected", "changed_since_signed")]


def test_what_lies_beside_them_is_not_theirs(desk: Desk, sign: Sign) -> None:
    files = [report(3), sign(report(3)), report(1, name="旁边.csv")]
    judged = desk.judge(desk.message(STRANGER, files))
    assert (outcomes(judged), why_left(judged)) == ([("accepted", None)], ["beside_signed"])
    assert judged.submissions[0].rows == 3


def test_a_file_changed_after_it_was_signed_is_refused_even_to_whom_is_known_otherwise(desk: Desk, sign: Sign) -> None:
    files = [report(3), sign(report(2))]
    assert outcomes(desk.judge(desk.message(CLINIC, files), CLINIC)) == [("rejected", "changed_since_signed")]
    assert "签名之后文件被改动过" in body(desk.letters_to(CLINIC, "receipt")[0])
    unproven = desk.judge(desk.message(CLINIC, files))
    assert (unproven.quarantined, unproven.refusal) == (True, "forged")


def test_a_signature_by_nobody_we_know_is_told_and_proves_nothing(desk: Desk, sign: Sign) -> None:
    files = [report(), sign(report(), "-a", by="stranger")]
    assert desk.judge(desk.message(STRANGER, files)).quarantined
    judged = desk.judge(desk.message(CLINIC, files), CLINIC)
    assert (outcomes(judged), why_left(judged)) == ([("accepted", None)], ["unknown_signature"])
    assert judged.proof and judged.proof.kind is ProofKind.SUBMISSION
    assert f"{NAME}.asc：签名所用的证书没有登记" in body(desk.letters_to(CLINIC, "receipt")[0])


def test_what_another_officer_signed_is_theirs_whoever_sends_it(desk: Desk, sign: Sign) -> None:
    theirs = report(department="songquan_clinic")
    judged = desk.judge(desk.message(CLINIC, [theirs, sign(theirs, by=OTHER)]), CLINIC)
    assert judged.proof and (judged.proof.kind, judged.proof.officer) == (ProofKind.OPENPGP, OTHER)


def test_old_encryption_under_a_signature_is_as_firm_as_that(desk: Desk, sign: Sign) -> None:
    desk.secrets.shared[DEPARTMENT] = [PASSWORD]
    locked = zipped_weakly([report()], PASSWORD)
    judged = desk.judge(desk.message(STRANGER, [locked, sign(locked)]))
    assert outcomes(judged) == [("accepted", None)]
    assert not judged.submissions[0].no_integrity


def test_an_old_pair_sent_again_takes_back_no_correction(desk: Desk, sign: Sign) -> None:
    pairs = [[report(rows), sign(report(rows))] for rows in (3, 2)]
    told = [outcomes(desk.judge(desk.message(STRANGER, pairs[number]))) for number in (0, 1, 0)]
    assert told == [[("accepted", None)], [("accepted", None)], [("duplicate", None)]]


def test_a_sealed_file_with_a_signature_inside_is_proven_by_its_seal(desk: Desk, sign: Sign) -> None:
    judged = desk.judge(desk.message(STRANGER, [desk.sealed(CLINIC, [report(), sign(report())])]))
    assert judged.proof and judged.proof.kind is ProofKind.SEAL
    assert (outcomes(judged), why_left(judged)) == ([("accepted", None)], [])
    assert judged.submissions[0].manifest


def test_last_month_s_file_is_not_this_month_s_because_somebody_calls_it_so(desk: Desk, sign: Sign) -> None:
    """A signature speaks for the bytes; the month stands in the name alone, which anybody can change."""
    last = report(name=NAME.replace("12月", "11月"))
    assert outcomes(desk.judge(desk.message(CLINIC, [last, sign(last)]))) == [("accepted", None)]
    replayed = desk.judge(desk.message(STRANGER, [report(), sign(last, name=f"{NAME}.sig")]))
    assert outcomes(replayed) == [("rejected", "period_not_signed")]
    assert "已作为另一期的报送接收过" in body(desk.letters_to(CLINIC, "receipt")[-1])
    by_login = desk.judge(desk.message(CLINIC, [report()]), CLINIC)
    assert outcomes(by_login) == [("accepted", None)]


def test_other_figures_of_another_month_are_another_report(desk: Desk, sign: Sign) -> None:
    for number, month in enumerate(("11月", "12月"), 2):
        file = report(number, name=NAME.replace("12月", month))
        assert outcomes(desk.judge(desk.message(CLINIC, [file, sign(file)]))) == [("accepted", None)]


def test_nothing_may_be_reported_month_after_month_in_the_same_words(desk: Desk, sign: Sign) -> None:
    header = report().data.partition(b"\r\n")[0]
    for month in ("11月", "12月"):
        file = File(NAME.replace("12月", month), header + "\r\n本月无数据\r\n".encode())
        assert outcomes(desk.judge(desk.message(CLINIC, [file, sign(file)]))) == [("accepted", None)]
