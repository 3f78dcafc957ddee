"""Everything an officer attaches, sent over real SMTP, is accepted with a receipt, or explained."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest

from gateway.core.agreement import ProofKind, Protection
from gateway.core.facts import Judged
from gateway.demo.post_office import Delivered
from gateway.demo.senders import File
from tests.handlers.locked import Agile
from tests.judge.wrapped import zipped
from tests.stories.attachments import FLOW, MONTH, OFFICER, PASSWORD, Desk, certificates, equipped
from tests.world import REPORTING_DAY, Site, Told, receipt, restarted, watching

EVERY_PROOF = frozenset(ProofKind)
NUMBERS = count(1)  # each report differs from all before it


@pytest.fixture(scope="module")
def desk(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("everything")
    with site.town(folder, REPORTING_DAY) as county:
        credentials = folder / "credentials"
        shutil.copytree(county.gateway.configuration.settings.credentials, credentials)
        desk = equipped(county, credentials)
        configuration = county.gateway.configuration
        name = f"health/{FLOW}"
        agreed = replace(configuration.rules.agreements[name], proofs=EVERY_PROOF)
        rules = replace(
            configuration.rules,
            version="everything",
            certificates=certificates(desk),
            agreements={**configuration.rules.agreements, name: agreed},
        )
        county.gateway.configuration = replace(configuration, rules=rules)
        restarted(site, county, credentials=credentials)
        county.work()
        yield desk
        desk.gpg.end()


def sent(desk: Desk, message: bytes, officer: str | None = OFFICER) -> Told:
    with watching(desk.county) as seen:
        desk.county.send(desk.county.address(OFFICER), message, officer)
        desk.county.work()
    return seen.told


def judged(told: Told) -> Judged:
    [one] = told.of(Judged)
    return one


def answered(told: Told) -> Delivered:
    """The receipt; other letters may go out in the same hour."""
    [letter] = [letter for letter in told.letters if "receipt.json" in letter.files()]
    return letter


def answer(told: Told) -> str:
    return answered(told).text


def agree(desk: Desk, **terms: object) -> None:
    """Other terms for the report, in force at once."""
    configuration = desk.county.gateway.configuration
    name = f"health/{FLOW}"
    agreed = replace(configuration.rules.agreements[name], **terms)  # type: ignore[arg-type]
    agreements = {**configuration.rules.agreements, name: agreed}
    version = f"{configuration.rules.version}+"
    desk.county.gateway.reconfigure(
        replace(configuration, rules=replace(configuration.rules, agreements=agreements, version=version))
    )


WRAPPINGS = {
    "forwarded inline": Desk.forwarded_inline,
    "forwarded as an attachment": Desk.forwarded_as_attachment,
    "a ZIP with names in GBK": lambda desk, number: desk.attached(desk.zip)(number),
    "a ZIP under the agreed password": lambda desk, number: desk.attached(desk.locked_zip)(number),
    "winmail.dat": lambda desk, number: desk.attached(desk.winmail)(number),
    "an old workbook": lambda desk, number: desk.attached(desk.old_excel)(number),
    "a workbook under the agreed password": lambda desk, number: desk.attached(desk.locked)(number),
    "age": lambda desk, number: desk.attached(desk.to_age)(number),
    "OpenPGP, signed and encrypted": Desk.pgp_mime,
    "OpenPGP, signed": Desk.pgp_signed,
    "S/MIME, signed and encrypted": Desk.smime,
    "S/MIME, signed": Desk.smime_signed,
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_it_is_accepted_with_a_receipt(desk: Desk, wrapping: str) -> None:
    number = next(NUMBERS)
    told = sent(desk, WRAPPINGS[wrapping](desk, number))
    [one] = told.submissions
    assert (one.verdict, one.refusal, one.dataflow, one.period, one.rows) == (
        "accepted",
        None,
        FLOW,
        MONTH,
        number.bit_count(),
    )
    assert [left.why for left in judged(told).ignored] == []
    found = receipt(answered(told))
    assert (found["stage"], found["verdicts"][0]["rows"]) == ("accepted", number.bit_count())
    assert found["proof"]["kind"] == "submission"
    assert len(found["files"]) == 1


PROVING = {
    "OpenPGP, signed and encrypted": ("openpgp", "OpenPGP 签名"),
    "OpenPGP, signed": ("openpgp", "OpenPGP 签名"),
    "S/MIME, signed and encrypted": ("smime", "登记的证书的签名"),
    "S/MIME, signed": ("smime", "登记的证书的签名"),
    "a ZIP under the agreed password": ("password", "约定的密码打开了文件"),
    "a workbook under the agreed password": ("password", "约定的密码打开了文件"),
}


@pytest.mark.parametrize("wrapping", PROVING)
def test_it_proves_who_sent_it_without_a_login(desk: Desk, wrapping: str) -> None:
    number = next(NUMBERS)
    told = sent(desk, WRAPPINGS[wrapping](desk, number), None)
    [one] = told.submissions
    assert (one.verdict, one.rows) == ("accepted", number.bit_count())
    proof = judged(told).proof
    assert proof
    assert (proof.kind, proof.officer) == (PROVING[wrapping][0], OFFICER)
    assert PROVING[wrapping][1] in answer(told)


@pytest.mark.parametrize("wrapping", sorted(WRAPPINGS.keys() - PROVING.keys()))
def test_without_a_login_the_others_prove_nothing(desk: Desk, wrapping: str) -> None:
    told = sent(desk, WRAPPINGS[wrapping](desk, next(NUMBERS)), None)
    assert judged(told).quarantined
    assert list(told.submissions) == []


def test_a_signed_mail_sent_again_by_whoever_has_it_takes_back_no_correction(desk: Desk) -> None:
    old, new = (desk.pgp_mime(next(NUMBERS)) for _ in range(2))
    assert [[one.verdict for one in sent(desk, mail, None).submissions] for mail in (old, new, old)] == [
        ["accepted"], ["accepted"], ["duplicate"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("protection", "wrapping", "other"),
    [
        (Protection.AGE, "age", "a ZIP with names in GBK"),
        (Protection.OPENPGP, "OpenPGP, signed and encrypted", "OpenPGP, signed"),
        (Protection.SMIME, "S/MIME, signed and encrypted", "S/MIME, signed"),
        (Protection.OFFICE_PASSWORD, "a workbook under the agreed password", "a ZIP under the agreed password"),
        (Protection.AES_ZIP, "a ZIP under the agreed password", "a workbook under the agreed password"),
    ],
)
def test_where_protection_is_agreed_each_counts_as_its_own_kind_alone(
    desk: Desk, protection: Protection, wrapping: str, other: str
) -> None:
    agree(desk, must_be_sealed=True, protections=frozenset({protection}))
    try:
        [refused] = sent(desk, WRAPPINGS[other](desk, next(NUMBERS))).submissions
        [one] = sent(desk, WRAPPINGS[wrapping](desk, next(NUMBERS))).submissions
    finally:
        agree(desk, must_be_sealed=False)
    assert (refused.refusal, one.verdict, one.refusal) == ("must_be_sealed", "accepted", None)


# --- what is refused, and why ---


def test_a_password_that_was_not_agreed_is_told(desk: Desk) -> None:
    book = desk.book(next(NUMBERS))
    told = sent(desk, desk.mail([File(book.name, Agile(book.data, "another word").make())]))
    assert [one.refusal for one in told.submissions] == ["needs_password"]
    assert "没有与我们约定过这个密码" in answer(told)


def test_a_changed_password_is_in_force_with_a_reload_and_a_bad_file_changes_nothing(desk: Desk) -> None:
    gateway = desk.county.gateway
    file = gateway.configuration.settings.credentials / "passwords" / "health"
    before = file.read_bytes()
    gateway._reload = lambda: gateway.configuration

    def verdict(password: str) -> str:
        book = desk.book(next(NUMBERS))
        [one] = sent(desk, desk.mail([File(book.name, Agile(book.data, password).make())])).submissions
        return one.verdict

    file.write_text("short\n")
    gateway._read_anew()
    assert verdict(PASSWORD) == "accepted"
    file.write_bytes(b"the-new-one-2027\n" + before)
    gateway._read_anew()
    assert (verdict("the-new-one-2027"), verdict(PASSWORD)) == ("accepted", "accepted")


def test_an_unknown_signer_proves_nobody_and_is_asked(desk: Desk) -> None:
    told = sent(desk, desk.pgp_mime(next(NUMBERS), by=desk.stranger), None)
    assert (judged(told).quarantined, judged(told).refusal) == (True, "unconfirmed")


def test_what_is_encrypted_for_another_key_is_told(desk: Desk) -> None:
    told = sent(desk, desk.pgp_mime(next(NUMBERS), to=desk.stranger))
    assert [one.refusal for one in told.submissions] == ["needs_key"]
    assert "不是用我们的公钥加密的" in answer(told)


def test_weak_encryption_is_refused_where_it_was_not_agreed(desk: Desk) -> None:
    told = sent(desk, desk.attached(desk.weakly_locked_zip)(next(NUMBERS)))
    assert [one.refusal for one in told.submissions] == ["weakly_encrypted"]
    assert "密码是旧式的" in answer(told)


def test_a_bomb_is_told(desk: Desk) -> None:
    told = sent(desk, desk.mail([zipped([File("出生.csv", bytes(40_000_000))])]))
    assert [one.refusal for one in told.submissions] == ["bomb"]


def test_files_nested_too_deep_are_told(desk: Desk) -> None:
    file = desk.book(next(NUMBERS))
    for _ in range(9):
        file = zipped([file])
    told = sent(desk, desk.mail([file]))
    assert [one.refusal for one in told.submissions] == ["too_deep"]
    assert "套着太多层文件" in answer(told)
