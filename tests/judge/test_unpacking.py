"""Which container is opened when, with what; told to a worker that only remembers what it was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from gateway.core.agreement import ProofKind, Protection
from gateway.core.facts import Proof
from gateway.core.parties import Language
from gateway.core.refusal import Refusal
from gateway.handler import Trouble, Unreadable
from gateway.judge.details import shown_within
from gateway.judge.documents import has_reports, has_uncovered_reports, open_documents, proof_of_content
from gateway.judge.formats import PROTECTIONS, TABLES, WAYS, Way
from gateway.judge.seals import Cover, Seal
from gateway.judge.secrets import NoSecrets
from gateway.judge.unpacking import MOST_PASSWORDS, MOST_TRIES, MOST_UNPROVEN, Unpacked, Unpacker
from gateway.sandbox import Contents, PartInfo, Unsafe, Verified
from tests.judge.desk import CLINIC, OTHER, START
from tests.judge.test_examined import part

SIGNER = "ab" * 20
PLAIN = Contents((), None, ())


@dataclass
class Worker:
    """Holds these contents by path; `passwords` open those that need one, `troubles` is what the others raise."""

    holds: Mapping[str, Contents] = field(default_factory=dict)
    passwords: Mapping[str, bytes] = field(default_factory=dict)
    troubles: Mapping[str, Exception] = field(default_factory=dict)
    over: Mapping[tuple[str, str], Verified] = field(default_factory=dict)
    asked: list[tuple[str, bytes | None]] = field(default_factory=list)
    compared: list[tuple[str, str]] = field(default_factory=list)

    def open(self, path: str, handler: str, secret: bytes | None) -> Contents:
        self.asked.append((path, secret))
        if path in self.troubles:
            raise self.troubles[path]
        if self.passwords.get(path, secret) != secret:
            raise Unreadable(Trouble.NEEDS_PASSWORD)
        return self.holds.get(path, PLAIN)

    def verify(self, path: str, over: str, handler: str, secret: bytes | None) -> Verified:
        self.compared.append((path, over))
        if (path, over) not in self.over:
            raise Unreadable(Trouble.FORGED)
        return self.over[path, over]


class Signatures(NoSecrets):
    """Knows one certificate."""

    def __init__(self, officer: str | Refusal = CLINIC) -> None:
        self.officer = officer

    def identity(self, handler: str, had: datetime, passwords: Sequence[bytes]) -> bytes | None:
        return b"our key and " + b",".join(passwords)

    def signer(self, handler: str, fingerprint: str, had: datetime) -> str | Refusal:
        return self.officer if fingerprint == SIGNER else Refusal.KEY_UNKNOWN


def unpacker(worker: Worker, officer: str | Refusal = CLINIC, *, returned: bool = False) -> Unpacker:
    return Unpacker(worker.open, worker.verify, lambda part: Seal(PLAIN), START, Signatures(officer), returned=returned)


def holding(*parts: PartInfo, notes: tuple[str, ...] = (), signers: tuple[str, ...] = ()) -> Contents:
    return Contents(parts, None, notes, signers)


ZIP, LOCKED = part("1", "a.zip", "zip_archive"), part("2", "b.xlsx", "office_password")
AGE = part("3", "c.csv.age", "age")
PGP = part("4", "d.asc", "openpgp")
EVERY = (ZIP, LOCKED, AGE, PGP)


def test_before_anybody_is_proven_only_what_may_prove_is_opened() -> None:
    worker = Worker()
    unpacker(worker).unpack(EVERY)
    assert worker.asked == [("1", None), ("4", b"our key and ")]


def test_for_a_proven_sender_the_rest_is_and_nothing_twice() -> None:
    worker = Worker()
    opener = unpacker(worker)
    tree = opener.unpack(EVERY)
    worker.asked.clear()
    tree = opener.unlock(tree, [b"one", b"two"])
    assert worker.asked == [("2", b"one"), ("3", b"our key and one,two")]
    assert [one.opened for one in tree] == [True] * 4


def test_to_see_whether_a_password_fits_no_key_of_ours_is_used() -> None:
    worker = Worker()
    opener = unpacker(worker)
    tree = opener.unpack(EVERY)
    worker.asked.clear()
    opener.try_passwords(tree, [b"one"])
    assert worker.asked == [("2", b"one")]


def test_what_a_password_did_not_open_may_still_be_opened_for_another_department() -> None:
    worker = Worker(passwords={"2": b"right"})
    opener = unpacker(worker)
    [one] = opener.try_passwords(opener.unpack([LOCKED]), [b"wrong"])
    assert (one.opened, one.refusal) == (False, None)
    [one] = opener.unlock([one], [b"right"])
    assert (one.opened, one.by_password, one.protection) == (True, True, Protection.OFFICE_PASSWORD)


def test_each_try_holds_one_password_and_there_are_only_so_many() -> None:
    passwords = [str(number).encode() for number in range(MOST_PASSWORDS + 3)]
    worker = Worker(passwords={"1": b"none of them"})
    opener = unpacker(worker)
    [one] = opener.unlock(opener.unpack([ZIP]), passwords)
    assert worker.asked == [("1", None), *(("1", password) for password in passwords[:MOST_PASSWORDS])]
    assert one.refusal is Refusal.NEEDS_PASSWORD


def test_an_archive_within_an_unlocked_one_is_asked_without_a_password_first() -> None:
    inner = part("2/1", "i.zip", "zip_archive")
    worker = Worker({"2": holding(inner)}, {"2": b"one", "2/1": b"one"})
    [one] = unpacker(worker).unlock([Unpacked(LOCKED)], [b"one"])
    assert worker.asked == [("2", b"one"), ("2/1", None), ("2/1", b"one")]
    assert one.parts[0].opened


@pytest.mark.parametrize("handler", ["zip_archive", "office_password"])
def test_a_locked_file_that_is_damaged_is_told_as_that(handler: str) -> None:
    worker = Worker(troubles={"1": Unreadable(Trouble.DAMAGED)})
    tree = [replace(Unpacked(part("1", "x", handler)), locked=True)]
    [one] = unpacker(worker).unlock(tree, [b"one"])
    assert one.refusal is Refusal.DAMAGED


def test_a_container_that_ends_the_worker_is_unsafe() -> None:
    worker = Worker(troubles={"1": Unsafe("died")})
    assert unpacker(worker).unpack([ZIP])[0].refusal is Refusal.UNSAFE


def test_a_stranger_s_mail_costs_only_so_many_openings() -> None:
    parts = [part(str(number), "a.zip", "zip_archive") for number in range(1, MOST_UNPROVEN + 6)]
    worker = Worker()
    opener = unpacker(worker)
    tree = opener.unpack(parts)
    assert len(worker.asked) == MOST_UNPROVEN
    assert all(one.opened for one in opener.unlock(tree, []))


@pytest.mark.parametrize("shared", range(1, MOST_PASSWORDS + 1))
def test_before_anybody_is_proven_passwords_are_tried_so_often_and_no_more(shared: int) -> None:
    """However many of them a department shares: a stranger who only names its officer must not set us to work."""
    passwords = [str(number).encode() for number in range(shared)]
    parts = [part(str(number), "a.zip", "zip_archive") for number in range(1, MOST_UNPROVEN + 1)]
    worker = Worker(passwords={one.path: b"none of them" for one in parts})
    opener = unpacker(worker)
    tree = opener.try_passwords([Unpacked(one, locked=True) for one in parts], passwords)
    assert len(worker.asked) == MOST_TRIES
    assert all(one.locked and not one.refusal for one in tree)


# --- signatures ---


def test_a_signature_by_a_registered_certificate_covers_what_is_in_it() -> None:
    worker = Worker({"4": holding(part("4/1"), signers=("cd" * 20, SIGNER))})
    tree = unpacker(worker).unpack([PGP])
    assert tree[0].cover == Cover(ProofKind.OPENPGP, CLINIC, SIGNER)
    assert proof_of_content(tree) == Proof(ProofKind.OPENPGP, CLINIC, key=SIGNER)
    assert not has_uncovered_reports(tree)
    assert has_uncovered_reports([*tree, Unpacked(part("5"))])


@pytest.mark.parametrize(
    ("officer", "signers"), [(CLINIC, ("cd" * 20,)), (Refusal.KEY_REVOKED, (SIGNER,)), (CLINIC, ())]
)
def test_any_other_signature_proves_nobody(officer: str | Refusal, signers: tuple[str, ...]) -> None:
    worker = Worker({"4": holding(part("4/1"), signers=signers)})
    tree = unpacker(worker, officer).unpack([PGP])
    assert (tree[0].opened, tree[0].cover) == (True, None)


def test_age_names_signers_in_vain() -> None:
    worker = Worker({"3": holding(part("3/1"), signers=(SIGNER,))})
    assert unpacker(worker).unlock([Unpacked(AGE)], [])[0].cover is None


def test_of_several_proofs_the_seal_is_told() -> None:
    signed, sealed = Cover(ProofKind.SMIME, CLINIC, "k"), Cover(ProofKind.SEAL, OTHER, "k")
    tree = [Unpacked(part("1"), True, cover=signed), Unpacked(part("2"), True, cover=sealed)]
    assert proof_of_content(tree) == Proof(ProofKind.SEAL, OTHER, key="k")


def test_what_lies_beside_a_signature_is_left() -> None:
    worker = Worker({"4": holding(part("4/1"), signers=(SIGNER,))})
    tree = unpacker(worker).unpack([PGP, part("5")])
    documents = open_documents(lambda *_: (), tree, Proof(ProofKind.OPENPGP, CLINIC))
    assert [one.part for one in documents.files] == ["4/1"]
    assert [(one.part, one.why) for one in documents.ignored] == [("5", "beside_signed")]


def test_somebody_else_s_signature_is_left_to_them() -> None:
    worker = Worker({"4": holding(part("4/1"), signers=(SIGNER,))})
    tree = unpacker(worker, OTHER).unpack([PGP, part("5")])
    documents = open_documents(lambda *_: (), tree, Proof(ProofKind.SUBMISSION, CLINIC))
    assert [one.part for one in documents.files] == ["5"]
    assert [(one.part, one.why) for one in documents.ignored] == [("4", "other_officer")]


# --- mails that come back ---


def test_a_returned_mail_is_left_closed_but_not_what_an_envelope_holds() -> None:
    mail = part("4/1", "", "mail_message")
    worker = Worker({"4": holding(mail)})
    unpacker(worker, returned=True).unpack([part("1", "x.eml", "mail_message"), PGP])
    assert [path for path, _ in worker.asked] == ["4", "4/1"]
    tree = [Unpacked(part("1", "x.eml", "mail_message"))]
    assert not has_reports(tree)
    documents = open_documents(lambda *_: (), tree, Proof(ProofKind.SUBMISSION, CLINIC))
    assert [one.why for one in documents.ignored] == ["returned"]


# --- what is told ---


def test_a_container_with_nothing_in_it_is_told_as_empty() -> None:
    documents = open_documents(lambda *_: (), [Unpacked(ZIP, True)], Proof(ProofKind.FOLDER, CLINIC))
    assert [(one.name, one.why) for one in documents.ignored] == [("a.zip", "empty")]


def test_an_envelope_s_content_has_no_name_of_its_own() -> None:
    leaf = part("4/1/1", "表.csv")
    worker = Worker({"4": holding(part("4/1", "d", "mail_message")), "4/1": holding(leaf)})
    tree = unpacker(worker).unpack([PGP])
    [one] = open_documents(lambda *_: (), tree, Proof(ProofKind.FOLDER, CLINIC)).files
    assert one.wrapping.names == ("d.asc",)


@pytest.mark.parametrize(
    ("name", "within", "zh", "en"),
    [
        ("出生.xls", ("报表.zip",), "报表.zip 里的 出生.xls", "出生.xls in 报表.zip"),
        (
            "",
            ("", "b.zip"),
            "所附邮件 里的 b.zip 里的 无名文件",
            "a file without a name in b.zip in an attached message",
        ),
    ],
)
def test_a_file_in_containers_is_named_as_people_say_it(name: str, within: tuple[str, ...], zh: str, en: str) -> None:
    assert (shown_within(name, within, Language.ZH_CN), shown_within(name, within, Language.EN)) == (zh, en)


def test_every_way_but_a_carrier_s_may_be_a_protection() -> None:
    assert {name for name, way in WAYS.items() if way is not Way.CARRIER} <= PROTECTIONS.keys()
    assert not TABLES & WAYS.keys()
