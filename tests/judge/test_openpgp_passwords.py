"""OpenPGP files under a password shared with a department: opened, and a proof where that was agreed."""

from __future__ import annotations

import pytest

from gateway.core.agreement import ProofKind, Protection
from gateway.demo.senders import File
from gateway.judge.unpacking import MOST_TRIES, Unpacked
from gateway.sandbox import Contents
from tests.handlers.gnupg import GnuPG
from tests.judge.desk import CLINIC, NAME, OTHER, Desk, body, outcomes, report
from tests.judge.test_containers import PASSWORD, STRANGER, by_password, receipt, shared, why_left
from tests.judge.test_examined import part
from tests.judge.test_unpacking import PGP, Worker, unpacker


def locked(gpg: GnuPG, file: File, password: bytes = PASSWORD) -> File:
    words = ("--set-filename", file.name, "--passphrase", password.decode(), "-o", "-", "-c")
    return File(f"{file.name}.gpg", gpg.run(*words, data=file.data))


def test_it_opens_for_a_proven_sender_and_protects(desk: Desk, gpg: GnuPG) -> None:
    shared(desk, b"the-next-one", PASSWORD)
    desk.agree(must_be_sealed=True, protections=frozenset({Protection.OPENPGP}))
    judged = desk.judge(desk.message(CLINIC, [locked(gpg, report())]), CLINIC)
    assert outcomes(judged) == [("accepted", None)]
    assert not judged.submissions[0].no_integrity
    assert [file["name"] for file in receipt(desk)["files"]] == [f"{NAME}.gpg/{NAME}"]  # type: ignore[attr-defined]


def test_it_proves_its_sender_where_that_was_agreed_and_nothing_beside_it(desk: Desk, gpg: GnuPG) -> None:
    by_password(desk)
    judged = desk.judge(desk.message(CLINIC, [locked(gpg, report()), report(1, name="旁边.csv")]))
    assert judged.proof and (judged.proof.kind, judged.proof.officer) == (ProofKind.PASSWORD, CLINIC)
    assert (outcomes(judged), why_left(judged)) == ([("accepted", None)], ["beside_locked"])
    assert "约定的密码打开了文件" in body(desk.letters_to(CLINIC, "receipt")[0])


@pytest.mark.parametrize("sender", [OTHER, STRANGER])
def test_it_proves_nobody_of_another_department(desk: Desk, gpg: GnuPG, sender: str) -> None:
    by_password(desk)
    assert desk.judge(desk.message(sender, [locked(gpg, report())])).quarantined


def test_without_such_an_agreement_it_is_not_tried(desk: Desk, gpg: GnuPG) -> None:
    shared(desk, PASSWORD)
    judged = desk.judge(desk.message(CLINIC, [locked(gpg, report())]))
    assert (judged.quarantined, judged.refusal) == (True, "unconfirmed")


def test_under_another_password_it_is_told_as_that(desk: Desk, gpg: GnuPG) -> None:
    shared(desk, PASSWORD)
    judged = desk.judge(desk.message(CLINIC, [locked(gpg, report(), b"nobody told us")]), CLINIC)
    assert outcomes(judged) == [("rejected", "needs_password")]
    assert "没有与我们约定过这个密码" in body(desk.letters_to(CLINIC, "receipt")[0])


def test_an_old_one_sent_again_takes_back_no_correction(desk: Desk, gpg: GnuPG) -> None:
    by_password(desk)
    old, new = (desk.message(CLINIC, [locked(gpg, report(rows))]) for rows in (3, 2))
    told = [outcomes(desk.judge(mail)) for mail in (old, new, old)]
    assert told == [[("accepted", None)], [("accepted", None)], [("duplicate", None)]]


# --- how often it is tried, told to a worker that only remembers ---


def test_each_try_holds_one_password_and_comes_after_one_without() -> None:
    worker = Worker({"4": Contents((part("4/1"),), None, ("password",), (), True)}, {"4": b"our key and two"})
    opener = unpacker(worker)
    [one] = opener.unpack([PGP])
    assert (one.locked, one.refusal) == (True, None)
    [one] = opener.try_passwords([one], [b"one", b"two", b"three"])
    assert (one.opened, one.by_password) == (True, True)
    assert [secret for _, secret in worker.asked] == [
        b"our key and ", b"our key and ", b"our key and one", b"our key and two",
    ]  # fmt: skip


def test_before_anybody_is_proven_only_so_many_passwords_are_tried() -> None:
    parts = [part(str(number), "a.gpg", "openpgp") for number in range(1, 16)]
    worker = Worker(passwords={one.path: b"none of them" for one in parts})
    tree = unpacker(worker).try_passwords([Unpacked(one, locked=True) for one in parts], [b"one", b"two"])
    tried = [secret for _, secret in worker.asked if secret != b"our key and "]
    assert len(tried) == MOST_TRIES and all(one.locked for one in tree)
